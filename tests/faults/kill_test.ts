/** The program killed by SIGKILL during a migration, at each phase boundary and at random moments. */
import assert from "node:assert/strict";
import { registerUnavailable, selectHarnesses } from "../support/harnesses.ts";
import { BOUNDARIES } from "./child.ts";
import { KillBench } from "./kill_bench.ts";
import { random } from "./random.ts";

const RANDOM_MOMENTS = 20;
const ROLLBACK_MOMENTS = 5;
const seed = Number(Deno.env.get("MEMORYGRAPH_TEST_SEED") ?? Date.now() % 1e6);

for (const harness of selectHarnesses()) {
  const name = `a migration into ${harness.name} killed`;
  if (harness.unavailable) {
    registerUnavailable(name, harness.unavailable);
    continue;
  }
  Deno.test(`${name} at each phase boundary is finished or undone`, async () => {
    await using bench = await KillBench.open(harness);
    for (const line of BOUNDARIES) {
      await bench.killAndResumeAt({ line });
      await bench.killAndRollBackAt({ line });
    }
    await bench.assertClean();
    assert(bench.kills >= BOUNDARIES.length / 2, `only ${bench.kills} processes were killed in time`);
  });

  Deno.test(`${name} at ${RANDOM_MOMENTS} random moments is finished or undone (seed ${seed})`, async () => {
    await using bench = await KillBench.open(harness);
    const next = random(seed);
    const { migrationMs } = await bench.measure();
    for (let round = 0; round < RANDOM_MOMENTS; round++) {
      const moment = { line: "Preflight: started", afterMs: next() * migrationMs };
      await bench.killAndResumeAt(moment);
      await bench.killAndRollBackAt(moment);
    }
    await bench.assertClean();
    assert(bench.kills >= RANDOM_MOMENTS / 4, `only ${bench.kills} processes were killed in time`);
  });

  Deno.test(`a rollback in ${harness.name} that is killed can be started again (seed ${seed})`, async () => {
    await using bench = await KillBench.open(harness);
    const next = random(seed + 1);
    const { rollbackMs } = await bench.measure();
    for (let round = 0; round <= ROLLBACK_MOMENTS; round++) {
      await bench.killRollbackAt({
        line: "Rollback: started",
        afterMs: round === 0 ? 0 : next() * rollbackMs,
      });
    }
    assert(bench.kills > 1, `only ${bench.kills} processes were killed in time`);
  });
}
