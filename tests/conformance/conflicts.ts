import assert from "node:assert/strict";
import type { Memory } from "../../src/model/memory.ts";
import type { Relationship } from "../../src/model/relationship.ts";
import type { Batch } from "../../src/store/store.ts";
import { memory, relationship } from "../fixtures/graph.ts";
import { assertSameGraph, readGraph, writeGraph } from "../support/graph.ts";
import type { Harness } from "../support/harness.ts";
import { addMemories, addRelationships, failsWith, test } from "./suite.ts";

/** What is there before each of {@linkcode CONFLICTS}. */
export const GRAPH = {
  memories: [memory("a"), memory("b"), memory("quote'\"\u0000")],
  relationships: [relationship("ab", ["a", "b"])],
};

const ofMemories = (...items: Memory[]): Batch => ({ kind: "memory", items });
const ofRelationships = (...items: Relationship[]): Batch => ({ kind: "relationship", items });

/** Batches that are refused. */
export const CONFLICTS: Readonly<Record<string, Batch>> = {
  "memories with an id that exists": ofMemories(memory("new"), memory("a", { content: "Other" })),
  "memories with an id that exists, though the record is the same": ofMemories(memory("a"), memory("new")),
  "memories with an odd id that exists": ofMemories(memory("new"), memory("quote'\"\u0000")),
  "memories with an id that the batch holds twice": ofMemories(
    memory("new"),
    memory("c"),
    memory("new", { content: "Other" }),
  ),
  "relationships with an id that exists": ofRelationships(
    relationship("new", ["a", "b"]),
    relationship("ab", ["a", "b"], { strength: 1 }),
  ),
  "relationships with an id that exists with other ends": ofRelationships(
    relationship("new", ["a", "b"], { type: "SOLVES" }),
    relationship("ab", ["b", "b"]),
  ),
  "relationships with an id that exists with another type": ofRelationships(
    relationship("ab", ["a", "b"], { type: "SOLVES" }),
  ),
  "relationships with an id that the batch holds twice": ofRelationships(
    relationship("new", ["a", "b"]),
    relationship("new", ["a", "b"], { strength: 1 }),
  ),
  "relationships with an id that the batch holds twice with other types": ofRelationships(
    relationship("new", ["a", "b"], { type: "CAUSES" }),
    relationship("new", ["a", "b"], { type: "SOLVES" }),
  ),
};

/** Mode `fail`: an id that is taken fails the batch, and nothing of it is written. */
export function conflicts(harness: Harness): void {
  for (const [name, batch] of Object.entries(CONFLICTS)) {
    test(harness, `a batch of ${name} is a CONFLICT and not written`, async (opened) => {
      await writeGraph(opened.store, GRAPH);
      await failsWith("CONFLICT", () => opened.store.write(batch, { mode: "fail" }));
      assertSameGraph(await readGraph(opened.store), GRAPH);
      // A store that has not written what is there knows it just as well.
      const store = await opened.reopen("write");
      await failsWith("CONFLICT", () => store.write(batch, { mode: "fail" }));
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
