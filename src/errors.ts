/**
 * Every failure the program reports, with the exit code it ends with and whether trying again can help.
 * Codes are stable; wording is free. An exit code of "end" depends on which end of a migration failed:
 * 3 for the source, 4 for the target.
 */
export const ERRORS = {
  USAGE: { exitCode: 2, retry: false, summary: "The command line or the configuration is wrong" },
  NOT_SUPPORTED: { exitCode: 2, retry: false, summary: "This cannot be done with what was asked for" },
  SAME_DATABASE: { exitCode: 2, retry: false, summary: "Source and target are the same database" },
  NOT_FOUND: { exitCode: "end", retry: false, summary: "The file, database or graph does not exist" },
  UNREACHABLE: { exitCode: "end", retry: true, summary: "The server does not answer or refuses connections" },
  AUTHENTICATION_FAILED: { exitCode: "end", retry: false, summary: "Wrong or missing user or password" },
  PERMISSION_DENIED: { exitCode: "end", retry: false, summary: "The user or process lacks a permission" },
  WRONG_PRODUCT: { exitCode: "end", retry: false, summary: "Something else answers at this address" },
  UNKNOWN_LAYOUT: { exitCode: "end", retry: false, summary: "The database is not a memory graph we know" },
  UNSUPPORTED_VERSION: {
    exitCode: "end",
    retry: false,
    summary: "The file or server version is unsupported",
  },
  ENGINE_MISSING: { exitCode: "end", retry: false, summary: "No FalkorDB engine is installed here" },
  STORE_LOCKED: { exitCode: "end", retry: true, summary: "Another process holds the database" },
  STORE_FAILED: { exitCode: "end", retry: false, summary: "The database refused or broke off an operation" },
  TRANSIENT: { exitCode: "end", retry: true, summary: "The database asked to try again" },
  DISK_FULL: { exitCode: 1, retry: false, summary: "There is not enough disk space" },
  SOURCE_CHANGED: { exitCode: 3, retry: true, summary: "The source changed while it was read" },
  RECORD_INVALID: { exitCode: 5, retry: false, summary: "Records cannot be carried, or break a rule" },
  FILE_INVALID: { exitCode: 5, retry: false, summary: "An import file is damaged or not a known format" },
  VERIFICATION_FAILED: { exitCode: 6, retry: false, summary: "The target differs from the source" },
  CONFLICT: { exitCode: 7, retry: false, summary: "The target holds other records with the same ids" },
  ROLLED_BACK: { exitCode: 8, retry: false, summary: "The migration failed and was undone" },
  RUN_LOCKED: { exitCode: 9, retry: true, summary: "Another migration is running into this target" },
  INTERRUPTED: { exitCode: 130, retry: true, summary: "Stopped by the user" },
  FAILED: { exitCode: 1, retry: false, summary: "Any other failure" },
} as const satisfies Record<string, { exitCode: number | "end"; retry: boolean; summary: string }>;

/** A stable name for a kind of failure; a key of {@linkcode ERRORS}. */
export type ErrorCode = keyof typeof ERRORS;

/** What each exit code of the process means. */
export const EXIT_CODES: Readonly<Record<number, string>> = {
  0: "done",
  1: "failure",
  2: "usage",
  3: "source unreachable or unreadable",
  4: "target unreachable or not writable",
  5: "validation found errors",
  6: "verification or diff found differences",
  7: "conflicts",
  8: "failed and rolled back",
  9: "locked by another run",
  130: "interrupted",
};

/** Which end of a migration a failure belongs to. */
export type End = "source" | "target";

/** What may accompany an error: a cause, the end it happened at, and details that `--json` prints. */
export interface GraphErrorOptions {
  cause?: unknown;
  end?: End;
  /** JSON-ready facts, such as the ids in conflict. Never a secret. */
  details?: Record<string, unknown>;
}

/**
 * The one error class. The message is a sentence without a final period that names what was tried and then
 * the way out. It never contains a password.
 */
export class GraphError extends Error {
  override name = "GraphError";
  /** What kind of failure it is. */
  readonly code: ErrorCode;
  /** Set by whoever knows which end was worked on; undefined where there are none. */
  end: End | undefined;
  /** JSON-ready facts, such as the ids in conflict. Never a secret. */
  readonly details: Record<string, unknown> | undefined;

  /** The message is what a user reads; see the class for its form. */
  constructor(code: ErrorCode, message: string, options: GraphErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.end = options.end;
    this.details = options.details;
  }

  /** The process exit code for this error. */
  get exitCode(): number {
    const code = ERRORS[this.code].exitCode;
    return code === "end" ? (this.end === "target" ? 4 : 3) : code;
  }

  /** Whether the same call may succeed later. */
  get retry(): boolean {
    return ERRORS[this.code].retry;
  }
}

/** Any thrown value as a GraphError; one that is already is returned as it is. */
export function asGraphError(error: unknown): GraphError {
  if (error instanceof GraphError) return error;
  if (error instanceof DOMException && error.name === "AbortError") {
    return new GraphError("INTERRUPTED", "Interrupted", { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new GraphError("FAILED", message.split("\n")[0] || "Unknown failure", { cause: error });
}

/**
 * Runs `action` and marks any GraphError it throws as belonging to `end`, unless it already names one. The
 * exit code of an unreachable database depends on it.
 */
export async function atEnd<T>(end: End, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const graphError = asGraphError(error);
    graphError.end ??= end;
    throw graphError;
  }
}

/** Throws INTERRUPTED when the signal has been aborted. Call it between batches. */
export function throwIfInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new GraphError("INTERRUPTED", "Interrupted", { cause: signal.reason });
}
