/** A clock that jumps, during a migration and between two. */
import assert from "node:assert/strict";
import { cli } from "../support/cli.ts";
import { findUnfinished, resumeMigration } from "../../src/pipeline/resume.ts";
import { memoryHarness } from "../support/memory_harness.ts";
import { BEFORE, Bench, errorOf, MERGED, refused } from "./bench.ts";

const RealDate = Date;
const HOUR_MS = 3_600_000;
const path = new URL("../fixtures/upstream/python/full.db", import.meta.url).pathname;

/** Runs with a clock that is off by so many hours. */
async function withClock<T>(hours: number, action: () => Promise<T>): Promise<T> {
  const offset = hours * HOUR_MS;
  globalThis.Date = class extends RealDate {
    constructor(...given: unknown[]) {
      // deno-lint-ignore no-explicit-any -- whatever Date takes
      super(...(given.length > 0 ? given : [RealDate.now() + offset]) as [any]);
    }
    static override now() {
      return RealDate.now() + offset;
    }
  } as DateConstructor;
  try {
    return await action();
  } finally {
    globalThis.Date = RealDate;
  }
}

Deno.test("a clock that jumps between a crash, its resume and its rollback", async () => {
  for (const [crash, resume, undo] of [[0, -48, 72], [9000, -9000, 0]] as const) {
    await using opened = await memoryHarness.open();
    await using bench = new Bench(memoryHarness.backend, opened.settings);
    await bench.fill();
    bench.faults = { write: { at: 5, error: refused } };
    const options = { rollbackOnFailure: false, keepUndo: true };
    await withClock(crash, () => errorOf(() => bench.migrate(options)));
    bench.faults = {};
    const unfinished = findUnfinished(bench.directory, undefined);
    const result = await withClock(
      resume,
      () => resumeMigration(unfinished, bench.target(), {}, bench.context),
    );
    assert(result.seconds >= 0);
    assert.equal(await bench.digest(), MERGED);
    await withClock(undo, () => bench.rollBack());
    assert.equal(await bench.digest(), BEFORE);
    assert.deepEqual(bench.leftovers(), []);
  }
});

Deno.test("--since last with a clock that was put back moves everything rather than too little", async () => {
  const folder = await Deno.makeTempDir({ prefix: "memorygraph-clock-" });
  try {
    const argv = [
      "migrate",
      "--from-path",
      path,
      "--to",
      "sqlite",
      "--to-path",
      `${folder}/copy.db`,
      "--json",
    ];
    const env = { MEMORYGRAPH_STATE_DIR: `${folder}/state` };
    const run = async (...more: string[]) => JSON.parse((await cli([...argv, ...more], { env })).stdout);
    assert.equal((await withClock(24 * 365, () => run())).written.memories, 2);
    const { plan } = await run("--since", "last");
    assert.deepEqual([plan.unchanged.memories, plan.same.memories], [0, 2]);
    // Now there is one that began in the past.
    assert.equal((await run("--since", "last")).plan.unchanged.memories, 2);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
