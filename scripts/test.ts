import { dirname } from "node:path";
import { lanesFor } from "./testing/lanes.ts";
import { parseTestOptions, type TestOptions, USAGE } from "./testing/options.ts";
import { isBoundElsewhere } from "./testing/platform.ts";
import { checkTypes, joinResults, type RunResult, runTests } from "./testing/run.ts";
import { databaseServices, type Services, sharedServices, startServices } from "./testing/services.ts";
import { formatCounts } from "./testing/summary.ts";

const root = dirname(import.meta.dirname!);

async function main(): Promise<number> {
  const options = readOptions();
  if (!options) return 2;
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const interrupt = new AbortController();
  const { signal } = interrupt;
  const { withServers, strict } = options;
  let isStarting = true;
  // Servers that are only starting need no orderly end: each ends with this process.
  onInterrupt(() => isStarting ? Deno.exit(130) : interrupt.abort());
  const lanes = lanesFor(options, Deno.env.toObject());
  const isOneOfSeveral = lanes.length > 1;
  if (isOneOfSeveral && !await checkTypes({ root, frozen: strict })) {
    console.log(formatCounts({ passed: 0, failed: 1, skipped: 0 }));
    return 1;
  }
  await using shared = await startServices(withServers ? sharedServices(root) : []);
  await using stack = new AsyncDisposableStack();
  const databases = await Promise.all(lanes.map(async () => {
    return stack.use(await startServices(withServers ? databaseServices() : []));
  }));
  isStarting = false;
  const strictly: Record<string, string> = strict ? { MEMORYGRAPH_TEST_STRICT: "1" } : {};
  const common = { ...options, root, frozen: strict, isOneOfSeveral, signal };
  const results = await Promise.all(lanes.map((lane, index) => {
    const env = { ...shared.env, ...databases[index]!.env, ...strictly };
    return runTests({ ...common, ...lane, env });
  }));
  const result = joinResults(results);
  const problems = findProblems(result, [shared, ...databases], strict);
  for (const problem of problems) console.log(`error: ${problem}`);
  console.log(formatCounts(result.counts));
  return signal.aborted ? 130 : problems.length > 0 ? 1 : 0;
}

function readOptions(): TestOptions | undefined {
  try {
    return parseTestOptions(Deno.args, { strict: Deno.env.get("MEMORYGRAPH_TEST_STRICT") === "1" });
  } catch (error) {
    console.error(`error: ${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    return undefined;
  }
}

function onInterrupt(stop: () => void): void {
  Deno.addSignalListener("SIGINT", stop);
  // Windows has no SIGTERM.
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", stop);
}

/** Why this run is no success. */
function findProblems(
  { counts, ignored, code }: RunResult,
  services: readonly Services[],
  strict: boolean,
): string[] {
  const problems = services.flatMap(({ failed }) => failed);
  if (code !== 0) problems.push(`deno test ended with code ${code}`);
  if (counts.passed + counts.failed === 0) problems.push("no test ran");
  if (strict) {
    const missed = ignored.filter(({ name }) => !isBoundElsewhere(name));
    problems.push(...new Set(services.flatMap(({ missing }) => missing)));
    problems.push(...missed.map(({ name, file }) => `ignored in a strict run: ${name} (${file})`));
  }
  return problems;
}

// `deno test` takes a file of this name for tests, and imports it.
if (import.meta.main) Deno.exit(await main());
