import { type FalkorDbOptions, startFalkorDb } from "./falkordb.ts";
import { findFreePort, makePassword } from "./process.ts";
import { askRedis } from "./redis_client.ts";
import { type Server, stopAll } from "./server.ts";
import { waitUntil } from "./wait.ts";

/** Masters of one Redis cluster, without replicas. All have one password. */
export interface FalkorDbCluster extends AsyncDisposable {
  readonly nodes: readonly Server[];
  readonly password: string;
  /** Of the first node; clients find the others. */
  readonly uri: string;
  stop(): Promise<void>;
}

/** Options of `startFalkorDbCluster`. */
export interface FalkorDbClusterOptions extends Pick<FalkorDbOptions, "password" | "moduleArguments"> {
  nodes?: number;
}

const SLOTS = 16_384;

/** Starts a cluster whose slots are all served. Throws `Unavailable` as `startFalkorDb` does. */
export async function startFalkorDbCluster(options: FalkorDbClusterOptions = {}): Promise<FalkorDbCluster> {
  const { nodes: count = 3, password = makePassword(), moduleArguments } = options;
  const nodes: Server[] = [];
  try {
    for (let index = 0; index < count; index++) {
      const bus = ["--cluster-enabled", "yes", "--cluster-port", String(findFreePort())];
      const node = await startFalkorDb({ password, moduleArguments, options: bus });
      nodes.push(node);
      const bounds = [index, index + 1].map((part) => Math.floor(part * SLOTS / count));
      await askRedis(node, "CLUSTER", "ADDSLOTSRANGE", String(bounds[0]), String(bounds[1]! - 1));
      // Equal epochs of masters are sorted out by and by, and until then the slots' owners may be in doubt.
      await askRedis(node, "CLUSTER", "SET-CONFIG-EPOCH", String(index + 1));
      if (index > 0) await askRedis(nodes[0]!, "CLUSTER", "MEET", "127.0.0.1", String(node.port), bus[3]!);
    }
    await waitUntil(() => areComplete(nodes), { what: "the cluster's nodes know each other" });
  } catch (error) {
    await stopAll(nodes);
    throw error;
  }
  const stop = () => stopAll(nodes);
  return { nodes, password, uri: nodes[0]!.uri, stop, [Symbol.asyncDispose]: stop };
}

async function areComplete(nodes: readonly Server[]): Promise<boolean> {
  const infos = await Promise.all(nodes.map((node) => askRedis(node, "CLUSTER", "INFO")));
  return infos.every((info) => {
    const text = String(info);
    return text.includes("cluster_state:ok") && text.includes(`cluster_size:${nodes.length}\r`);
  });
}
