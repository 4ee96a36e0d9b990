import { type IgnoredTest, readIgnoredTests } from "./junit.ts";
import type { Lane } from "./lanes.ts";
import { type Counts, parseSummary, stripAnsi } from "./summary.ts";

/** What `runTests` is to run. */
export interface RunOptions extends Lane {
  /** The project's folder, to which `paths` and `ignored` are relative. */
  root: string;
  /**
   * Whether other runs go on at the same time. The tests of a file are then printed when all of them have ended, and
   * no types are checked: see {@linkcode checkTypes}.
   */
  isOneOfSeveral: boolean;
  filter?: string | undefined;
  /** More arguments of `deno test`: `["--trace-leaks"]`. */
  extra: readonly string[];
  /** Whether a lock file that does not match is an error. */
  frozen: boolean;
  /** Added to the environment of the tests. */
  env: Record<string, string>;
  /** Ends the run; the tests that had not run are then not counted. */
  signal: AbortSignal;
}

/** What came of a run. */
export interface RunResult {
  counts: Counts;
  ignored: IgnoredTest[];
  /** Exit code of `deno test`. */
  code: number;
}

/**
 * Runs `deno test` and passes its output on as it comes. A run that breaks off before its summary, as when a
 * module does not type-check, counts as one failed test.
 */
export async function runTests(options: RunOptions): Promise<RunResult> {
  const report = await Deno.makeTempFile({ prefix: "memorygraph-junit-", suffix: ".xml" });
  try {
    // Not --parallel: its workers share one environment and one working directory, and the servers.
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["test", "--allow-all", "--no-prompt", "--sanitize-ops", "--sanitize-resources"],
        // The test command has a name that `deno test` takes for tests.
        ...["--junit-path", report, `--ignore=${["scripts/test.ts", ...options.ignored]}`],
        ...(options.frozen ? ["--frozen"] : []),
        ...(options.isOneOfSeveral ? ["--no-check"] : []),
        ...(options.filter === undefined ? [] : ["--filter", options.filter]),
        ...options.extra,
        ...options.paths,
      ],
      cwd: options.root,
      env: options.env,
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    // SIGINT, because `deno test` answers it with a list of what it was doing.
    const interrupt = () => child.kill("SIGINT");
    options.signal.addEventListener("abort", interrupt);
    const summary = await passOn(child.stdout, options);
    const { code } = await child.status;
    options.signal.removeEventListener("abort", interrupt);
    const counts = summary ?? { passed: 0, failed: 0, skipped: 0 };
    if (code !== 0 && counts.failed === 0) counts.failed = 1;
    return { counts, ignored: readIgnoredTests(await Deno.readTextFile(report)), code };
  } finally {
    await Deno.remove(report);
  }
}

/** Copies to stdout, without colours if that is no terminal, and gives the last summary that went by. */
async function passOn(
  output: ReadableStream<Uint8Array>,
  { isOneOfSeveral }: Pick<RunOptions, "isOneOfSeveral">,
): Promise<Counts | undefined> {
  // A terminal is shown the name of a test while it runs; a file gets whole lines.
  const isLive = Deno.stdout.isTerminal() && !isOneOfSeveral;
  let summary: Counts | undefined;
  let rest = "";
  let held = "";
  for await (const text of output.pipeThrough(new TextDecoderStream())) {
    if (isLive) await print(text);
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines.map(stripAnsi)) {
      summary = parseSummary(line) ?? summary;
      if (isLive) continue;
      if (isOneOfSeveral && /^running \d+ tests? from /.test(line)) {
        await print(held);
        held = "";
      }
      held += `${line}\n`;
    }
    if (isOneOfSeveral || isLive) continue;
    await print(held);
    held = "";
  }
  if (!isLive) await print(held + (rest && `${stripAnsi(rest)}\n`));
  return summary;
}

let printed: Promise<void> = Promise.resolve();

/** Prints a text whole before the next. */
function print(text: string): Promise<void> {
  return printed = printed.then(async () => {
    let bytes = new TextEncoder().encode(text);
    while (bytes.length > 0) bytes = bytes.subarray(await Deno.stdout.write(bytes));
  });
}

/** Checks the types of the whole project, which takes each of several runs as long as one. */
export async function checkTypes({ root, frozen }: Pick<RunOptions, "root" | "frozen">): Promise<boolean> {
  const args = ["check", ...(frozen ? ["--frozen"] : [])];
  return (await new Deno.Command(Deno.execPath(), { args, cwd: root, stdin: "null" }).spawn().status).success;
}

/** The results of runs as one. */
export function joinResults(results: readonly RunResult[]): RunResult {
  const sum = (key: keyof Counts) => results.reduce((total, { counts }) => total + counts[key], 0);
  return {
    counts: { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") },
    ignored: results.flatMap(({ ignored }) => ignored),
    code: results.find(({ code }) => code !== 0)?.code ?? 0,
  };
}
