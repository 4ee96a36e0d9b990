import assert from "node:assert/strict";
import { memory, relationship } from "../fixtures/graph.ts";
import { generateGraph } from "../fixtures/generated.ts";
import { assertSameGraph, digestOfGraph, readGraph, writeGraph } from "../support/graph.ts";
import type { Harness } from "../support/harness.ts";
import { addMemories, addRelationships, failsWith, test } from "./suite.ts";

const GRAPH = generateGraph({ memories: 23, relationships: 57 });
const SMALLER_THAN_A_BATCH = [1, 2, 3, 7, 23] as const;

/** Streaming a whole graph. */
export function reading(harness: Harness): void {
  test(harness, "read() gives every record once, memories first, across batch boundaries", async (opened) => {
    await writeGraph(opened.store, GRAPH);
    for (const batchSize of [...SMALLER_THAN_A_BATCH, undefined]) {
      const graph = await readGraph(opened.store, { batchSize });
      assertSameGraph(graph, GRAPH);
      assert.deepEqual(graph.rejects, []);
    }
  });

  test(harness, "read() gives relationships of one memory across batch boundaries", async (opened) => {
    const memories = [memory("hub"), memory("other")];
    const relationships = Array.from(
      { length: 11 },
      (_, index) =>
        relationship(`r${index}`, index % 2 ? ["hub", "hub"] : ["hub", "other"], {
          type: index % 3 ? "SOLVES" : "CAUSES",
        }),
    );
    await writeGraph(opened.store, { memories, relationships });
    for (const batchSize of [1, 2, 3, 10, 11, 12]) {
      assertSameGraph(await readGraph(opened.store, { batchSize }), { memories, relationships });
    }
  });

  test(harness, "read() skips the room that deleted records left", async (opened) => {
    const memories = Array.from({ length: 40 }, (_, index) => memory(`m${index}`));
    const relationships = memories.slice(1).map(({ id }) => relationship(id, ["m0", id]));
    await writeGraph(opened.store, { memories, relationships });
    const gone = memories.filter((_, index) => index % 20 > 2).map(({ id }) => id);
    await opened.store.deleteMemories(gone, { detach: true });
    const left = {
      memories: memories.filter(({ id }) => !gone.includes(id)),
      relationships: relationships.filter(({ id }) => !gone.includes(id)),
    };
    assertSameGraph(await readGraph(opened.store, { batchSize: 4 }), left);
  });

  test(harness, "read() of an empty graph gives no record", async (opened) => {
    assertSameGraph(await readGraph(opened.store), { memories: [], relationships: [] });
    assert.deepEqual(await opened.store.count(), {
      memories: 0,
      relationships: 0,
      foreignNodes: 0,
      foreignRelationships: 0,
    });
  });

  test(harness, "a caller may stop reading at any batch, or read twice at once", async (opened) => {
    await writeGraph(opened.store, GRAPH);
    for await (const _batch of opened.store.read({ batchSize: 2 })) break;
    const [first] = GRAPH.memories();
    for await (const _batch of opened.store.read({ batchSize: 9 })) {
      assert.equal((await opened.store.readMemories([first!.id])).length, 1);
      assert.equal((await opened.store.count()).memories, 23);
    }
    assertSameGraph(await readGraph(opened.store), GRAPH);
  });

  test(harness, "read() stops at an aborted signal", async (opened) => {
    await writeGraph(opened.store, GRAPH);
    await failsWith("INTERRUPTED", () => readGraph(opened.store, { signal: AbortSignal.abort() }));
    const controller = new AbortController();
    let batches = 0;
    await failsWith("INTERRUPTED", async () => {
      for await (const _batch of opened.store.read({ batchSize: 3, signal: controller.signal })) {
        batches++;
        controller.abort();
      }
    });
    assert.equal(batches, 1);
    assertSameGraph(await readGraph(opened.store), GRAPH);
  });

  test(harness, "records that cannot be carried come as rejects, and end no stream", async (opened) => {
    const { addBroken } = opened.database;
    if (!addBroken) return;
    await writeGraph(opened.store, GRAPH);
    if (harness.exclusive) await opened.close();
    const expected = await addBroken();
    const store = await opened.reopen("read");
    for (const batchSize of [1, 1000]) {
      const graph = await readGraph(store, { batchSize });
      assertSameGraph(graph, GRAPH);
      const byId = (a: { id: string }, b: { id: string }) => a.id < b.id ? -1 : 1;
      assert.deepEqual(
        graph.rejects.map(({ kind, id }) => ({ kind, id })).sort(byId),
        expected.toSorted(byId),
      );
      for (const { reason } of graph.rejects) assert.notEqual(reason, "");
    }
  });

  test(harness, "nodes that are no memories are counted and never given", async (opened) => {
    const { addForeign } = opened.database;
    assert(addForeign, "the harness does not say how to add a foreign node");
    const [first] = GRAPH.memories();
    await writeGraph(opened.store, GRAPH);
    if (harness.exclusive) await opened.close();
    await addForeign(first!.id);
    const store = await opened.reopen("write");
    assert.deepEqual(await store.count(), {
      memories: 23,
      relationships: 57,
      foreignNodes: 2,
      foreignRelationships: 2,
    });
    assertSameGraph(await readGraph(store, { batchSize: 5 }), GRAPH);
    // Writing over everything and taking away what can be taken leaves them where they are.
    await writeGraph(store, GRAPH, { mode: "overwrite" });
    await store.deleteRelationships([...GRAPH.relationships()]);
    await failsWith("CONFLICT", () => store.deleteMemories([first!.id]));
    await store.deleteMemories([...GRAPH.memories()].slice(1).map(({ id }) => id));
    assert.deepEqual(await store.count(), {
      memories: 1,
      relationships: 0,
      foreignNodes: 2,
      foreignRelationships: 2,
    });
  });

  test(harness, "a relationship without an id has the same one at every read", async (opened) => {
    const { addRelationshipWithoutId } = opened.database;
    if (!addRelationshipWithoutId) return;
    await addMemories(opened.store, [memory("a")]);
    if (harness.exclusive) await opened.close();
    await addRelationshipWithoutId("a");
    const first = await readGraph(await opened.reopen("read"));
    const second = await readGraph(opened.store, { batchSize: 1 });
    const [found] = first.relationships;
    assert.equal(first.relationships.length, 1);
    assert.notEqual(found!.id, "");
    assert.deepEqual([found!.fromId, found!.toId], ["a", "a"]);
    assert.equal(digestOfGraph(first), digestOfGraph(second));
    assert.equal((await opened.store.readRelationships([found!])).length, 1, "it is not found by its id");
  });

  for (const mode of ["read", "write"] as const) {
    test(harness, `capability snapshotReads says what a read in mode ${mode} sees`, async (opened) => {
      const memories = Array.from({ length: 9 }, (_, index) => memory(`m${index}`));
      await writeGraph(opened.store, { memories, relationships: [] });
      const reader = await opened.reopen(mode);
      if (harness.exclusive && mode === "write") {
        await failsWith("STORE_LOCKED", () => opened.connect("write"));
        return;
      }
      await using writer = await opened.connect("write");
      const seen: string[] = [];
      const readOn = async () => {
        for await (const batch of reader.read({ batchSize: 1 })) {
          if (seen.length === 0) {
            await addMemories(writer, [memory("n1"), memory("n2")]);
            await addRelationships(writer, [relationship("r", ["n1", "n2"])]);
          }
          seen.push(...batch.items.map(({ id }) => id));
        }
      };
      // A reader that takes no locks may give its snapshot and then say that it is stale.
      await readOn().catch((error) => assert.equal(error.code, "SOURCE_CHANGED", error.message));
      const whenItBegan = memories.map(({ id }) => id);
      const now = [...whenItBegan, "n1", "n2", "r"];
      assert.deepEqual(seen.sort(), reader.capabilities.snapshotReads ? whenItBegan : now);
      assert.equal((await writer.count()).memories, 11);
    });
  }
}
