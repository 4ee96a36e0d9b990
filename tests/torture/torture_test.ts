/** A minute of `deno task torture`, so that it works when it is needed. */
import assert from "node:assert/strict";
import { sqliteHarness } from "../../src/backends/sqlite/harness.ts";
import { KillBench } from "../faults/kill_bench.ts";
import { random } from "../faults/random.ts";
import { torment } from "./round.ts";

Deno.test("ten rounds of torture leave SQLite whole, and kill", async () => {
  const next = random(20260314);
  await using bench = await KillBench.open(sqliteHarness);
  const durations = await bench.measure();
  let kills = 0;
  for (let round = 0; round < 10; round++) kills += (await torment(bench, next, durations)).kills;
  assert(kills >= 5, `only ${kills} processes were killed`);
  await bench.assertClean();
});
