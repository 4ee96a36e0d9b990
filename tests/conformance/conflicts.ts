import assert from "node:assert/strict";
import type { Memory } from "../../src/model/memory.ts";
import type { Relationship } from "../../src/model/relationship.ts";
import { memory, relationship } from "../fixtures/graph.ts";
import { assertSameGraph, readGraph, writeGraph } from "../support/graph.ts";
import type { Harness } from "../support/harness.ts";
import { addMemories, addRelationships, failsWith, test } from "./suite.ts";

/** What is there before each. */
export const GRAPH = {
  memories: [memory("a"), memory("b"), memory("quote'\"\u0000")],
  relationships: [relationship("ab", ["a", "b"])],
};

/** Batches that are refused, by the reason. */
export const MEMORY_CONFLICTS: Record<string, Memory[]> = {
  "an id that exists": [memory("new"), memory("a", { content: "Other" })],
  "an id that exists, though the record is the same": [memory("a"), memory("new")],
  "an odd id that exists": [memory("new"), memory("quote'\"\u0000")],
  "an id that the batch holds twice": [memory("new"), memory("c"), memory("new", { content: "Other" })],
};

const RELATIONSHIP_CONFLICTS: Record<string, Relationship[]> = {
  "an id that exists": [relationship("new", ["a", "b"]), relationship("ab", ["a", "b"], { strength: 1 })],
  "an id that exists with other ends": [
    relationship("new", ["a", "b"], { type: "SOLVES" }),
    relationship("ab", ["b", "b"]),
  ],
  "an id that exists with another type": [relationship("ab", ["a", "b"], { type: "SOLVES" })],
  "an id that the batch holds twice": [
    relationship("new", ["a", "b"]),
    relationship("new", ["a", "b"], { strength: 1 }),
  ],
  "an id that the batch holds twice with other types": [
    relationship("new", ["a", "b"], { type: "CAUSES" }),
    relationship("new", ["a", "b"], { type: "SOLVES" }),
  ],
};

/** Mode `fail`: an id that is taken fails the batch, and nothing of it is written. */
export function conflicts(harness: Harness): void {
  for (const [name, items] of Object.entries(MEMORY_CONFLICTS)) {
    test(harness, `a batch of memories with ${name} is a CONFLICT and not written`, async (opened) => {
      await writeGraph(opened.store, GRAPH);
      await failsWith("CONFLICT", () => addMemories(opened.store, items));
      assertSameGraph(await readGraph(opened.store), GRAPH);
      // A store that has not written what is there knows it just as well.
      const store = await opened.reopen("write");
      await failsWith("CONFLICT", () => addMemories(store, items));
      assertSameGraph(await readGraph(store), GRAPH);
    });
  }

  for (const [name, items] of Object.entries(RELATIONSHIP_CONFLICTS)) {
    test(harness, `a batch of relationships with ${name} is a CONFLICT and not written`, async (opened) => {
      await writeGraph(opened.store, GRAPH);
      await failsWith("CONFLICT", () => addRelationships(opened.store, items));
      assertSameGraph(await readGraph(opened.store), GRAPH);
      // A store that has not written what is there knows it just as well.
      const store = await opened.reopen("write");
      await failsWith("CONFLICT", () => addRelationships(store, items));
      assertSameGraph(await readGraph(store), GRAPH);
    });
  }

  test(harness, "a conflict names the id that is taken, however large the batch", async (opened) => {
    await writeGraph(opened.store, GRAPH);
    const names = Array.from({ length: 40 }, (_, index) => `n${index}`);
    const memories = [...names, "b", "last"].map((id) => memory(id));
    const ofMemory = await failsWith("CONFLICT", () => addMemories(opened.store, memories));
    assert.deepEqual(ofMemory.details, { ids: ["b"] });
    const relationships = [...names, "ab", "last"].map((id) => relationship(id, ["a", "b"]));
    const ofRelationship = await failsWith("CONFLICT", () => addRelationships(opened.store, relationships));
    assert.deepEqual(ofRelationship.details, { ids: ["ab"] });
  });

  test(harness, "a store goes on after a conflict", async (opened) => {
    await writeGraph(opened.store, GRAPH);
    await failsWith("CONFLICT", () => addMemories(opened.store, [memory("a")]));
    await addMemories(opened.store, [memory("c")]);
    await failsWith("RECORD_INVALID", () => addRelationships(opened.store, [relationship("r", ["c", "d"])]));
    await addRelationships(opened.store, [relationship("r", ["c", "a"])]);
    assertSameGraph(await readGraph(opened.store), {
      memories: [...GRAPH.memories, memory("c")],
      relationships: [...GRAPH.relationships, relationship("r", ["c", "a"])],
    });
  });
}
