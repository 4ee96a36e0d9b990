import assert from "node:assert/strict";
import fc from "fast-check";
import { arbitraryGraph, arbitraryMemory } from "../../../tests/support/arbitraries.ts";
import { memory, relationship } from "../../../tests/fixtures/graph.ts";
import { canonicalMemory, canonicalRelationship } from "../../model/canonical.ts";
import { falkorDialect } from "../falkordb/dialect.ts";
import { memgraphDialect } from "../memgraph/dialect.ts";
import { neo4jDialect } from "../neo4j/dialect.ts";
import { BoltValues } from "./bolt_values.ts";
import { isReject } from "../../store/store.ts";
import { CypherCodec } from "./codec.ts";
import type { Storable } from "./dialect.ts";
import { ENCODED } from "./names.ts";
import { loadNeo4j } from "./neo4j_module.ts";
import { NativeValue, type NodeContent, type StoredMap, type StoredValue } from "./values.ts";

const values = new BoltValues(await loadNeo4j());
const STORABLES: Record<string, Storable> = {
  neo4j: neo4jDialect(values, "5.26.0").storable,
  memgraph: memgraphDialect(values).storable,
  falkordb: falkorDialect.storable,
};
const RUNS = { numRuns: 1000 };

/** Fails for what the database would refuse or change. */
function assertStorable(value: StoredValue, storable: Storable): void {
  if (typeof value === "string") assert(storable.text(value), JSON.stringify(value));
  if (typeof value === "number" && !storable.nonFinite) assert(Number.isFinite(value));
  if (typeof value === "bigint") assert.equal(BigInt.asIntN(64, value), value);
  if (value instanceof NativeValue) assert(storable.native(value), value.text);
  else if (Array.isArray(value)) {
    const kinds = new Set(value.map((item) => typeof item));
    assert(kinds.size <= 1 && !kinds.has("object"), "a list of mixed or nested values");
    for (const item of value) assertStorable(item, storable);
  } else assert(value !== null && typeof value !== "object", "a map or null");
}

function assertStorableMap(map: StoredMap, storable: Storable): void {
  for (const key in map) {
    assert(storable.name(key), key);
    assertStorable(map[key]!, storable);
  }
  assert(storable.id(map.id as string));
}

function asNode({ labels, properties }: { labels: readonly string[]; properties: StoredMap }): NodeContent {
  return { labels: ["Memory", ...labels], properties };
}

for (const [name, storable] of Object.entries(STORABLES)) {
  const codec = new CypherCodec(storable);

  Deno.test(`${name}: any memory comes back, out of values that the database can hold`, () => {
    fc.assert(
      fc.property(arbitraryMemory(), (memory) => {
        const row = codec.encodeMemory(memory);
        assertStorableMap(row.properties, storable);
        const decoded = codec.decodeMemory(asNode(row));
        assert(!isReject(decoded));
        assert.equal(canonicalMemory(decoded), canonicalMemory(memory));
      }),
      RUNS,
    );
  });

  Deno.test(`${name}: any relationship comes back, out of values that the database can hold`, () => {
    fc.assert(
      fc.property(arbitraryGraph(), ({ relationships }) => {
        for (const relationship of relationships) {
          const properties = codec.encodeRelationship(relationship);
          const type = codec.encodeType(relationship.type);
          assertStorableMap(properties, storable);
          assert(storable.name(type));
          const [from, to] = [codec.encodeId(relationship.fromId), codec.encodeId(relationship.toId)];
          const decoded = codec.decodeRelationship(
            { type, from, to, properties },
            new Map(),
          );
          assert(!isReject(decoded));
          assert.equal(canonicalRelationship(decoded), canonicalRelationship(relationship));
        }
      }),
      RUNS,
    );
  });

  Deno.test(`${name}: integer fields are integers, number fields doubles, unknown whole numbers integers`, () => {
    const { properties } = codec.encodeMemory(
      memory("a", { importance: 1, usageCount: 3, extra: { whole: 2, part: 2.5, big: 2n ** 63n - 1n } }),
    );
    const { importance, usage_count, whole, part, big } = properties;
    assert.deepEqual([importance, usage_count, whole, part, big], [1, 3n, 2n, 2.5, 2n ** 63n - 1n]);
  });

  Deno.test(`${name}: what cannot be held natively is marked, and the marker is no property`, () => {
    const extra = { map: { a: [1] }, mixed: [1, "a"], nothing: [null], [ENCODED]: "mine" };
    const record = memory("a", { extra });
    const row = codec.encodeMemory(record);
    const marked = row.properties[ENCODED] as string[];
    assert.deepEqual(marked, ["map", "mixed", "nothing"]);
    const decoded = codec.decodeMemory(asNode(row));
    assert(!isReject(decoded));
    assert.deepEqual({ ...decoded.extra }, extra);
  });

  Deno.test(`${name}: an id that is missing, empty or not text makes a reject`, () => {
    for (const id of [undefined, null, "", 5n, true, ["a"]]) {
      const properties: StoredMap = id === undefined ? {} : { id };
      const found = codec.decodeMemory({ labels: ["Memory"], properties });
      assert(isReject(found) && found.kind === "memory" && found.field === "id");
    }
    for (const end of [null, "", 5n]) {
      const stored = { internalId: "1", type: "T", from: "a", to: end, properties: { id: "r" } };
      const found = codec.decodeRelationship(stored, new Map());
      assert(isReject(found) && found.kind === "relationship" && found.id === "r");
    }
  });

  Deno.test(`${name}: other labels of a node are carried`, () => {
    const node = { ...asNode(codec.encodeMemory(memory("a"))), labels: ["Zed", "Memory", "Also"] };
    const decoded = codec.decodeMemory(node);
    assert(!isReject(decoded));
    assert.deepEqual(decoded.extra?.memorygraph_labels, ["Also", "Zed"]);
    assert.deepEqual(codec.encodeMemory(decoded).labels, ["Also", "Zed"]);
  });
}

