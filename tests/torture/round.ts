/** One round of torture: a migration that is killed, resumed, killed again, and ends whole, one way or the other. */
import assert from "node:assert/strict";
import { BOUNDARIES, type Moment } from "../faults/child.ts";
import type { KillBench } from "../faults/kill_bench.ts";

/** How long things take on this pair, so that kills fall into them. */
export interface Durations {
  readonly migrationMs: number;
  readonly rollbackMs: number;
}

/** What was done in a round and how the target ended. */
export interface RoundReport {
  /** What happened, in order. */
  readonly steps: readonly string[];
  readonly kills: number;
}

/** However unlucky, a round ends. */
const MOST_KILLS = 6;

/**
 * Torments a bench that nothing has been migrated into, and leaves it so. Throws AssertionError when the target
 * is not exactly as it should be.
 */
export async function torment(
  bench: KillBench,
  next: () => number,
  durations: Durations,
): Promise<RoundReport> {
  const steps: string[] = [];
  const killsBefore = bench.kills;
  const note = (what: string, { wasStopped }: { wasStopped: boolean }) =>
    steps.push(wasStopped ? `${what} killed` : `${what} done`);
  const mayKill = () => next() < 0.7 && bench.kills - killsBefore < MOST_KILLS;
  const within = (line: string, ms: number): Moment => ({ line, afterMs: next() * ms });

  const moment = next() < 0.5
    ? { line: BOUNDARIES[Math.floor(next() * BOUNDARIES.length)]! }
    : within("Preflight: started", durations.migrationMs);
  note("migration", await bench.migrate(moment));
  const resumes = next() < 0.5;
  while (resumes && bench.state?.isUnfinished) {
    const at = mayKill() ? within("Reconciliation: started", durations.migrationMs) : undefined;
    note("resume", await bench.run(["migrate", "--resume"], at));
  }
  if (resumes && bench.state) {
    assert.equal(await bench.digest(), bench.digests.after, `after: ${steps.join(", ")}`);
  }
  while (bench.state) {
    const at = mayKill() ? within("Rollback: started", durations.rollbackMs) : undefined;
    note("rollback", await bench.run(["rollback", bench.state.id], at));
  }
  assert.equal(await bench.digest(), bench.digests.before, `after: ${steps.join(", ")}`);
  return { steps, kills: bench.kills - killsBefore };
}
