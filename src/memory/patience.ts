import { setTimeout as sleep } from "node:timers/promises";
import { GraphError, throwIfInterrupted } from "../errors.ts";

/** How long a single change may wait for other processes before its caller is told. */
const PATIENCE_MS = 60_000;
/** Delays between attempts double from the first to the longest. */
const FIRST_DELAY_MS = 5;
const MAX_DELAY_MS = 200;

/**
 * Repeats a change that failed only because others were at it. Delays are random, so that many processes that
 * write to one file do not meet again and again.
 */
export async function withPatience<T>(action: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let delayMs = FIRST_DELAY_MS;; delayMs = Math.min(delayMs * 2, MAX_DELAY_MS)) {
    try {
      return await action();
    } catch (error) {
      const isBusy = error instanceof GraphError &&
        (error.code === "STORE_LOCKED" || error.code === "TRANSIENT");
      if (!isBusy || performance.now() > deadline) throw error;
    }
    await sleep(delayMs * Math.random());
    throwIfInterrupted(signal);
  }
}
