import { asGraphError, type ErrorCode, GraphError } from "../../errors.ts";
import type { StoreLocation } from "../../store/store.ts";
import { explainNetworkError } from "./network_errors.ts";

/** A query on a graph that does not exist, by GRAPH.RO_QUERY. */
export function isEmptyKeyError(error: unknown): boolean {
  return /Invalid graph operation on empty key/.test(messageOf(error));
}

/** The server's timeout ended a query; a write has been undone. */
export function isTimeoutError(error: unknown): boolean {
  return /^Query timed out/.test(messageOf(error));
}

/** A part of a write did not give the expected number of rows. */
export function isRowCountError(error: unknown): boolean {
  return /^Division by zero/.test(messageOf(error));
}

type Explanation = [RegExp, ErrorCode, (location: string, message: string) => string];

const EXPLANATIONS: readonly Explanation[] = [
  [
    /^(All sentinels .*: )?WRONGPASS|invalid password|^ERR AUTH/i,
    "AUTHENTICATION_FAILED",
    (at) => `${at} refuses this user or password`,
  ],
  [
    /^(All sentinels .*: )?NOAUTH/,
    "AUTHENTICATION_FAILED",
    (at) => `${at} asks for a password, and none is set`,
  ],
  [/^NOPERM/, "PERMISSION_DENIED", (at, message) => `The user may not do this at ${at}: ${message}`],
  [
    /unknown command/i,
    "WRONG_PRODUCT",
    (at) => `${at} is a Redis server without the FalkorDB module (check host and port)`,
  ],
  [
    /^Protocol error, got|hung up at once/,
    "WRONG_PRODUCT",
    (at) =>
      `What answers for ${at} does not speak Redis's protocol (check host, port and whether it wants TLS)`,
  ],
  [
    /^WRONGTYPE|different type|wrong type/i,
    "UNKNOWN_LAYOUT",
    (at) => `${at} holds something that is not a graph`,
  ],
  [/unique constraint violation/, "CONFLICT", (at) => `${at} already holds a memory with one of these ids`],
  [
    /^Query timed out/,
    "STORE_FAILED",
    (at) => `${at} stopped a query at its time limit (raise TIMEOUT_DEFAULT)`,
  ],
  [
    /^(Too many Cluster redirections|LOADING|BUSY|TRYAGAIN|CLUSTERDOWN|MASTERDOWN|READONLY|UNBLOCKED|FAILOVER)|Max pending queries/,
    "TRANSIENT",
    (at, message) => `${at} cannot serve this now: ${message}`,
  ],
  [
    /Invalid string length|Protocol error: invalid bulk length/,
    "STORE_FAILED",
    (at) => `A batch is too large for one query of ${at} (use a smaller --batch-size)`,
  ],
  [
    /No such master with that name/,
    "UNREACHABLE",
    (at) => `Cannot reach ${at}: its sentinels know no master of this name (it ends the address)`,
  ],
  [
    /sentinels are unreachable/i,
    "UNREACHABLE",
    (at) => `Cannot reach ${at}: no sentinel names a master (are they running there?)`,
  ],
  [
    /max retries per request|slots cache/i,
    "UNREACHABLE",
    (at) => `The connection to ${at} broke (what was being written may or may not have been)`,
  ],
  [/^(OOM|MISCONF)|memory capacity/, "STORE_FAILED", (at, message) => `${at} refuses to write: ${message}`],
];

/** An error of ioredis or of the server as a GraphError. */
export function explainFalkorError(thrown: unknown, location: StoreLocation): GraphError {
  // What a cluster or the sentinels say in the end hides what their last node said.
  const error = (thrown as { lastNodeError?: unknown } | undefined)?.lastNodeError ?? thrown;
  // ioredis keeps the arguments there, which are passwords or a whole batch.
  if (error instanceof Error) delete (error as { command?: unknown }).command;
  if (error instanceof GraphError || error instanceof TypeError) return asGraphError(error);
  const at = `FalkorDB at "${location.display}"`;
  const message = messageOf(error).split("\n")[0]!;
  for (const [pattern, code, explain] of EXPLANATIONS) {
    if (pattern.test(message)) return new GraphError(code, explain(at, message), { cause: error });
  }
  const hint = location.display.startsWith("rediss:") ? " (does the server speak TLS on this port?)" : "";
  return explainNetworkError(error, at, hint) ??
    new GraphError("STORE_FAILED", `${at} refused an operation: ${message}`, { cause: error });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
