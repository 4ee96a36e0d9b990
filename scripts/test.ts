import { dirname } from "node:path";
import { parseTestOptions, USAGE } from "./testing/options.ts";
import { isBoundElsewhere } from "./testing/platform.ts";
import { type RunResult, runTests } from "./testing/run.ts";
import { formatCounts } from "./testing/summary.ts";

const root = dirname(import.meta.dirname!);

async function main(): Promise<number> {
  const options = parseTestOptions(Deno.args, { strict: Deno.env.get("MEMORYGRAPH_TEST_STRICT") === "1" });
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const interrupt = new AbortController();
  Deno.addSignalListener("SIGINT", () => interrupt.abort());
  const env: Record<string, string> = options.strict ? { MEMORYGRAPH_TEST_STRICT: "1" } : {};
  const result = await runTests({ ...options, root, frozen: options.strict, env, signal: interrupt.signal });
  const problems = findProblems(result, options.strict);
  for (const problem of problems) console.log(`error: ${problem}`);
  console.log(formatCounts(result.counts));
  return interrupt.signal.aborted ? 130 : problems.length > 0 ? 1 : 0;
}

/** Why this run is no success. */
function findProblems({ counts, ignored, code }: RunResult, strict: boolean): string[] {
  const problems: string[] = [];
  if (code !== 0) problems.push(`deno test ended with code ${code}`);
  if (counts.passed + counts.failed === 0) problems.push("no test ran");
  if (strict) {
    const missed = ignored.filter(({ name }) => !isBoundElsewhere(name));
    problems.push(...missed.map(({ name, file }) => `ignored in a strict run: ${name} (${file})`));
  }
  return problems;
}

Deno.exit(await main());
