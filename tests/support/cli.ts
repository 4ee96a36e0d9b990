import type { CliIo } from "../../src/cli/io.ts";
import { runCli } from "../../src/cli/run.ts";
import type { Operation } from "../../src/operations/operation.ts";

/** What surrounds a command line that runs inside the test. */
export interface CliSurroundings {
  env?: Record<string, string>;
  operations?: readonly Operation[];
  terminal?: boolean;
  columns?: number;
  /** Receives a function that acts as Ctrl-C. */
  onReady?: (interrupt: () => void) => void;
}

/** What a command line left behind. */
export interface CliRun {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command line in this process, with nothing of the real environment. */
export async function cli(argv: readonly string[], surroundings: CliSurroundings = {}): Promise<CliRun> {
  const { env = {}, operations, terminal = false, columns = 80, onReady } = surroundings;
  const run = { stdout: "", stderr: "" };
  const output = (name: "stdout" | "stderr") => ({
    isTerminal: terminal,
    write: (text: string) => {
      run[name] += text;
    },
  });
  const io: CliIo = {
    stdout: output("stdout"),
    stderr: output("stderr"),
    stdin: { isTerminal: terminal },
    env,
    columns: () => columns,
    onInterrupt: (callback) => {
      onReady?.(callback);
      return () => {};
    },
  };
  const code = await runCli(argv, io, operations);
  return { code, ...run };
}

/** Runs the program in a process of its own. `stdin` is closed unless text is given. */
export async function cliProcess(
  argv: readonly string[],
  { env = {} }: { env?: Record<string, string> } = {},
): Promise<CliRun> {
  const main = new URL("../../main.ts", import.meta.url).pathname;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", main, ...argv],
    env,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
