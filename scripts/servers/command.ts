/** A server cannot be had on this machine. `message` is the reason, fit to show beside an ignored test. */
export class Unavailable extends Error {
  override name = "Unavailable";
}

/** A command ended with another code than 0. The message holds the last lines of what it printed. */
export class CommandFailed extends Error {
  override name = "CommandFailed";
  /** The same in one line, with only the end of what it printed. */
  readonly summary: string;

  constructor(command: string, { code, printed }: { code: number; printed: string }) {
    const ended = `${command} ended with code ${code}:`;
    super(`${ended}\n${lastLines(printed, 20)}`);
    this.summary = `${ended} ${lastLines(printed, 2).replaceAll(/\s*\n\s*/g, "; ")}`;
  }
}

/** Options of `runCommand`. */
export interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
}

/** What a command printed. */
export interface Output {
  stdout: string;
  stderr: string;
}

/** Runs a command to its end. Throws `Unavailable` when it is not installed, `CommandFailed` when it fails. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Output> {
  let result: Deno.CommandOutput;
  try {
    result = await new Deno.Command(command, { ...options, args: [...args], stdin: "null" }).output();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new Unavailable(`${command} not found`, { cause: error });
    }
    throw error;
  }
  const output = {
    stdout: new TextDecoder().decode(result.stdout),
    stderr: new TextDecoder().decode(result.stderr),
  };
  if (result.success) return output;
  throw new CommandFailed(command, {
    code: result.code,
    printed: output.stderr.trim() || output.stdout.trim(),
  });
}

/** The text's last lines, `count` at most, without the line breaks and spaces that it ends in. */
export function lastLines(text: string, count: number): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}
