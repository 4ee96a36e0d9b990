import { falkorDbEngine } from "./falkordb_engine.ts";
import { findFreePort, makePassword, makeServerFolder, startProcess } from "./process.ts";
import { asServer, type Server } from "./server.ts";

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
  /** An existing folder for the data, which is kept at `stop()`. Default: a private one, which is removed. */
  directory?: string;
}

const PERSISTENCE = {
  none: ["--save", ""],
  rdb: ["--save", "3600 1"],
  aof: ["--save", "", "--appendonly", "yes", "--appendfsync", "always"],
};

/** Starts FalkorDB. Throws `Unavailable` with the reason if it cannot be had on this machine. */
export async function startFalkorDb(options: FalkorDbOptions = {}): Promise<Server> {
  const { redisServer, module } = await falkorDbEngine();
  const { password = makePassword(), port = findFreePort(), persistence = "none" } = options;
  const directory = await makeServerFolder("falkordb");
  const data = options.directory ?? directory;
  // In a file, since any user may read a command line.
  const settings = password ? `requirepass ${password}\n` : "";
  await Deno.writeTextFile(`${directory}/redis.conf`, settings, { mode: 0o600 });
  const running = await startProcess({
    command: redisServer,
    args: [
      ...[`${directory}/redis.conf`, "--bind", "127.0.0.1", "--port", String(port), "--dir", data],
      ...PERSISTENCE[persistence],
      ...["--loadmodule", module, ...options.moduleArguments ?? []],
      ...options.options ?? [],
    ],
    directory,
    ready: /Ready to accept connections/,
    readyTimeoutMs: 30_000,
    stopTimeoutMs: 10_000,
  });
  return asServer(running, { uri: `redis://127.0.0.1:${port}`, port, password, directory: data });
}
