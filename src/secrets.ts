/** Reads a password from a file or from a command's output. */
import { asGraphError, GraphError } from "./errors.ts";
import type { Logger } from "./log.ts";
import { registerSecret } from "./redact.ts";

/** How long a password command may take; long enough to answer a password manager's own prompt. */
const COMMAND_TIMEOUT_MS = 60_000;
/** How long a stopped command may still take to end by itself. */
const GRACE_MS = 500;

/** What reading a secret may need. */
export interface SecretOptions {
  /** The flag or variable that named the file or the command, for messages. */
  readonly origin: string;
  readonly log?: Logger;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/** The content of a password file without its trailing newline. Throws USAGE. */
export async function readPasswordFile(path: string, { origin, log }: SecretOptions): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
    await warnIfOthersCanRead(path, log);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound ? "it does not exist" : asGraphError(error).message;
    throw new GraphError("USAGE", `Cannot read the password file "${path}" given by ${origin}: ${reason}`, {
      cause: error,
    });
  }
  return secretFrom(bytes, `The password file "${path}" given by ${origin}`);
}

async function warnIfOthersCanRead(path: string, log: Logger | undefined): Promise<void> {
  const { isFile, mode } = await Deno.stat(path);
  if (Deno.build.os === "windows" || !isFile || mode === null || (mode & 0o077) === 0) return;
  log?.warn(`Others can read the password file "${path}" (run: chmod 600 "${path}")`);
}

/**
 * The first output of a command line, run by the platform's shell so that quoting, pipes and variables work
 * as the user knows them. Its stderr is logged. Throws USAGE.
 */
export async function runPasswordCommand(command: string, options: SecretOptions): Promise<string> {
  const { origin, log, signal, timeoutMs = COMMAND_TIMEOUT_MS } = options;
  const fail = (reason: string, cause?: unknown) =>
    new GraphError("USAGE", `The password command given by ${origin} ${reason}`, { cause });
  const timeout = AbortSignal.timeout(timeoutMs);
  const stop = signal ? AbortSignal.any([signal, timeout]) : timeout;
  let output: Deno.CommandOutput;
  try {
    output = await untilAborted(shellCommand(command, stop).output(), stop);
  } catch (error) {
    if (signal?.aborted) throw new GraphError("INTERRUPTED", "Interrupted", { cause: error });
    if (stop.aborted) throw fail(`did not end within ${timeoutMs / 1000} seconds`, error);
    throw fail(`could not be started: ${asGraphError(error).message}`, error);
  }
  const complaint = new TextDecoder().decode(output.stderr).trim();
  if (!output.success) {
    const detail = complaint ? `: ${complaint.split("\n")[0]}` : "";
    throw fail(`ended with code ${output.code}${detail}`);
  }
  const secret = secretFrom(output.stdout, `The output of the password command given by ${origin}`);
  if (complaint) log?.warn(`Password command: ${complaint}`);
  return secret;
}

function shellCommand(command: string, signal: AbortSignal): Deno.Command {
  const [shell, ...args] = Deno.build.os === "windows"
    ? ["cmd", "/d", "/s", "/c", `"${command}"`]
    : ["/bin/sh", "-c", command];
  // Stdin is left out, since it may be an MCP session.
  const streams = { stdin: "null", stdout: "piped", stderr: "piped" } as const;
  return new Deno.Command(shell!, { args, ...streams, windowsRawArguments: true, signal });
}

/**
 * Rejects when the signal is aborted, after a moment in which the work may end: what a stopped shell had
 * started may keep its pipes open for as long as it likes.
 */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onAbort = () => {
    timer = setTimeout(() => aborted.reject(signal.reason), GRACE_MS);
  };
  signal.addEventListener("abort", onAbort);
  try {
    const result = await Promise.race([work, aborted.promise]);
    signal.throwIfAborted();
    return result;
  } finally {
    signal.removeEventListener("abort", onAbort);
    clearTimeout(timer);
  }
}

function secretFrom(bytes: Uint8Array, what: string): string {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new GraphError("USAGE", `${what} is not UTF-8 text`, { cause: error });
  }
  const secret = text.replace(/\r?\n$/, "");
  if (secret === "") throw new GraphError("USAGE", `${what} is empty`);
  registerSecret(secret);
  return secret;
}
