import { type ErrorCode, GraphError } from "../../errors.ts";

const TOO_LATE = "no answer in time";

const CAUSES: readonly [RegExp, ErrorCode, string][] = [
  [/ECONNREFUSED|connection refused/i, "UNREACHABLE", "connection refused (is the server running there?)"],
  [/ENOTFOUND|EAI_AGAIN|getaddrinfo|failed to lookup/i, "UNREACHABLE", "the host name is unknown"],
  [/ENOENT|no such file/i, "UNREACHABLE", "there is no such socket"],
  [/EHOSTUNREACH|ENETUNREACH/i, "UNREACHABLE", "there is no way to this host"],
  [
    /certificate|UnknownIssuer|self.signed|CERT_|NotValidForName|unable to verify/i,
    "UNREACHABLE",
    "its TLS certificate is not trusted (name its authority's file in MEMORYGRAPH_CA_FILE)",
  ],
  [
    /TLS|SSL|handshake|InvalidContentType|corrupt message/i,
    "UNREACHABLE",
    "no TLS connection could be made (does the server speak TLS on this port?)",
  ],
  [/ETIMEDOUT|timed? ?out/i, "UNREACHABLE", TOO_LATE],
  [
    /ECONNRESET|EPIPE|closed|socket|disconnect|Broken pipe/i,
    "UNREACHABLE",
    "the connection broke (what was being written may or may not have been)",
  ],
];

/** What went wrong on the way to a server, or undefined when it was something else. */
export function explainNetworkError(error: unknown, at: string, hint = ""): GraphError | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const text = `${(cause as { code?: unknown }).code ?? ""} ${cause.message}`;
    for (const [pattern, code, reason] of CAUSES) {
      if (!pattern.test(text)) continue;
      const more = reason === TOO_LATE ? hint : "";
      return new GraphError(code, `Cannot reach ${at}: ${reason}${more}`, { cause: error });
    }
  }
  return undefined;
}
