import { setTimeout as sleep } from "node:timers/promises";
import { GraphError } from "../../errors.ts";

/** How long a call waits for another process's lock before it fails with STORE_LOCKED. */
export const LOCK_TIMEOUT_MS = 5000;
/**
 * What SQLite itself waits of that, each time. Its pauses grow to a tenth of a second: where others write one after the
 * other, whoever waits longest is overtaken by all who have just come. And nothing else happens meanwhile.
 */
export const OWN_TIMEOUT_MS = 10;
const MAX_PAUSE_MS = 10;

/** Repeats what the database is locked for, at random moments, so that each who waits is as likely to be the next. */
export async function whenUnlocked<T>(action: () => T): Promise<T> {
  const deadline = performance.now() + LOCK_TIMEOUT_MS;
  while (true) {
    try {
      return action();
    } catch (error) {
      const isLocked = error instanceof GraphError && error.code === "STORE_LOCKED";
      if (!isLocked || performance.now() >= deadline) throw error;
    }
    await sleep(MAX_PAUSE_MS * Math.random());
  }
}
