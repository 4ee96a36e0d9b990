import * as z from "zod";
import { GraphError } from "../../errors.ts";
import { isLoopback } from "../../loopback.ts";
import { splitUri } from "../../redact.ts";

/** The setting that says where a server is; its `meta` with the variables is each backend's own. */
export const boltUriField = z.string().min(1).default("bolt://localhost:7687").describe(
  "Address of the server: bolt:// or neo4j://, with +s for TLS, with +ssc for TLS with any certificate",
);

/** Settings that say where a database that speaks Bolt is. */
export interface BoltSettings {
  readonly uri: string;
  readonly user?: string;
  readonly password?: string;
  /** Absent for the one that the server has for the user. */
  readonly database?: string;
  /** PEM file of an authority to trust in place of the system's. */
  readonly caFile?: string;
}

/** An address taken apart, with the credentials to use there. */
export interface BoltAddress {
  /** Without credentials, with its port. */
  readonly uri: string;
  readonly scheme: string;
  /** "verified", "any" certificate, or none. */
  readonly tls: "verified" | "any" | undefined;
  readonly user?: string;
  readonly password?: string;
  /** Equal for two spellings of one server. */
  readonly server: string;
}

const SCHEMES: Record<string, BoltAddress["tls"]> = {
  "bolt": undefined,
  "bolt+s": "verified",
  "bolt+ssc": "any",
  "neo4j": undefined,
  "neo4j+s": "verified",
  "neo4j+ssc": "any",
};
const DEFAULT_PORT = 7687;

/** The address that settings name. Throws USAGE for a URI that is not one of ours. */
export function parseBoltAddress(settings: BoltSettings): BoltAddress {
  const { uri, user = settings.user, password = settings.password } = splitUri(settings.uri);
  const [, scheme = "", rest = ""] = /^([a-z+0-9]+):\/\/(.*)$/i.exec(uri) ?? [];
  const name = scheme.toLowerCase();
  // The URL parser leaves the port of a scheme that it does not know alone.
  const url = URL.parse(`bolt://${rest}`);
  const isPlain = url && url.hostname && ["", "/"].includes(url.pathname) && url.hash === "";
  if (!(name in SCHEMES) || !isPlain) {
    throw new GraphError(
      "USAGE",
      `"${uri}" is not the address of a Bolt server (use ${
        Object.keys(SCHEMES).map((known) => `${known}://`).join(", ")
      } with host and port)`,
    );
  }
  const host = url.hostname.toLowerCase();
  const port = url.port || DEFAULT_PORT;
  return {
    uri: `${name}://${host}:${port}${url.search}`,
    scheme: name,
    tls: SCHEMES[name],
    user,
    password,
    server: `${isLoopback(host) ? "localhost" : host}:${port}`,
  };
}
