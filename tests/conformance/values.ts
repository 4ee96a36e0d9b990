import assert from "node:assert/strict";
import { DEFAULT_BATCH_SIZE } from "../../src/store/store.ts";
import { GRAPHS } from "../fixtures/graphs.ts";
import { assertSameGraph, digestOfGraph, readGraph, writeGraph } from "../support/graph.ts";
import type { Harness } from "../support/harness.ts";
import { refOf, test } from "./suite.ts";

/** Every value of every named graph comes back as it went in. */
export function values(harness: Harness): void {
  for (const fixture of GRAPHS) {
    test(harness, `keeps the graph "${fixture.name}"`, async (opened) => {
      const batchSize = fixture.big ? DEFAULT_BATCH_SIZE : 7;
      await writeGraph(opened.store, fixture, { batchSize });
      const written = await readGraph(opened.store, { batchSize });
      assertSameGraph(written, fixture);
      assert.deepEqual(written.rejects, []);
      assert.equal(
        digestOfGraph(written),
        digestOfGraph({ memories: [...fixture.memories()], relationships: [...fixture.relationships()] }),
      );
      if (fixture.big) return;
      await writeGraph(opened.store, fixture, { batchSize: 5, mode: "overwrite" });
      const store = await opened.reopen("read");
      assertSameGraph(await readGraph(store), fixture);
      assertSameGraph({
        memories: await store.readMemories(written.memories.map(({ id }) => id)),
        relationships: await store.readRelationships(written.relationships.map(refOf)),
      }, fixture);
    });
  }
}
