import { join } from "node:path";
import { V8_FLAGS } from "../build/v8_flags.ts";

/** What one run took. */
export interface Measured {
  /** Wall time of the work itself, without the start of the process. */
  seconds: number;
  records: number;
  /** The process's largest resident set, in 10^6 bytes. */
  peakMegabytes: number;
}

/** Options of {@linkcode measure}. */
export interface MeasureOptions {
  records: number;
  env?: Record<string, string>;
}

/**
 * Runs a script of this folder in a process of its own, so that its peak memory is its alone. The script
 * prints `{"seconds": n}` as its last line. Throws when it fails.
 */
export async function measure(script: string, args: string[], options: MeasureOptions): Promise<Measured> {
  const { records, env = {} } = options;
  const { seconds, peakBytes } = JSON.parse(await runScript(script, args, env));
  return { seconds, records, peakMegabytes: peakBytes / 1e6 };
}

/** Runs a script of this folder as the executable would run, and gives its last line. Throws when it fails. */
export async function runScript(
  script: string,
  args: string[],
  env: Record<string, string>,
): Promise<string> {
  const path = join(import.meta.dirname!, script);
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-all", `--v8-flags=${V8_FLAGS}`, path, ...args],
    env,
    stdin: "null",
  }).output();
  if (!output.success) throw new Error(`${script} failed: ${new TextDecoder().decode(output.stderr)}`);
  return new TextDecoder().decode(output.stdout).trim().split("\n").at(-1)!;
}

/** Prints what `measure` reads: the seconds since `start` and this process's peak memory. */
export function report(start: number): void {
  const seconds = (performance.now() - start) / 1000;
  console.log(JSON.stringify({ seconds, peakBytes: peakBytes() }));
}

/** VmHWM where the system tells it (Linux), else the present size, which is less. */
function peakBytes(): number {
  try {
    const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(Deno.readTextFileSync("/proc/self/status"))!;
    return Number(kilobytes) * 1024;
  } catch {
    return Deno.memoryUsage().rss;
  }
}
