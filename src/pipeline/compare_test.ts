import assert from "node:assert/strict";
import { memory } from "../../tests/fixtures/graph.ts";
import { batchesOf } from "../../tests/support/graph.ts";
import type { Batch } from "../store/store.ts";
import { compareGraphs } from "./compare.ts";

const COUNT = 200;

/** Memories of 100,000 letters, made when they are read. */
async function* long(letter: string): AsyncGenerator<Batch> {
  for (let at = 0; at < COUNT; at++) {
    const content = letter.repeat(100_000);
    yield* batchesOf({ memories: [memory(`m${at}`, { content })], relationships: [] }, 1);
  }
}

Deno.test("compareGraphs() names as many differences as fit into memory, and counts all", async () => {
  const { changed, differences } = await compareGraphs(long("a"), long("b"), { maxNamed: 1000 });
  assert.equal(changed.memories, COUNT);
  assert.deepEqual([differences.length, differences[0]!.id], [80, "m0"]);
});
