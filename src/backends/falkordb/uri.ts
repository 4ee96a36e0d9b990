import { GraphError } from "../../errors.ts";
import { splitUri } from "../../redact.ts";
import { isLoopback } from "../../loopback.ts";

/** Settings that say where a FalkorDB server is. */
export interface FalkorSettings {
  readonly uri?: string;
  readonly host: string;
  readonly port: string;
  readonly user?: string;
  readonly password?: string;
}

/** A host and its port. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** An address taken apart, with the credentials to use there. */
export interface FalkorAddress {
  /** What is at the hosts: one server, sentinels that know it, or nodes of a cluster. */
  readonly kind: "server" | "sentinel" | "cluster";
  readonly tls: boolean;
  /** One, or for sentinels and clusters at least one. */
  readonly hosts: readonly HostPort[];
  /** Path of a Unix socket, in place of a host. */
  readonly socket?: string;
  /** The name that sentinels know the server by. */
  readonly masterName?: string;
  readonly user?: string;
  readonly password?: string;
  /** For people; without credentials. */
  readonly display: string;
  /** Equal for two spellings of one server. */
  readonly server: string;
}

const SOCKET = /^(?:unix|redis\+unix|redis\+socket):\/\/(\/.+)$/;
const NETWORK = /^(redis|rediss|falkor|falkors)(?:\+(sentinel|cluster))?:\/\/([^/?#]+)(?:\/([^/?#]*))?$/i;
const DEFAULT_PORTS = { server: 6379, cluster: 6379, sentinel: 26379 } as const;

/** The address that settings name. Throws USAGE for a URI that is not one of ours. */
export function parseFalkorAddress(settings: FalkorSettings): FalkorAddress {
  const text = settings.uri ?? `redis://${settings.host}:${settings.port}`;
  const { uri, user = settings.user, password = settings.password } = splitUri(text);
  const credentials = { user, password };
  const socket = SOCKET.exec(uri)?.[1];
  if (socket) {
    const server = `unix:${socket}`;
    return { ...credentials, kind: "server", tls: false, hosts: [], socket, display: uri, server };
  }
  const match = NETWORK.exec(uri);
  if (!match) throw notAnAddress(uri);
  const [, scheme, kind = "server", list, path = ""] = match as unknown as [
    string,
    string,
    FalkorAddress["kind"],
    string,
  ];
  const isSentinel = kind === "sentinel";
  const hosts = list.split(",").map((item) => parseHost(item, DEFAULT_PORTS[kind]));
  const isOne = kind !== "server" || hosts.length === 1;
  if (hosts.includes(undefined) || !isOne || (path !== "") !== isSentinel) throw notAnAddress(uri);
  const found = hosts as HostPort[];
  const tls = ["rediss", "falkors"].includes(scheme.toLowerCase());
  const shown = found.map(({ host, port }) => `${host.includes(":") ? `[${host}]` : host}:${port}`);
  const known = found.map(({ host, port }) => `${isLoopback(host) ? "localhost" : host}:${port}`).sort();
  const prefix = `${tls ? "rediss" : "redis"}${kind === "server" ? "" : `+${kind}`}`;
  return {
    ...credentials,
    kind,
    tls,
    hosts: found,
    display: `${prefix}://${shown.join(",")}${path && `/${path}`}`,
    server: kind === "server" ? known[0]! : `${kind}:${known.join(",")}${path && `/${path}`}`,
    ...(isSentinel && { masterName: decodeURIComponent(path) }),
  };
}

function parseHost(text: string, defaultPort: number): HostPort | undefined {
  const match = /^(\[[0-9a-f:.%]+\]|[^\s:[\]]+)(?::(\d{1,5}))?$/i.exec(text);
  const port = Number(match?.[2] ?? defaultPort);
  if (!match || port < 1 || port > 65535) return undefined;
  return { host: match[1]!.replace(/^\[|\]$/g, "").toLowerCase(), port };
}

function notAnAddress(uri: string): GraphError {
  return new GraphError(
    "USAGE",
    `"${uri}" is not the address of a FalkorDB server (use redis://host:port, rediss://host:port for TLS, ` +
      "unix:///path, redis+sentinel://host:port,host:port/name or redis+cluster://host:port,host:port)",
  );
}
