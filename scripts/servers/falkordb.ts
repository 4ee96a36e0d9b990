import { type Certificates, makeCertificates, requireOpenSsl } from "./certificates.ts";
import { type FalkorDbEngine, falkorDbEngine, falkorDbTlsEngine } from "./falkordb_engine.ts";
import { findFreePort, inServerFolder, makePassword, type ServerProcess, startProcess } from "./process.ts";
import { asServer, type Server, type TlsServer } from "./server.ts";

/** Options of `startFalkorDb`. */
export interface FalkorDbOptions {
  /** Default: a random one. An empty one means no authentication. */
  password?: string;
  /** Default: a free one. */
  port?: number;
  /** More options of redis-server: `["--maxmemory", "100mb"]`. */
  options?: readonly string[];
  /** Arguments of the module: `["RESULTSET_SIZE", "100"]`. */
  moduleArguments?: readonly string[];
  /** What survives `restart()`: "rdb" what was saved or stopped in order, "aof" every write. Default "none". */
  persistence?: "none" | "rdb" | "aof";
  /** What it shows to those who connect, which is then possible by TLS only, in another server (Valkey). Default: none. */
  tls?: Certificates;
  /** An existing folder for the data, which is kept at `stop()`. Default: a private one, which is removed. */
  directory?: string;
}

/** Starts FalkorDB. Throws `Unavailable` with the reason if it cannot be had on this machine. */
export async function startFalkorDb(options: FalkorDbOptions = {}): Promise<Server> {
  const { tls } = options;
  await findEngine(tls);
  return await inServerFolder("falkordb", (folder) => startIn(folder, tls, options));
}

/** Starts FalkorDB with TLS and a certificate of its own. Throws `Unavailable` as `startFalkorDb` does. */
export async function startFalkorDbTls(options: FalkorDbOptions = {}): Promise<TlsServer> {
  await requireOpenSsl();
  await falkorDbTlsEngine();
  return await inServerFolder("falkordb", async (folder) => {
    return await startIn(folder, await makeCertificates(folder), options);
  });
}

async function startIn<Tls extends Certificates | undefined>(
  folder: string,
  tls: Tls,
  options: FalkorDbOptions,
) {
  const { port = findFreePort(), password = makePassword(), persistence = "none", directory = folder } =
    options;
  const listen = tls
    ? tlsSettings(port, tls).map(([name, value]) => [`--${name}`, value]).flat()
    : ["--port", `${port}`];
  const running = await startRedis({
    ...options,
    engine: await findEngine(tls),
    folder,
    data: directory,
    password,
    persistence,
    listen,
  });
  const uri = `${tls ? "rediss" : "redis"}://127.0.0.1:${port}`;
  return asServer(running, {
    uri,
    port,
    password,
    directory,
    caFile: tls?.caFile as Tls extends Certificates ? string : undefined,
  });
}

/** The engine for a server with TLS, or without. Throws `Unavailable`. */
export const findEngine = (tls: unknown) => tls ? falkorDbTlsEngine() : falkorDbEngine();

/** Settings of a server, or a sentinel, that talks by TLS alone, to its like as well. */
export function tlsSettings(
  port: number,
  { caFile, certificateFile, keyFile }: Certificates,
): [name: string, value: string][] {
  return [
    ["port", "0"],
    ["tls-port", String(port)],
    ["tls-auth-clients", "no"],
    ["tls-replication", "yes"],
    ["tls-cluster", "yes"],
    ["tls-ca-cert-file", caFile],
    ["tls-cert-file", certificateFile],
    ["tls-key-file", keyFile],
  ];
}

const PERSISTENCE = {
  none: ["--save", ""],
  rdb: ["--save", "3600 1"],
  aof: ["--save", "", "--appendonly", "yes", "--appendfsync", "always"],
};

interface RedisOptions extends Pick<FalkorDbOptions, "options" | "moduleArguments"> {
  engine: FalkorDbEngine;
  /** Goes with the server. */
  folder: string;
  data: string;
  password: string;
  listen: readonly string[];
  persistence: keyof typeof PERSISTENCE;
}

async function startRedis(options: RedisOptions): Promise<ServerProcess> {
  const { engine, folder, data, password, listen, persistence, moduleArguments = [] } = options;
  // In a file, since any user may read a command line. A server that replicates needs the other's.
  const settings = password ? `requirepass ${password}\nmasterauth ${password}\n` : "";
  await Deno.writeTextFile(`${folder}/redis.conf`, settings, { mode: 0o600 });
  return await startProcess({
    command: engine.redisServer,
    args: [
      ...[`${folder}/redis.conf`, "--bind", "127.0.0.1", ...listen, "--dir", data],
      ...PERSISTENCE[persistence],
      ...["--loadmodule", engine.module, ...moduleArguments],
      ...options.options ?? [],
    ],
    directory: folder,
    ready: /Ready to accept connections/,
    readyTimeoutMs: 30_000,
    stopTimeoutMs: 10_000,
  });
}
