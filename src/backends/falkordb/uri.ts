import { GraphError } from "../../errors.ts";
import { splitUri } from "../../redact.ts";
import { isLoopback } from "../cypher/loopback.ts";

/** Settings that say where a FalkorDB graph is. */
export interface FalkorSettings {
  readonly uri?: string;
  readonly host: string;
  readonly port: string;
  readonly user?: string;
  readonly password?: string;
  readonly database: string;
}

/** An address taken apart, with the credentials to use there. */
export interface FalkorAddress {
  readonly tls: boolean;
  readonly host: string;
  readonly port: number;
  /** Path of a Unix socket, in place of host and port. */
  readonly socket?: string;
  readonly user?: string;
  readonly password?: string;
  /** For people; without credentials. */
  readonly display: string;
  /** Equal for two spellings of one server. */
  readonly server: string;
}

const SCHEMES: Record<string, { tls: boolean }> = {
  redis: { tls: false },
  falkor: { tls: false },
  falkordb: { tls: false },
  rediss: { tls: true },
  falkors: { tls: true },
  falkordbs: { tls: true },
};
const DEFAULT_PORT = 6379;

/** The address that settings name. Throws USAGE for a URI that is not one of ours. */
export function parseFalkorAddress(settings: FalkorSettings): FalkorAddress {
  const text = settings.uri ?? `redis://${settings.host}:${settings.port}`;
  const { uri, user = settings.user, password = settings.password } = splitUri(text);
  const credentials = { user, password };
  const socket = /^(?:unix|redis\+unix|redis\+socket):\/\/(\/.+)$/.exec(uri)?.[1];
  if (socket) {
    return { ...credentials, tls: false, host: "", port: 0, socket, display: uri, server: `unix:${socket}` };
  }
  const url = URL.parse(uri.replace(/^[a-z+]+:/i, "http:"));
  const scheme = /^([a-z+]+):\/\//i.exec(uri)?.[1]?.toLowerCase() ?? "";
  const known = SCHEMES[scheme];
  if (!known || !url || !url.hostname || (url.pathname !== "/" && url.pathname !== "")) {
    throw new GraphError(
      "USAGE",
      `"${uri}" is not the address of a FalkorDB server (use redis://host:port or rediss://host:port)`,
    );
  }
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  // The URL parser drops port 80, which is the default of the scheme it was given.
  const port = url.port ? Number(url.port) : /:80$/.test(url.host) || /:80\/?$/.test(uri) ? 80 : DEFAULT_PORT;
  return {
    ...credentials,
    tls: known.tls,
    host,
    port,
    display: `${known.tls ? "rediss" : "redis"}://${url.hostname}:${port}`,
    server: `${isLoopback(host) ? "localhost" : host}:${port}`,
  };
}
