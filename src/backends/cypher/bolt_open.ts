import type { Config, Driver as Neo4jDriver } from "neo4j-driver";
import { GraphError } from "../../errors.ts";
import type { StoreLocation } from "../../store/store.ts";
import type { OpenOptions } from "../backend.ts";
import { checkAuthority } from "./authority.ts";
import { BoltDriver, type BoltScan } from "./bolt.ts";
import { explainLoginError } from "./bolt_errors.ts";
import { type BoltAddress, type BoltSettings, parseBoltAddress } from "./bolt_uri.ts";
import type { BoltRows } from "./bolt_rows.ts";
import { BoltValues } from "./bolt_values.ts";
import type { Dialect } from "./dialect.ts";
import { loadNeo4j, type Neo4jModule } from "./neo4j_module.ts";
import { CypherStore } from "./store.ts";
import { CONNECT_TIMEOUT_MS, withinTimeLimit } from "./time_limit.ts";

const RETRY_TIME_MS = 15_000;
const REDIS_TIMEOUT_MS = 500;

/** A database on a server that speaks Bolt. */
export interface BoltTarget {
  readonly settings: BoltSettings;
  readonly location: StoreLocation;
  readonly product: BoltProduct;
}

/** What tells one product that speaks Bolt from another. */
export interface BoltProduct extends BoltScan {
  readonly name: string;
  /** The product's version out of what the server says of itself; undefined when it is another product. */
  version(agent: string): string | undefined;
  /** Asks for the version where the server does not say it. */
  askVersion?(driver: BoltDriver): Promise<string>;
  /** Why a version is not supported. */
  refuse(version: string): string | undefined;
  /** How a server of this version gives records. */
  rows(values: BoltValues, version: string): BoltRows;
  dialect(values: BoltValues, version: string): Dialect<BoltDriver>;
}

/**
 * Opens a database over Bolt. Throws USAGE, UNREACHABLE, AUTHENTICATION_FAILED, WRONG_PRODUCT, UNSUPPORTED_VERSION,
 * and NOT_FOUND when the server has no such database. Creates nothing.
 */
export async function openBoltStore(
  { settings, location, product }: BoltTarget,
  options: OpenOptions,
): Promise<CypherStore<BoltDriver>> {
  const { database } = settings;
  const address = parseBoltAddress(settings);
  const authorityFile = await checkAuthority(settings.caFile);
  const neo4j = await loadNeo4j();
  let client: Neo4jDriver | undefined;
  try {
    const connected = client = connect(neo4j, address, authorityFile);
    const agent = await withinTimeLimit(serverAgent(connected, database));
    const version = product.version(agent);
    if (version === undefined) {
      throw new GraphError(
        "WRONG_PRODUCT",
        `The server at "${location.display}" is not ${product.name} but "${agent}" (check the backend's name)`,
      );
    }
    const values = new BoltValues(neo4j);
    const driverOf = (name: string, version: string) =>
      new BoltDriver({
        client: connected,
        database,
        location,
        values,
        rows: product.rows(values, version),
        product: name,
        log: options.log,
      }, product);
    const full = version || await product.askVersion?.(driverOf("", "")) || "";
    const refusal = product.refuse(full);
    if (refusal !== undefined) {
      throw new GraphError("UNSUPPORTED_VERSION", `"${location.display}": ${refusal}`);
    }
    const driver = driverOf(`${product.name} ${full}`.trim(), full);
    return new CypherStore({ driver, dialect: product.dialect(values, full), location, mode: options.mode });
  } catch (error) {
    await client?.close();
    const explained = explainLoginError(error, location, address.password);
    // Redis waits for the end of a line that a Bolt client never sends.
    if (explained.code === "UNREACHABLE" && !address.tls && await answersAsRedis(address)) {
      const message =
        `A Redis server answers at "${location.display}" (check the backend's name and the port)`;
      throw new GraphError("WRONG_PRODUCT", message, { cause: error });
    }
    throw explained;
  }
}

function connect(
  neo4j: Neo4jModule,
  { uri, tls, user, password }: BoltAddress,
  authorityFile: string | undefined,
): Neo4jDriver {
  const config: Config = {
    useBigInt: true,
    fetchSize: 10_000,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    connectionAcquisitionTimeout: CONNECT_TIMEOUT_MS * 2,
    maxTransactionRetryTime: RETRY_TIME_MS,
    telemetryDisabled: true,
    userAgent: "memorygraph",
  };
  const auth = password === undefined && user === undefined
    ? neo4j.auth.custom("", "", "", "none")
    : neo4j.auth.basic(user ?? "neo4j", password ?? "");
  if (authorityFile === undefined || tls !== "verified") return neo4j.driver(uri, auth, config);
  // The driver takes trust from the address or from the settings, never from both.
  return neo4j.driver(uri.replace("+s://", "://"), auth, {
    ...config,
    encrypted: "ENCRYPTION_ON",
    trust: "TRUST_CUSTOM_CA_SIGNED_CERTIFICATES",
    trustedCertificates: [authorityFile],
  });
}

/** What the server says of itself. Runs a statement, since only that looks for the database. */
async function serverAgent(client: Neo4jDriver, database: string | undefined): Promise<string> {
  const session = client.session({ database, defaultAccessMode: "READ" });
  try {
    const { summary } = await session.run("RETURN 1");
    return summary.server.agent ?? "";
  } finally {
    await session.close();
  }
}

async function answersAsRedis({ uri }: BoltAddress): Promise<boolean> {
  const { hostname, port } = new URL(uri.replace(/^[^:]+:/, "http:"));
  try {
    using connection = await Deno.connect({ hostname: hostname.replace(/^\[|\]$/g, ""), port: Number(port) });
    const closing = setTimeout(() => connection.close(), REDIS_TIMEOUT_MS);
    try {
      await connection.write(new TextEncoder().encode("PING\r\n"));
      const buffer = new Uint8Array(64);
      const read = await connection.read(buffer) ?? 0;
      return /^(\+PONG|-NOAUTH|-ERR)/.test(new TextDecoder().decode(buffer.subarray(0, read)));
    } finally {
      clearTimeout(closing);
    }
  } catch {
    return false;
  }
}
