import assert from "node:assert/strict";
import fc from "fast-check";
import * as z from "zod";
import { memory, relationship } from "../../tests/fixtures/graph.ts";
import { arbitraryMemory, arbitraryRelationship } from "../../tests/support/arbitraries.ts";
import { guardOf } from "./guard.ts";
import { MEMORY_FIELDS, MemorySchema } from "./memory.ts";
import { RELATIONSHIP_FIELDS, RelationshipSchema } from "./relationship.ts";

const ODD_VALUES = [
  undefined,
  null,
  "",
  "x".repeat(501),
  "😀".repeat(200),
  0,
  -0,
  -1,
  1,
  1.5,
  2 ** 53,
  NaN,
  Infinity,
]
  .concat([[], ["a"], [1], {}, true, "\ud83d", "2024-02-29", "2024-02-29T00:00:00Z"] as never[]);

for (
  const { kind, schema, fields, records, whole } of [
    {
      kind: "memory",
      schema: MemorySchema,
      fields: MEMORY_FIELDS,
      records: arbitraryMemory(),
      whole: memory("m"),
    },
    {
      kind: "relationship",
      schema: RelationshipSchema,
      fields: RELATIONSHIP_FIELDS,
      records: arbitraryRelationship(),
      whole: relationship("r", ["m", "m"]),
    },
  ]
) {
  Deno.test(`a guard takes a ${kind} exactly when its schema does`, () => {
    const isRight = guardOf(schema);
    const agrees = (record: unknown) => assert.equal(isRight(record), schema.safeParse(record).success);
    fc.assert(fc.property(records as fc.Arbitrary<unknown>, agrees), { numRuns: 1000 });

    assert(isRight(whole));
    for (const { key } of [...fields, { key: "id" }, { key: "type" }, { key: "context" }]) {
      for (const value of ODD_VALUES) agrees({ ...whole, [key]: value });
    }
    ODD_VALUES.forEach(agrees);
  });
}

Deno.test("there is no guard for a schema that it does not understand whole", () => {
  for (const schema of [z.bigint(), z.object({ a: z.union([z.string(), z.number()]) }), z.string().trim()]) {
    assert.throws(() => guardOf(schema), TypeError);
  }
});
