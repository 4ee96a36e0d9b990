/** How many tests ended in which way. Steps of a test are not counted. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

// deno-lint-ignore no-control-regex -- terminal colours are control characters
const ANSI = /\u001b\[[0-9;]*m/g;

/** The text without what colours it in a terminal. */
export function stripAnsi(text: string): string {
  return text.replaceAll(ANSI, "");
}

/**
 * Reads the line with which `deno test` closes:
 * `FAILED | 3 passed (1 step) | 7 failed (1 step) | 2 ignored (1 step) | 1 filtered out (246ms)`.
 * The JUnit file would miss what fails outside of a test: a module that throws counts here as one failed test.
 * Gives undefined for any other line. Colours must be gone.
 */
export function parseSummary(line: string): Counts | undefined {
  if (!/^(ok|FAILED) \| \d+ passed\b.* \| \d+ failed\b/.test(line)) return undefined;
  const count = (word: string) => Number(line.match(new RegExp(`\\| (\\d+) ${word}\\b`))?.[1] ?? 0);
  return { passed: count("passed"), failed: count("failed"), skipped: count("ignored") };
}

/** `3 passed, 7 failed, 2 skipped`. */
export function formatCounts({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
