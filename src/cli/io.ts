/** The process as the CLI sees it, so that tests can run the CLI without one. */
import type { Environment } from "../state.ts";

/** A text stream to the user. */
export interface Output {
  /** What a closed pipe cannot take is dropped silently; a full disk throws. */
  write(text: string): void;
  readonly isTerminal: boolean;
}

/** Text from the user or from a program before us in a pipe. */
export interface Input {
  readonly isTerminal: boolean;
  /** Everything up to its end. Throws TypeError where it is not UTF-8. */
  readText(): Promise<string>;
}

/** Everything outside that a command line may touch. */
export interface CliIo {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: Input;
  readonly env: Environment;
  /** The terminal's width now. */
  columns(): number;
  /** Calls back at each Ctrl-C or termination request, until the returned function is called. */
  onInterrupt(callback: () => void): () => void;
}

/** The real process. */
export function processIo(): CliIo {
  return {
    stdout: outputTo(Deno.stdout),
    stderr: outputTo(Deno.stderr),
    stdin: {
      isTerminal: Deno.stdin.isTerminal(),
      readText: async () =>
        new TextDecoder("utf-8", { fatal: true }).decode(await new Response(Deno.stdin.readable).bytes()),
    },
    env: Deno.env.toObject(),
    columns: terminalColumns,
    onInterrupt,
  };
}

function outputTo(stream: typeof Deno.stdout): Output {
  const encoder = new TextEncoder();
  let isOpen = true;
  return {
    isTerminal: stream.isTerminal(),
    write(text) {
      if (!isOpen) return;
      isOpen = writeAll(stream, encoder.encode(text));
    },
  };
}

/** How long to wait before writing to a pipe again that was full. */
const FULL_PIPE_MS = 5;

/** Whether the reader is still there, after everything was written or the reader went away. */
function writeAll(stream: typeof Deno.stdout, bytes: Uint8Array): boolean {
  let written = 0;
  while (written < bytes.length) {
    try {
      written += stream.writeSync(bytes.subarray(written));
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) return false;
      // A pipe that another process made non-blocking is full: its reader is slower than we are.
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_MS);
    }
  }
  return true;
}

/** Where no terminal says how wide it is. */
const DEFAULT_COLUMNS = 80;

function terminalColumns(): number {
  try {
    return Deno.consoleSize().columns || DEFAULT_COLUMNS;
  } catch {
    return DEFAULT_COLUMNS;
  }
}

function onInterrupt(callback: () => void): () => void {
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT", "SIGBREAK"] : ["SIGINT", "SIGTERM"];
  for (const signal of signals) Deno.addSignalListener(signal, callback);
  return () => {
    for (const signal of signals) Deno.removeSignalListener(signal, callback);
  };
}
