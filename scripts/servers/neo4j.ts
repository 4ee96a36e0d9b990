import { createHash, randomBytes } from "node:crypto";
import { makeCertificates, requireOpenSsl } from "./certificates.ts";
import {
  NEO4J_DEFAULT,
  NEO4J_RELEASES,
  type Neo4jEngine,
  neo4jEngine,
  type Neo4jVersion,
} from "./neo4j_engine.ts";
import { findFreePort, inServerFolder, makePassword, type ServerProcess, startProcess } from "./process.ts";
import { asServer, type Server, type TlsServer } from "./server.ts";

/** A Neo4j community server with its one database, `neo4j`. */
export interface Neo4jServer extends Server {
  readonly user: string;
}

/** Options of `startNeo4j`. */
export interface Neo4jOptions {
  version?: Neo4jVersion;
  /** Default: a random one. */
  password?: string;
  /** Default: a free one. */
  port?: number;
  /** More lines of neo4j.conf; they win over ours. */
  settings?: Record<string, string>;
  heapMb?: number;
  /**
   * Compiles quickly rather than well, which takes less processor time where the server is new for most of its life:
   * a quarter in some minutes of tests. Not for measuring it.
   */
  isShortLived?: boolean;
}

/** Starts Neo4j. Throws `Unavailable` with the reason if it cannot be had on this machine. */
export async function startNeo4j(options: Neo4jOptions = {}): Promise<Neo4jServer> {
  const port = options.port ?? findFreePort();
  const password = options.password ?? makePassword();
  return await inServerFolder("neo4j", async (folder) => {
    const running = await startIn(folder, { ...options, port, password });
    return asServer(running, {
      uri: `bolt://127.0.0.1:${port}`,
      port,
      user: "neo4j",
      password,
      directory: folder,
    });
  });
}

/** The same with TLS: a connection without it is refused. Throws `Unavailable` as `startNeo4j` does. */
export async function startNeo4jTls(options: Neo4jOptions = {}): Promise<Neo4jServer & TlsServer> {
  await requireOpenSsl();
  const port = options.port ?? findFreePort();
  const password = options.password ?? makePassword();
  return await inServerFolder("neo4j", async (folder) => {
    const { caFile, certificateFile, keyFile } = await makeCertificates(folder);
    const settings = {
      "server.bolt.tls_level": "REQUIRED",
      "dbms.ssl.policy.bolt.enabled": "true",
      "dbms.ssl.policy.bolt.base_directory": folder,
      "dbms.ssl.policy.bolt.private_key": keyFile,
      "dbms.ssl.policy.bolt.public_certificate": certificateFile,
      "dbms.ssl.policy.bolt.client_auth": "NONE",
      ...options.settings,
    };
    const running = await startIn(folder, { ...options, port, password, settings });
    return asServer(running, {
      uri: `bolt+s://127.0.0.1:${port}`,
      port,
      user: "neo4j",
      password,
      directory: folder,
      caFile,
    });
  });
}

interface StartOptions extends Neo4jOptions {
  port: number;
  password: string;
}

async function startIn(folder: string, options: StartOptions): Promise<ServerProcess> {
  const { version = NEO4J_DEFAULT, port, password } = options;
  const engine = await neo4jEngine(version);
  await writeSettings(folder, {
    "server.default_listen_address": "127.0.0.1",
    "server.bolt.listen_address": `127.0.0.1:${port}`,
    "server.bolt.advertised_address": `127.0.0.1:${port}`,
    "server.http.enabled": "false",
    "server.memory.pagecache.size": "256m",
    // A fresh server has 2 MB on disk instead of 516 MB.
    "db.tx_log.preallocate": "false",
    "dbms.usage_report.enabled": "false",
    // A plan made while there were few records would else stay for 10 s: tests fill and empty one database.
    "dbms.cypher.min_replan_interval": "0s",
    // A stop takes 0.4 s instead of 10 s: the server waits twice for connections that may still come.
    "internal.dbms.bolt.netty_server_shutdown_quiet_period": "0",
    ...NEO4J_RELEASES[version].settings,
    ...options.settings,
  });
  await writePassword(folder, password);
  return await startProcess({
    command: engine.java,
    args: makeArguments(folder, engine, options),
    directory: folder,
    ready: /Started\.$/m,
    readyTimeoutMs: 120_000,
    stopTimeoutMs: 30_000,
  });
}

function makeArguments(folder: string, { jars }: Neo4jEngine, options: StartOptions): string[] {
  const { version = NEO4J_DEFAULT, heapMb = 1024, isShortLived = false } = options;
  return [
    // One thread that collects garbage: the server shares few processors with its client.
    ...[`-Xmx${heapMb}m`, "-XX:+UseSerialGC", ...(isShortLived ? ["-XX:TieredStopAtLevel=1"] : [])],
    ...["-cp", `${jars}/*`],
    ...["java.nio", "java.io", "sun.nio.ch"].map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`),
    ...["--enable-native-access=ALL-UNNAMED", "-Dio.netty.tryReflectionSetAccessible=true"],
    ...[NEO4J_RELEASES[version].mainClass, "--console-mode"],
    ...[`--home-dir=${folder}`, `--config-dir=${folder}/conf`],
  ];
}

/** One line a key: Neo4j refuses to start when a key is given twice. */
async function writeSettings(folder: string, settings: Record<string, string>): Promise<void> {
  await Deno.mkdir(`${folder}/conf`);
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
  await Deno.writeTextFile(`${folder}/conf/neo4j.conf`, lines.join(""));
}

/**
 * What `neo4j-admin dbms set-initial-password` writes, in 5.26 and 2026.08. That would be one more start of
 * Java, and would show the password on a command line.
 */
async function writePassword(folder: string, password: string): Promise<void> {
  const salt = randomBytes(32);
  let hash = createHash("sha256").update(salt).update(password).digest();
  for (let round = 1; round < 1024; round++) hash = createHash("sha256").update(hash).digest();
  await Deno.mkdir(`${folder}/data/dbms`, { recursive: true });
  const line = `neo4j:SHA-256,${hash.toString("hex")},${salt.toString("hex")},1024:\n`;
  await Deno.writeTextFile(`${folder}/data/dbms/auth.ini`, line, { mode: 0o600 });
}
