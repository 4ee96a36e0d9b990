import { run } from "./command.ts";
import type { Toolchain } from "./toolchain.ts";

/** Deno 2.6 has these, but its types do not tell. */
const UNTYPED = /Cannot find name '(?:set|clear)Immediate'/;

/** A property, an export or a global that is not there; other errors come of an older TypeScript. */
const MISSING = /^TS(?:2304|2305|2339|2551|2552|2694|2724) \[ERROR\]: (.*)$/;

/**
 * Throws when the program in `root` uses what this older Deno does not have: it would fail at a user's. Knows
 * what Deno and the language have, but not what an older Deno lacks of the node: modules.
 */
export async function refuseMissingApis(root: string, { deno, env }: Toolchain): Promise<void> {
  try {
    await run(deno, ["check", "--frozen", "main.ts"], { cwd: root, env: { ...env, NO_COLOR: "1" } });
  } catch (error) {
    const printed = error instanceof Error ? error.message : String(error);
    if (!/^TS\d+ \[ERROR\]/m.test(printed)) throw error;
    const missing = findMissingApis(printed, root);
    if (missing.length > 0) {
      throw new Error(`Deno 2.6, on which the executable runs here, lacks: ${missing.join("; ")}`);
    }
  }
}

/**
 * Reads what `deno check` printed and gives one line for each thing that Deno lacks: `Property 'tryLock' does
 * not exist on type 'FsFile' (src/lock.ts:75)`.
 */
export function findMissingApis(printed: string, root: string): string[] {
  const missing: string[] = [];
  let message: string | undefined;
  for (const line of printed.split("\n")) {
    message = line.match(MISSING)?.[1] ?? message;
    const place = line.match(/^\s+at file:\/\/(.*):\d+$/)?.[1];
    if (!place || !message) continue;
    if (!UNTYPED.test(message)) {
      missing.push(`${message.replace(/\.$/, "")} (${place.replace(`${root}/`, "")})`);
    }
    message = undefined;
  }
  return missing;
}
