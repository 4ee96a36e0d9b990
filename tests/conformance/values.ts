import assert from "node:assert/strict";
import fc from "fast-check";
import { SMALL_GRAPHS } from "../fixtures/graphs.ts";
import { arbitraryGraph } from "../support/arbitraries.ts";
import { assertSameGraph, digestOfGraph, readGraph, writeGraph } from "../support/graph.ts";
import type { Harness } from "../support/harness.ts";
import { refOf, test } from "./suite.ts";

const RANDOM_GRAPHS = 40;

/** Every value of every named graph comes back as it went in. The big ones go through the matrix. */
export function values(harness: Harness): void {
  for (const fixture of SMALL_GRAPHS) {
    test(harness, `keeps the graph "${fixture.name}"`, async (opened) => {
      await writeGraph(opened.store, fixture, { batchSize: 7 });
      const written = await readGraph(opened.store, { batchSize: 7 });
      assertSameGraph(written, fixture);
      assert.deepEqual(written.rejects, []);
      assert.equal(
        digestOfGraph(written),
        digestOfGraph({ memories: [...fixture.memories()], relationships: [...fixture.relationships()] }),
      );
      await writeGraph(opened.store, fixture, { batchSize: 5, mode: "overwrite" });
      const store = await opened.reopen("read");
      assertSameGraph(await readGraph(store), fixture);
      assertSameGraph({
        memories: await store.readMemories(written.memories.map(({ id }) => id)),
        relationships: await store.readRelationships(written.relationships.map(refOf)),
      }, fixture);
    });
  }

  test(harness, "keeps any graph", async (opened) => {
    // UTF-8, which every database and file keeps text in, has no half surrogate pairs.
    const graphs = arbitraryGraph({ loneSurrogates: false });
    await fc.assert(
      fc.asyncProperty(graphs, async (graph) => {
        for (const mode of ["fail", "overwrite"] as const) {
          await writeGraph(opened.store, graph, { batchSize: 3, mode });
          assertSameGraph(await readGraph(opened.store, { batchSize: 2 }), graph);
        }
        await opened.store.deleteMemories(graph.memories.map(({ id }) => id), { detach: true });
        assertSameGraph(await readGraph(opened.store), { memories: [], relationships: [] });
      }),
      { numRuns: RANDOM_GRAPHS, endOnFailure: true, interruptAfterTimeLimit: 60_000 },
    );
  });
}
