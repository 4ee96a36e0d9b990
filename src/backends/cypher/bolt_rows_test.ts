import assert from "node:assert/strict";
import type { Record as Row } from "neo4j-driver";
import { GraphError } from "../../errors.ts";
import { listedRows, type RowShape, wholeRows } from "./bolt_rows.ts";
import { BoltValues } from "./bolt_values.ts";
import { MEMORY_COLUMNS, RELATIONSHIP_COLUMNS } from "./codec.ts";
import { loadNeo4j } from "./neo4j_module.ts";
import { asAsked } from "./sound_reply.ts";

const values = new BoltValues(await loadNeo4j());
const listOf = (columns: readonly string[], cells: Record<string, unknown>) =>
  columns.map((name) => cells[name] ?? null);

function read<Item>({ read }: RowShape<Item>, cells: readonly unknown[]): Item {
  return asAsked(() => read({ get: (index: number) => cells[index] } as unknown as Row));
}

Deno.test("a list is the properties by their names, with a DateTime out of its text", () => {
  const { scannedNode, scannedRelationship } = listedRows(values);
  assert.deepEqual(read(scannedNode, [listOf(MEMORY_COLUMNS, { id: "a", tags: ["x"] }), ["Memory"]]), {
    labels: ["Memory"],
    properties: { id: "a", tags: ["x"] },
  });
  const list = listOf(RELATIONSHIP_COLUMNS, { id: "r", valid_from: [["2025-01-02T03:04:05.5Z"]] });
  const { properties } = read(scannedRelationship, [list, "SOLVES", "a", "b"]);
  assert.deepEqual({ ...properties.valid_from as object }, {
    type: "DateTime",
    text: "2025-01-02T03:04:05.500000+00:00",
  });
});

Deno.test("a row that is not what was asked for is STORE_FAILED", () => {
  const [whole, listed] = [wholeRows(values), listedRows(values)];
  const memory = listOf(MEMORY_COLUMNS, { id: "a" });
  const relationship = listOf(RELATIONSHIP_COLUMNS, { id: "r" });
  const damaged: [RowShape<unknown>, unknown[]][] = [
    [whole.node, [null]],
    [whole.node, [{ elementId: "1", labels: "Memory", properties: {} }]],
    [whole.relationship, [{ elementId: "1", type: 7, properties: {} }, "a", "b"]],
    [listed.scannedNode, ["no list", ["Memory"]]],
    [listed.scannedNode, [memory.slice(1), ["Memory"]]],
    [listed.scannedNode, [memory, [1]]],
    [listed.node, [memory, ["Memory"], undefined]],
    [listed.relationship, [relationship, "SOLVES", "a", "b", undefined]],
    [
      listed.scannedRelationship,
      [listOf(RELATIONSHIP_COLUMNS, { id: "r", valid_from: [["soon"]] }), "SOLVES", "a", "b"],
    ],
  ];
  for (const [shape, cells] of damaged) {
    assert.throws(
      () => read(shape, cells),
      (error) => error instanceof GraphError && error.code === "STORE_FAILED",
      JSON.stringify(cells),
    );
  }
});
