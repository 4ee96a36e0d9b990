import type { Certificates } from "./certificates.ts";
import { type FalkorDbOptions, findEngine, startFalkorDb, tlsSettings } from "./falkordb.ts";
import { findFreePort, inServerFolder, makePassword, startProcess } from "./process.ts";
import { askRedis } from "./redis_client.ts";
import { asServer, type Server, stopAll } from "./server.ts";
import { waitUntil } from "./wait.ts";

/** A master and a replica of FalkorDB, and a sentinel that makes the replica the master when that is gone. */
export interface FalkorDbSentinel extends AsyncDisposable {
  readonly sentinel: Server;
  /** Where a client asks for the master. */
  readonly sentinels: readonly { host: string; port: number }[];
  /** The name under which it asks. */
  readonly masterName: string;
  /** Of both databases. */
  readonly password: string;
  /** Of the sentinel. */
  readonly sentinelPassword: string;
  /** The node that is the master at this moment. */
  findMaster(): Promise<Server>;
  /** The node that is the replica at this moment. */
  findReplica(): Promise<Server>;
  /** SIGKILL to the master. The replica takes over after about two seconds. */
  killMaster(): Promise<void>;
  /** Has the replica take over at once. The old master goes on taking writes for seconds, and then drops them. */
  failOver(): Promise<void>;
  stop(): Promise<void>;
}

/** Options of `startFalkorDbSentinel`. */
export interface FalkorDbSentinelOptions
  extends Pick<FalkorDbOptions, "password" | "moduleArguments" | "tls"> {
  /** Default: the same as `password`. An empty one means a sentinel without authentication. */
  sentinelPassword?: string;
}

const MASTER_NAME = "memorygraph";

/** Starts all three, replication included. Throws `Unavailable` as `startFalkorDb` does. */
export async function startFalkorDbSentinel(
  options: FalkorDbSentinelOptions = {},
): Promise<FalkorDbSentinel> {
  const { password = makePassword(), moduleArguments, tls } = options;
  const { sentinelPassword = password } = options;
  const servers: Server[] = [];
  const stop = () => stopAll(servers);
  try {
    const replication = ["--repl-diskless-sync-delay", "0"];
    const first = await startFalkorDb({ password, moduleArguments, tls, options: replication });
    servers.push(first);
    replication.push("--replicaof", `127.0.0.1 ${first.port}`);
    const second = await startFalkorDb({ password, moduleArguments, tls, options: replication });
    servers.push(second);
    await waitUntil(() => isReplicating(second), { what: "the replica follows the master" });
    const sentinel = await startSentinel({ master: first, password: sentinelPassword, tls });
    servers.push(sentinel);
    await waitUntil(() => knowsReplica(sentinel), { what: "the sentinel knows the replica" });
    const nodes = [first, second];
    const findMaster = async () => {
      const address = await askRedis(
        sentinel,
        "SENTINEL",
        "GET-MASTER-ADDR-BY-NAME",
        MASTER_NAME,
      ) as string[];
      return nodes.find((node) => String(node.port) === address[1])!;
    };
    return {
      sentinel,
      sentinels: [{ host: "127.0.0.1", port: sentinel.port }],
      masterName: MASTER_NAME,
      password,
      sentinelPassword,
      findMaster,
      async findReplica() {
        const master = await findMaster();
        return nodes.find((node) => node !== master)!;
      },
      async killMaster() {
        await (await findMaster()).kill();
      },
      async failOver() {
        await askRedis(sentinel, "SENTINEL", "FAILOVER", MASTER_NAME);
      },
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Whether a replica has its master's data and follows it. */
export async function isReplicating(replica: Server): Promise<boolean> {
  return String(await askRedis(replica, "INFO", "replication")).includes("master_link_status:up");
}

async function knowsReplica(sentinel: Server): Promise<boolean> {
  const replicas = await askRedis(sentinel, "SENTINEL", "REPLICAS", MASTER_NAME) as unknown[];
  return replicas.length > 0;
}

async function startSentinel(
  { master, password, tls }: { master: Server; password: string; tls: Certificates | undefined },
): Promise<Server> {
  const { redisServer } = await findEngine(tls);
  const port = findFreePort();
  return await inServerFolder("sentinel", async (folder) => {
    const lines = [
      ...["bind 127.0.0.1", `dir ${folder}`],
      ...tls ? tlsSettings(port, tls).map((pair) => pair.join(" ")) : [`port ${port}`],
      ...password ? [`requirepass ${password}`] : [],
      `sentinel monitor ${MASTER_NAME} 127.0.0.1 ${master.port} 1`,
      ...master.password ? [`sentinel auth-pass ${MASTER_NAME} ${master.password}`] : [],
      `sentinel down-after-milliseconds ${MASTER_NAME} 1000`,
      `sentinel failover-timeout ${MASTER_NAME} 5000`,
    ];
    // The sentinel writes what it learns into this file.
    await Deno.writeTextFile(`${folder}/sentinel.conf`, lines.join("\n") + "\n", { mode: 0o600 });
    const running = await startProcess({
      command: redisServer,
      args: [`${folder}/sentinel.conf`, "--sentinel"],
      directory: folder,
      ready: /\+monitor master/,
      readyTimeoutMs: 30_000,
      stopTimeoutMs: 10_000,
    });
    const uri = `${tls ? "rediss" : "redis"}://127.0.0.1:${port}`;
    return asServer(running, { uri, port, password, directory: folder, caFile: tls?.caFile });
  });
}
