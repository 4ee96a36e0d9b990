import { removeFolder } from "./cache.ts";
import { runCommand } from "./command.ts";
import { NEO4J_DEFAULT, NEO4J_RELEASES, neo4jEngine, type Neo4jVersion } from "./neo4j_engine.ts";
import { findFreePort, makePassword, makeServerFolder, startProcess } from "./process.ts";
import { asServer, type Server } from "./server.ts";

/** A Neo4j community server with its one database, `neo4j`. */
export interface Neo4jServer extends Server {
  readonly user: string;
}

/** Options of `startNeo4j`. */
export interface Neo4jOptions {
  version?: Neo4jVersion;
  /** Default: a random one. Neo4j refuses one that is shorter than 8 characters. */
  password?: string;
  /** Default: a free one. */
  port?: number;
  /** More lines of neo4j.conf; they win over ours. */
  settings?: Record<string, string>;
  heapMb?: number;
}

/** Starts Neo4j. Throws `Unavailable` with the reason if it cannot be had on this machine. */
export async function startNeo4j(options: Neo4jOptions = {}): Promise<Neo4jServer> {
  const { version = NEO4J_DEFAULT, password = makePassword(), port = findFreePort(), heapMb = 512 } = options;
  const { java, jars } = await neo4jEngine(version);
  const { mainClass, settings } = NEO4J_RELEASES[version];
  const directory = await makeServerFolder("neo4j");
  try {
    await writeSettings(directory, {
      "server.default_listen_address": "127.0.0.1",
      "server.bolt.listen_address": `127.0.0.1:${port}`,
      "server.bolt.advertised_address": `127.0.0.1:${port}`,
      "server.http.enabled": "false",
      "server.memory.pagecache.size": "256m",
      // A fresh server has 2 MB on disk instead of 516 MB.
      "db.tx_log.preallocate": "false",
      "dbms.usage_report.enabled": "false",
      // A stop takes 0.4 s instead of 10 s: the server waits twice for connections that may still come.
      "internal.dbms.bolt.netty_server_shutdown_quiet_period": "0",
      ...settings,
      ...options.settings,
    });
    await setPassword({ java, jars, directory, password });
  } catch (error) {
    await removeFolder(directory);
    throw error;
  }
  const running = await startProcess({
    command: java,
    args: [
      ...[`-Xmx${heapMb}m`, "-XX:+UseG1GC", "-cp", `${jars}/*`],
      ...["java.nio", "java.io", "sun.nio.ch"].map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`),
      ...["--enable-native-access=ALL-UNNAMED", "-Dio.netty.tryReflectionSetAccessible=true"],
      ...[mainClass, "--console-mode", `--home-dir=${directory}`, `--config-dir=${directory}/conf`],
    ],
    directory,
    ready: /Started\.$/m,
    readyTimeoutMs: 120_000,
    stopTimeoutMs: 30_000,
  });
  return asServer(running, { uri: `bolt://127.0.0.1:${port}`, port, user: "neo4j", password, directory });
}

/** One line a key: Neo4j refuses to start when a key is given twice. */
async function writeSettings(directory: string, settings: Record<string, string>): Promise<void> {
  await Deno.mkdir(`${directory}/conf`);
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
  await Deno.writeTextFile(`${directory}/conf/neo4j.conf`, lines.join(""));
}

interface PasswordOptions {
  java: string;
  jars: string;
  directory: string;
  password: string;
}

/** Only works before the first start. */
async function setPassword({ java, jars, directory, password }: PasswordOptions): Promise<void> {
  await runCommand(java, [
    ...["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", `${jars}/*`, "org.neo4j.cli.AdminTool"],
    ...["dbms", "set-initial-password", password],
  ], { env: { NEO4J_HOME: directory, NEO4J_CONF: `${directory}/conf` } });
}
