import type { Logger } from "../../log.ts";

/** Runs a statement and logs its text and duration; the caller leaves parameters out of the text. */
export async function timed<T>(log: Logger | undefined, text: string, run: () => Promise<T>): Promise<T> {
  if (!log) return await run();
  const start = performance.now();
  try {
    return await run();
  } finally {
    log.debug(`${text.replace(/\s+/g, " ")} (${(performance.now() - start).toFixed(1)} ms)`);
  }
}
