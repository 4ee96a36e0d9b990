/** Options of `run`. */
export interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** A command that takes longer is ended, and has failed. */
  timeoutMs?: number;
}

/**
 * Runs a command to its end, without input, and gives what it printed to stdout. Throws when it cannot be
 * started or fails, with what it printed.
 */
export async function run(
  command: string,
  args: readonly string[],
  { timeoutMs = 600_000, ...options }: RunOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    ...options,
    args: [...args],
    stdin: "null",
    signal: AbortSignal.timeout(timeoutMs),
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  if (code === 0) return text(stdout);
  throw new Error(`${command} ${args[0]} ended with code ${code}:\n${text(stderr) || text(stdout)}`);
}
