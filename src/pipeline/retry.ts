import { setTimeout as sleep } from "node:timers/promises";
import { GraphError, throwIfInterrupted } from "../errors.ts";

/** How long to wait before a call is repeated after a failure that may pass: a server restarts in seconds. */
const RETRY_DELAYS_MS = [200, 1000, 3000];

/**
 * Repeats `action` as long as it fails in a way that may pass, at most four times in all. `isRepeat` tells
 * it that the call before may have done its work although its answer was lost.
 */
export async function withRetry<T>(
  action: (isRepeat: boolean) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  for (const [attempt, delayMs] of RETRY_DELAYS_MS.entries()) {
    try {
      return await action(attempt > 0);
    } catch (error) {
      if (!(error instanceof GraphError && error.retry) || error.code === "INTERRUPTED") throw error;
      await sleep(delayMs);
      throwIfInterrupted(signal);
    }
  }
  return await action(true);
}
