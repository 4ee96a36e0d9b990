import { type IgnoredTest, readIgnoredTests } from "./junit.ts";
import { type Counts, parseSummary, stripAnsi } from "./summary.ts";

/** What `runTests` is to run. */
export interface RunOptions {
  /** The project's folder, to which `paths` are relative. */
  root: string;
  /** Files and folders; none means every test file of the project. */
  paths: readonly string[];
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
        ...["--junit-path", report, "--ignore=scripts/test.ts"],
        ...(options.frozen ? ["--frozen"] : []),
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
    const summary = await passOn(child.stdout);
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
async function passOn(output: ReadableStream<Uint8Array>): Promise<Counts | undefined> {
  const isTerminal = Deno.stdout.isTerminal();
  let summary: Counts | undefined;
  let rest = "";
  const take = (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) summary = parseSummary(stripAnsi(line)) ?? summary;
    return lines;
  };
  for await (const text of output.pipeThrough(new TextDecoderStream())) {
    const lines = take(text);
    // A terminal is shown the name of a test while it runs; a file gets whole lines.
    await print(isTerminal ? text : lines.map((line) => `${stripAnsi(line)}\n`).join(""));
  }
  if (!isTerminal && rest) await print(`${stripAnsi(rest)}\n`);
  return summary;
}

async function print(text: string): Promise<void> {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(await Deno.stdout.write(bytes));
}
