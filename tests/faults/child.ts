/** The program as a process that is stopped at a moment of the test's choice. */
import type { z } from "zod";
import type { Backend } from "../../src/backends/backend.ts";
import { unwrap } from "../../src/schema.ts";
import type { Settings } from "../support/harness.ts";

/** When a process is stopped: when it prints this line of its progress, or so many milliseconds later. */
export interface Moment {
  readonly line: string;
  readonly afterMs?: number;
}

/** What became of a process. */
export interface Stopped {
  /** Whether the signal came before the process had ended by itself. */
  readonly wasStopped: boolean;
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The lines that a migration prints between its phases, in order: the phase boundaries. */
export const BOUNDARIES: readonly string[] = [
  "Preflight: started",
  "Export: started",
  "Validation: started",
  "Validation: done",
  "Import: started",
  "Import: done",
  "Verification: started",
  "Verification: done",
  "Cleanup: started",
  "Cleanup: done",
];

const main = new URL("../../main.ts", import.meta.url).pathname;
const binary = Deno.env.get("MEMORYGRAPH_TEST_BINARY");

/** The program's command: the built one where there is one, since it starts quicker. */
export function programCommand(args: readonly string[], options: Deno.CommandOptions = {}): Deno.Command {
  const [program, ...before] = binary ? [binary] : [Deno.execPath(), "run", "-qA", "--no-check", main];
  return new Deno.Command(program!, { stdin: "null", ...options, args: [...before, ...args] });
}

/** Runs the program and sends it signals, each when its moment has come. */
export async function runUntil(
  args: readonly string[],
  { env, moments, signal = "SIGKILL" }: {
    env: Record<string, string>;
    moments: readonly Moment[];
    signal?: Deno.Signal;
  },
): Promise<Stopped> {
  const process = programCommand(args, { env, stdout: "piped", stderr: "piped" }).spawn();
  let isOver = false;
  let sent = 0;
  const send = () => {
    if (isOver) return;
    try {
      process.kill(signal);
      sent++;
    } catch {
      // It has ended this very moment.
    }
  };
  const timers: ReturnType<typeof setTimeout>[] = [];
  const waiting = [...moments];
  const stdout = new Response(process.stdout).text();
  let stderr = "";
  for await (const text of process.stderr.pipeThrough(new TextDecoderStream())) {
    stderr += text;
    while (waiting[0] !== undefined && stderr.includes(waiting[0].line)) {
      const { afterMs = 0 } = waiting.shift()!;
      if (afterMs > 0) timers.push(setTimeout(send, afterMs));
      else send();
    }
  }
  const { code } = await process.status;
  isOver = true;
  for (const timer of timers) clearTimeout(timer);
  const wasStopped = signal === "SIGKILL" ? code === 137 : sent > 0;
  return { wasStopped, code, stdout: await stdout, stderr };
}

/** Flags and environment that name a store as an end of a migration. */
export function endOf(
  prefix: "from" | "to",
  { name, config }: Backend,
  settings: Settings,
): { args: string[]; env: Record<string, string> } {
  const args = [`--${prefix}`, name];
  const env: Record<string, string> = {};
  for (const [setting, value] of Object.entries(settings)) {
    const [variable] = unwrap(config.shape[setting] as z.ZodType).meta.env ?? [];
    if (setting === "password") {
      env[prefix === "from" ? "MEMORYGRAPH_SOURCE_PASSWORD" : "MEMORYGRAPH_TARGET_PASSWORD"] = value;
    } else if (["path", "uri", "user", "database"].includes(setting)) {
      args.push(`--${prefix}-${setting}`, value);
    } else env[variable!] = value;
  }
  return { args, env };
}
