import type { Batch, GraphStore } from "../../src/store/store.ts";
import { memory, relationship } from "../fixtures/graph.ts";
import { SMALL_GRAPHS } from "../fixtures/graphs.ts";
import { assertSameGraph, batchesOf, readGraph } from "../support/graph.ts";
import type { Harness } from "../support/harness.ts";
import { CONFLICTS, GRAPH } from "./conflicts.ts";
import { failsWith, test } from "./suite.ts";

/** Records that were encoded ahead arrive as others do, and are refused as others are. */
export function encoding(harness: Harness): void {
  const { encode } = harness.backend;
  if (!encode) return;
  const write = (store: GraphStore, { kind, items }: Batch) =>
    store.writeEncoded!(kind, items.map((item) => encode(kind, item)!));

  for (const fixture of SMALL_GRAPHS) {
    test(harness, `keeps the graph "${fixture.name}", encoded ahead`, async ({ store }) => {
      for (const batch of batchesOf(fixture, 7)) await write(store, batch);
      assertSameGraph(await readGraph(store), fixture);
    });
  }

  for (const [name, batch] of Object.entries(CONFLICTS)) {
    test(harness, `an encoded batch of ${name} is a CONFLICT and not written`, async (opened) => {
      for (const part of batchesOf(GRAPH, 7)) await write(opened.store, part);
      await failsWith("CONFLICT", () => write(opened.store, batch));
      const store = await opened.reopen("write");
      await failsWith("CONFLICT", () => write(store, batch));
      assertSameGraph(await readGraph(store), GRAPH);
    });
  }

  test(harness, "a missing end fails an encoded batch with RECORD_INVALID", async ({ store }) => {
    const memories = [memory("a"), memory("b")];
    const good = relationship("good", ["a", "b"]);
    await write(store, { kind: "memory", items: memories });
    const others = [
      relationship("bad", ["a", "none"]),
      relationship("bad", ["none", "a"], { type: "SOLVES" }),
    ];
    for (const bad of others) {
      await failsWith("RECORD_INVALID", () => write(store, { kind: "relationship", items: [good, bad] }));
      assertSameGraph(await readGraph(store), { memories, relationships: [] });
    }
    await write(store, { kind: "relationship", items: [good] });
    assertSameGraph(await readGraph(store), { memories, relationships: [good] });
  });

  test(harness, "what was encoded is there for what was not", async ({ store }) => {
    const batches: Batch[] = [
      { kind: "memory", items: [memory("a")] },
      { kind: "relationship", items: [relationship("r", ["a", "a"])] },
    ];
    for (const batch of batches) {
      await write(store, batch);
      await failsWith("CONFLICT", () => store.write(batch, { mode: "fail" }));
      await write(store, { ...batch, items: [] });
    }
  });
}
