import type { Memory } from "../../src/model/memory.ts";
import type { GraphStore } from "../../src/store/store.ts";
import { memory } from "../fixtures/graph.ts";
import { SMALL_GRAPHS } from "../fixtures/graphs.ts";
import { assertSameGraph, batchesOf, readGraph, writeGraph } from "../support/graph.ts";
import type { Harness } from "../support/harness.ts";
import { GRAPH, MEMORY_CONFLICTS } from "./conflicts.ts";
import { addMemories, failsWith, test } from "./suite.ts";

/** Memories that were encoded ahead arrive as others do, and are refused as others are. */
export function encoding(harness: Harness): void {
  const { encodeMemory } = harness.backend;
  if (!encodeMemory) return;
  const write = (store: GraphStore, memories: readonly Memory[]) =>
    store.writeEncoded!(memories.map(encodeMemory));

  for (const fixture of SMALL_GRAPHS) {
    test(
      harness,
      `keeps the graph "${fixture.name}" whose memories were encoded ahead`,
      async ({ store }) => {
        for (const batch of batchesOf(fixture, 7)) {
          if (batch.kind === "memory") await write(store, batch.items);
          else await store.write(batch, { mode: "fail" });
        }
        assertSameGraph(await readGraph(store), fixture);
      },
    );
  }

  for (const [name, items] of Object.entries(MEMORY_CONFLICTS)) {
    test(
      harness,
      `an encoded batch of memories with ${name} is a CONFLICT and not written`,
      async (opened) => {
        await writeGraph(opened.store, GRAPH);
        await failsWith("CONFLICT", () => write(opened.store, items));
        const store = await opened.reopen("write");
        await failsWith("CONFLICT", () => write(store, items));
        assertSameGraph(await readGraph(store), GRAPH);
      },
    );
  }

  test(harness, "a memory that was encoded is one that exists", async ({ store }) => {
    await write(store, [memory("a")]);
    await failsWith("CONFLICT", () => addMemories(store, [memory("new"), memory("a")]));
    await write(store, []);
    assertSameGraph(await readGraph(store), { memories: [memory("a")], relationships: [] });
  });
}
