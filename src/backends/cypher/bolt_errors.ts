import { asGraphError, type ErrorCode, GraphError } from "../../errors.ts";
import type { StoreLocation } from "../../store/store.ts";
import { explainNetworkError } from "./network_errors.ts";

type Explanation = [RegExp, ErrorCode, (at: string, message: string) => string];

const REFUSED_LOGIN = /Security\.(Unauthorized|TokenExpired)|Authentication failure/i;

// By the code that the server or neo4j-driver gives, and its message.
const EXPLANATIONS: readonly Explanation[] = [
  [
    /Server responded HTTP|Unknown Bolt protocol version|Unexpected magic|not a Bolt|failed to agree on/i,
    "WRONG_PRODUCT",
    (at) => `What answers at ${at} does not speak Bolt (check host and port; Bolt is usually at 7687)`,
  ],
  [/CredentialsExpired/, "AUTHENTICATION_FAILED", (at) => `The password for ${at} has to be changed first`],
  [
    /AuthenticationRateLimit/,
    "AUTHENTICATION_FAILED",
    (at) => `${at} refuses logins for a while, after too many with a wrong password`,
  ],
  [
    REFUSED_LOGIN,
    "AUTHENTICATION_FAILED",
    (at) => `${at} refuses this user or password`,
  ],
  [
    /Security\.|permission|not authorized/i,
    "PERMISSION_DENIED",
    (at, message) => `Not allowed at ${at}: ${message}`,
  ],
  [
    /DatabaseNotFound|Database does not exist|Unknown database/i,
    "NOT_FOUND",
    (at) => `There is no such database at ${at} (check the database's name)`,
  ],
  [
    /ConstraintCreationFailed|Unable to create constraint/i,
    "CONFLICT",
    (at, message) => `${at} holds several memories with one id: ${message}`,
  ],
  [
    /ConstraintValidationFailed|unique constraint violation/i,
    "CONFLICT",
    (at) => `${at} already holds a memory with one of these ids`,
  ],
  [
    /Property value is too large to index|too large to index/i,
    "RECORD_INVALID",
    (at, message) => `${at} cannot index a value: ${message}`,
  ],
  [
    /TransientError|NotALeader|ForbiddenOnReadOnlyDatabase|conflicting transactions/i,
    "TRANSIENT",
    (at, message) => `${at} asks to try again: ${message}`,
  ],
];

/** A login's failure as a GraphError. A server tells a missing password from a wrong one as little as it can. */
export function explainLoginError(
  error: unknown,
  location: StoreLocation,
  password: string | undefined,
): GraphError {
  const explained = explainBoltError(error, location);
  const { code, message } = error as { code?: string; message?: string };
  if (password !== undefined || !REFUSED_LOGIN.test(`${code} ${message}`)) return explained;
  return new GraphError(explained.code, `"${location.display}" asks for a password, and none is set`, {
    cause: error,
  });
}

/** An error of neo4j-driver or of the server as a GraphError. */
export function explainBoltError(error: unknown, location: StoreLocation): GraphError {
  if (error instanceof GraphError || error instanceof TypeError || !(error instanceof Error)) {
    return asGraphError(error);
  }
  const at = `"${location.display}"`;
  const { code = "" } = error as { code?: string };
  const message = error.message.split("\n")[0]!;
  for (const [pattern, graphCode, explain] of EXPLANATIONS) {
    if (pattern.test(`${code} ${message}`)) {
      return new GraphError(graphCode, explain(at, message), { cause: error });
    }
  }
  if (code === "ServiceUnavailable" || code === "SessionExpired" || !code) {
    const explained = explainNetworkError(error, at);
    if (explained) return explained;
    if (code) return new GraphError("UNREACHABLE", `Cannot reach ${at}: ${message}`, { cause: error });
  }
  return new GraphError("STORE_FAILED", `${at} refused an operation: ${message}`, { cause: error });
}
