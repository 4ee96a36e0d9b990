import type { CliIo } from "../../src/cli/io.ts";
import { runCli } from "../../src/cli/run.ts";
import type { Operation } from "../../src/operations/operation.ts";

/** What surrounds a command line that runs inside the test. */
export interface CliSurroundings {
  env?: Record<string, string>;
  operations?: readonly Operation[];
  terminal?: boolean;
  /** What a pipe on stdin holds. */
  stdin?: string | Uint8Array;
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
  const { env = {}, operations, terminal = false, columns = 80, stdin = "", onReady } = surroundings;
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
    stdin: {
      isTerminal: terminal,
      readText: async () =>
        new TextDecoder("utf-8", { fatal: true }).decode(await new Response(stdin as BodyInit).bytes()),
    },
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
    args: ["run", "-qA", "--no-check", main, ...argv],
    env,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/**
 * Runs a script that uses the CLI, in a process of its own. Each signal is sent once the script has written
 * another line to stderr. In the script, IO and RUN stand for the CLI's modules.
 */
export async function cliScript(
  script: string,
  { signals, env = {} }: { signals: readonly Deno.Signal[]; env?: Record<string, string> },
): Promise<CliRun> {
  const from = (path: string) => new URL(`../../src/${path}`, import.meta.url).href;
  const code = `import { z } from "zod";
import { GraphError } from "${from("errors.ts")}";
${script.replace('"IO"', `"${from("cli/io.ts")}"`).replace('"RUN"', `"${from("cli/run.ts")}"`)}`;
  const root = new URL("../..", import.meta.url).pathname;
  const process = new Deno.Command(Deno.execPath(), {
    args: ["eval", "-q", code],
    cwd: root,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const waiting = [...signals];
  let stderr = "";
  for await (const text of process.stderr.pipeThrough(new TextDecoderStream())) {
    stderr += text;
    const signal = text.includes("\n") ? waiting.shift() : undefined;
    if (signal) process.kill(signal);
  }
  const stdout = await new Response(process.stdout).text();
  return { code: (await process.status).code, stdout, stderr };
}
