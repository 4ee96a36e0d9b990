import { type FalkorDbOptions, startFalkorDb } from "./falkordb.ts";
import { findFreePort, makePassword } from "./process.ts";
import { askRedis } from "./redis_client.ts";
import { isReplicating } from "./falkordb_sentinel.ts";
import { type Server, stopAll } from "./server.ts";
import { waitUntil } from "./wait.ts";

/** One Redis cluster. All its nodes have one password. */
export interface FalkorDbCluster extends AsyncDisposable {
  /** The masters, as they were in the beginning. */
  readonly nodes: readonly Server[];
  /** One for each master, in the same order, or none. Each becomes the master about two seconds after that was killed. */
  readonly replicas: readonly Server[];
  readonly password: string;
  /** Of the first node; clients find the others. */
  readonly uri: string;
  stop(): Promise<void>;
}

/** Options of `startFalkorDbCluster`. */
export interface FalkorDbClusterOptions
  extends Pick<FalkorDbOptions, "password" | "moduleArguments" | "persistence" | "tls"> {
  nodes?: number;
  /** Whether each master has a replica. Default: no. */
  replicas?: boolean;
}

const SLOTS = 16_384;

/** Starts a cluster whose slots are all served. Throws `Unavailable` as `startFalkorDb` does. */
export async function startFalkorDbCluster(options: FalkorDbClusterOptions = {}): Promise<FalkorDbCluster> {
  const { nodes: count = 3, password = makePassword(), moduleArguments, persistence, tls } = options;
  const nodes: Server[] = [];
  const replicas: Server[] = [];
  const stop = () => stopAll([...nodes, ...replicas]);
  const busOfFirst = String(findFreePort());
  const start = async (into: Server[]) => {
    const bus = nodes.length === 0 ? busOfFirst : String(findFreePort());
    const settings = ["--cluster-enabled", "yes", "--cluster-port", bus, "--cluster-node-timeout", "1000"];
    const replication = ["--repl-diskless-sync-delay", "0"];
    const node = await startFalkorDb({
      password,
      moduleArguments,
      persistence,
      tls,
      options: [...settings, ...replication],
    });
    into.push(node);
    return {
      node,
      meet: () => askRedis(node, "CLUSTER", "MEET", "127.0.0.1", String(nodes[0]!.port), busOfFirst),
    };
  };
  try {
    for (let index = 0; index < count; index++) {
      const { node, meet } = await start(nodes);
      const bounds = [index, index + 1].map((part) => Math.floor(part * SLOTS / count));
      await askRedis(node, "CLUSTER", "ADDSLOTSRANGE", String(bounds[0]), String(bounds[1]! - 1));
      // Equal epochs of masters are sorted out by and by, and until then the slots' owners may be in doubt.
      await askRedis(node, "CLUSTER", "SET-CONFIG-EPOCH", String(index + 1));
      if (index > 0) await meet();
    }
    await waitUntil(() => areComplete(nodes), { what: "the cluster's nodes know each other" });
    for (const node of options.replicas ? nodes : []) {
      const { node: replica, meet } = await start(replicas);
      await meet();
      const id = String(await askRedis(node, "CLUSTER", "MYID"));
      const follow = () => askRedis(replica, "CLUSTER", "REPLICATE", id).then(() => true, () => false);
      await waitUntil(follow, { what: "the replica knows its master" });
      await waitUntil(() => isReplicating(replica), { what: "the replica follows its master" });
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { nodes, replicas, password, uri: nodes[0]!.uri, stop, [Symbol.asyncDispose]: stop };
}

async function areComplete(nodes: readonly Server[]): Promise<boolean> {
  const infos = await Promise.all(nodes.map((node) => askRedis(node, "CLUSTER", "INFO")));
  return infos.every((info) => {
    const text = String(info);
    return text.includes("cluster_state:ok") && text.includes(`cluster_size:${nodes.length}\r`);
  });
}
