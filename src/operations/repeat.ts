/** Doing something again and again until the user stops it. */
import { setTimeout as sleep } from "node:timers/promises";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../durations.ts";
import { asGraphError, GraphError } from "../errors.ts";
import type { OperationContext } from "./operation.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS };
// Not zero, which would leave no rest between two runs.
const DURATION = /^(?=.*[1-9])(\d+(?:\.\d+)?)(s|m|h|d)$/;

/** What a duration on the command line looks like, for schemas. */
export const DURATION_PATTERN: [RegExp, string] = [
  DURATION,
  "must be a duration above zero, such as 30s, 15m, 6h or 1d",
];

/** A duration such as `15m` in milliseconds. */
export function durationMs(text: string): number {
  const [, number, unit] = DURATION.exec(text)!;
  return Number(number) * UNITS[unit!]!;
}

/**
 * Runs `action` now and then every `everyMs`, measured from start to start; a run that takes longer delays the
 * next. A failure that may pass is logged, and the next run tries again; any other ends it. Returns the last
 * run's result once the signal is aborted between two runs; during one, that run's INTERRUPTED is thrown.
 */
export async function repeat<T>(
  action: () => Promise<T>,
  { everyMs, signal, log }: { everyMs: number } & Pick<OperationContext, "signal" | "log">,
): Promise<T> {
  let last: T | undefined;
  while (true) {
    const start = performance.now();
    try {
      last = await action();
    } catch (error) {
      const graphError = asGraphError(error);
      if (!graphError.retry || graphError.code === "INTERRUPTED") throw error;
      log.error(`${graphError.message} (trying again in ${Math.round(everyMs / 1000)} s)`);
    }
    const rest = Math.max(0, everyMs - (performance.now() - start));
    // setTimeout takes no more than 2^31 milliseconds.
    await sleep(Math.min(rest, 2 ** 31 - 1), undefined, { signal }).catch(() => {});
    if (!signal.aborted) continue;
    if (last !== undefined) return last;
    throw new GraphError("INTERRUPTED", "Interrupted before any run had succeeded");
  }
}
