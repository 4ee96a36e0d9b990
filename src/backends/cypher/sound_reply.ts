/** Replies that are not what was asked for: bytes that changed on their way, where no TLS tells. */
import { GraphError } from "../../errors.ts";

/** The error for one. */
export function unsoundReply(cause?: unknown): GraphError {
  const advice = "is the connection sound? with TLS it would tell";
  return new GraphError("STORE_FAILED", `The server's reply is not what was asked for (${advice})`, {
    cause,
  });
}

/** Decodes a reply, where anything may be in the place of anything else. Throws STORE_FAILED for that. */
export function asAsked<Result>(decode: () => Result): Result {
  try {
    return decode();
  } catch (error) {
    const isUnsound = [TypeError, RangeError, SyntaxError].some((sort) => error instanceof sort);
    throw isUnsound ? unsoundReply(error) : error;
  }
}