Deno.test("relationships without an id get ids that differ where they are alike, in any order", () => {
  const codec = new CypherCodec(STORABLES.falkordb!);
  const { id: _, ...properties } = codec.encodeRelationship(relationship("r", ["a", "b"]));
  const stored = { internalId: "1", type: "RELATED_TO", from: "a", to: "b", properties };
  const other = { ...stored, properties: { ...properties, strength: 0.125 } };
  const idsOf = (all: (typeof stored)[]) => {
    const ordinals = new Map<string, number>();
    return all.map((each) => {
      const decoded = codec.decodeRelationship(each, ordinals);
      assert(!isReject(decoded));
      return decoded.id;
    });
  };
  const ids = idsOf([stored, other, stored]);
  assert.equal(new Set(ids).size, 3);
  assert.deepEqual(idsOf([other, stored, stored]).sort(), ids.toSorted());
});

Deno.test("FalkorDB ids that would crash its unique constraint are stored under another", () => {
  const codec = new CypherCodec(STORABLES.falkordb!);
  for (const id of [" a", "a ", "\ta", "a\n", "a\u0001b", "a\u0000b", " "]) {
    const stored = codec.encodeId(id);
    assert.match(stored, /^memorygraph_encoded:\S+$/);
    assert.equal(codec.lookupId(id), stored);
  }
  for (const id of ["a b", "a\tb", "ünïcödé", "a`b\\c\"d'"]) assert.equal(codec.encodeId(id), id);
  assert.throws(() => codec.encodeId("x".repeat(4097)), /4096 bytes/);
  assert.throws(() => codec.encodeId("é".repeat(2049)), /4096 bytes/);
  assert.equal(codec.encodeId("é".repeat(2048)).length, 2048);
  assert.equal(codec.lookupId("x".repeat(4097)), undefined);
});

Deno.test("Neo4j keeps a timestamp natively exactly where that gives the text back", () => {
  const codec = new CypherCodec(STORABLES.neo4j!);
  const NATIVE = [
    "2025-01-02T03:04:05.123456+00:00",
    "2025-01-02T03:04:05-03:30",
    "0001-01-01T00:00:00+00:00",
  ];
  const TEXT = [
    ...["2025-01-02T03:04:05Z", "2025-01-02T03:04:05.123+00:00", "2025-01-02T03:04:05.000000+00:00"],
    ...["2025-02-30T03:04:05+00:00", "2025-01-02T24:04:05+00:00", "2025-01-02T03:04:05-00:00"],
    ...["2025-01-02T03:04:05", "2025-01-02T03:04+00:00", "yesterday", "0000-01-01T00:00:00+00:00"],
  ];
  for (const validFrom of [...NATIVE, ...TEXT]) {
    const properties = codec.encodeRelationship(
      relationship("r", ["a", "b"], { validFrom, createdAt: validFrom }),
    );
    assert.equal(properties.valid_from instanceof NativeValue, NATIVE.includes(validFrom), validFrom);
    assert.equal(properties.created_at, validFrom);
    const stored = { internalId: "1", type: "T", from: "a", to: "b", properties };
    const decoded = codec.decodeRelationship(stored, new Map());
    assert(!isReject(decoded));
    assert.equal(decoded.validFrom, validFrom);
  }
});

Deno.test("memgraph: what it would cut is kept as text", () => {
  const codec = new CypherCodec(STORABLES.memgraph!);
  const nativeOf = (value: string, type: string) => ({ memorygraph_native: type, value });
  const { properties } = codec.encodeMemory(memory("m", {
    extra: {
      fine: nativeOf("2025-01-02T03:04:05.000006", "LocalDateTime"),
      nanoseconds: nativeOf("03:04:05.000000007", "LocalTime"),
      offset: nativeOf("2025-01-02T03:04:05+01:00:30", "DateTime"),
      months: nativeOf("P1M", "Duration"),
    },
  }));
  assert(properties.fine instanceof NativeValue);
  for (const name of ["nanoseconds", "offset", "months"]) assert.equal(typeof properties[name], "string");
  const at = (validFrom: string) =>
    codec.encodeRelationship(relationship("r", ["m", "m"], { validFrom })).valid_from;
  assert(at("2025-01-02T03:04:05.000006+00:00") instanceof NativeValue);
  assert.equal(at("2025-01-02T03:04:05.000000007+00:00"), "2025-01-02T03:04:05.000000007+00:00");
});
