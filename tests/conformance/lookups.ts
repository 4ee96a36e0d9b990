import assert from "node:assert/strict";
import { generateGraph } from "../fixtures/generated.ts";
import { memory, relationship } from "../fixtures/graph.ts";
import { assertSameGraph, writeGraph } from "../support/graph.ts";
import type { Harness } from "../support/harness.ts";
import { refOf, test } from "./suite.ts";

const GRAPH = generateGraph({ memories: 30, relationships: 60 });

/** Reading records by their ids. */
export function lookups(harness: Harness): void {
  test(harness, "readMemories() and readRelationships() give whole records by id", async (opened) => {
    await writeGraph(opened.store, GRAPH);
    const memories = [...GRAPH.memories()].slice(3, 20);
    const relationships = [...GRAPH.relationships()].slice(5, 40);
    assertSameGraph({
      memories: await opened.store.readMemories(memories.map(({ id }) => id)),
      relationships: await opened.store.readRelationships(relationships.map(refOf)),
    }, { memories, relationships });
  });

  test(
    harness,
    "a missing id is missing, one asked for twice comes once, none gives none",
    async (opened) => {
      await writeGraph(opened.store, GRAPH);
      const [known] = GRAPH.memories();
      const [related] = GRAPH.relationships();
      const found = await opened.store.readMemories([known!.id, "missing", known!.id, "", "x'\"`\u0000"]);
      assert.deepEqual(found.map(({ id }) => id), [known!.id]);
      const missing = { ...refOf(related!), id: "missing" };
      const relationships = await opened.store.readRelationships([related!, missing, related!]);
      assert.deepEqual(relationships.map(({ id }) => id), [related!.id]);
      assert.deepEqual(await opened.store.readMemories([]), []);
      assert.deepEqual(await opened.store.readRelationships([]), []);
    },
  );

  test(harness, "readRelationships() finds one whose ends or type have changed", async (opened) => {
    const memories = ["a", "b", "c"].map((id) => memory(id));
    const relationships = [
      relationship("r1", ["a", "b"]),
      relationship("r2", ["a", "b"], { type: "SOLVES" }),
      relationship("r3", ["a", "b"]),
    ];
    await writeGraph(opened.store, { memories, relationships });
    const stale = [
      { id: "r1", fromId: "b", toId: "c", type: "RELATED_TO" },
      { id: "r2", fromId: "a", toId: "b", type: "NO_SUCH_TYPE" },
      { id: "r3", fromId: "gone", toId: "gone", type: "SOLVES" },
    ];
    const found = await opened.store.readRelationships(stale);
    assertSameGraph({ memories, relationships: found }, { memories, relationships });
  });

  test(harness, "thousands of ids at once", async (opened) => {
    const memories = Array.from({ length: 3000 }, (_, index) => memory(`m${index}`));
    const relationships = memories.map(({ id }) => relationship(id, ["m0", id]));
    await writeGraph(opened.store, { memories, relationships }, { batchSize: 1500 });
    const missing = memories.map(({ id }) => `${id}?`);
    assertSameGraph({
      memories: await opened.store.readMemories([...missing, ...memories.map(({ id }) => id)]),
      relationships: await opened.store.readRelationships(relationships.map(refOf)),
    }, { memories, relationships });
  });
}
