import type { Cluster, Redis } from "ioredis";
import { GraphError } from "../../errors.ts";
import type { Logger } from "../../log.ts";
import type { GraphStore, StoreLocation } from "../../store/store.ts";
import type { OpenOptions } from "../backend.ts";
import { FalkorDriver, type ServerSettings } from "../cypher/falkor.ts";
import { explainFalkorError } from "../cypher/falkor_errors.ts";
import { timed } from "../cypher/statement_log.ts";
import { withinTimeLimit } from "../cypher/time_limit.ts";
import { CypherStore } from "../cypher/store.ts";
import { closeRedis } from "./connect.ts";
import { falkorDialect, untilIndexed } from "./dialect.ts";
import { Replicas } from "./replicas.ts";

/** A graph on a FalkorDB server, however that server is reached. */
export interface FalkorTarget {
  /** Connects. The client has `stringNumbers`, and never sends again what may have been executed. */
  connect(): Promise<Redis | Cluster>;
  /** The key of the graph. */
  readonly graph: string;
  readonly location: StoreLocation;
  /** Whether another server may take this one's place at any time. */
  readonly hasSentinels?: boolean;
}

/**
 * Opens a graph. Throws UNREACHABLE, AUTHENTICATION_FAILED, PERMISSION_DENIED, WRONG_PRODUCT for a Redis
 * without the module, UNKNOWN_LAYOUT for a key that is no graph, and NOT_FOUND when there is no such graph
 * and `mode` is not `create`. Creates nothing: a graph comes into being with what is first written.
 */
export async function openFalkorStore(target: FalkorTarget, options: OpenOptions): Promise<GraphStore> {
  const { graph, location } = target;
  let client: Redis | Cluster | undefined;
  try {
    const connected = client = await target.connect();
    // A cluster whose nodes do not know their own address is looked for without end.
    const settings = await withinTimeLimit(readSettings(client, options.log));
    await assertGraph(client, target, options);
    const product = await productOf(client, options.log);
    const replicas = target.hasSentinels ? new Replicas(connected as Redis, options.log) : undefined;
    const driver = new FalkorDriver({
      client,
      close: () => closeRedis(connected),
      graph,
      location,
      settings,
      product,
      confirm: replicas && (() => replicas.confirm()),
      log: options.log,
    });
    // A process that was killed, or another program, may have left one that is not filled yet.
    await untilIndexed(driver, options.log);
    return new CypherStore({ driver, dialect: falkorDialect, location, mode: options.mode });
  } catch (error) {
    if (client) await closeRedis(client);
    throw explainFalkorError(error, location);
  }
}

async function assertGraph(
  client: Redis | Cluster,
  target: FalkorTarget,
  { mode, log }: OpenOptions,
): Promise<void> {
  const { graph, location } = target;
  const type = await timed(log, "TYPE", () => client.type(graph));
  if (type === "graphdata" || (type === "none" && mode === "create")) return;
  throw type === "none"
    ? new GraphError("NOT_FOUND", `There is no graph "${graph}" at "${location.display}"`)
    : new GraphError(
      "UNKNOWN_LAYOUT",
      `"${graph}" at "${location.display}" is not a graph but a Redis ${type}`,
    );
}

/** Enough for any statement of ours, where the server's default may not be. */
const TIMEOUT_MS = 600_000;
/** Rows that fit a result where the user may not ask for the limit; counts tell if even these are cut. */
const UNKNOWN_RESULT_SET_SIZE = 1001;

async function readSettings(client: Redis | Cluster, log: Logger | undefined): Promise<ServerSettings> {
  let values: Map<string, number>;
  try {
    values = new Map(
      await Promise.all(["RESULTSET_SIZE", "TIMEOUT", "TIMEOUT_DEFAULT", "TIMEOUT_MAX"].map(async (name) => {
        const ask = () => client.call("GRAPH.CONFIG", "GET", name);
        const [, value] = await timed(log, `GRAPH.CONFIG GET ${name}`, ask) as [string, unknown];
        return [name, Number(value)] as const;
      })),
    );
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("NOPERM"))) throw error;
    return { resultSetSize: UNKNOWN_RESULT_SET_SIZE, timeoutMs: undefined };
  }
  const size = values.get("RESULTSET_SIZE")!;
  const [byDefault, max] = [values.get("TIMEOUT_DEFAULT")!, values.get("TIMEOUT_MAX")!];
  if (size >= 0 && size < 3) {
    throw new GraphError(
      "NOT_SUPPORTED",
      `The server's RESULTSET_SIZE of ${size} is too small (set it to -1)`,
    );
  }
  return {
    resultSetSize: size < 0 ? Infinity : size,
    timeoutMs: byDefault > 0 ? (max > 0 ? Math.min(max, TIMEOUT_MS) : TIMEOUT_MS) : undefined,
  };
}

/** "FalkorDB 4.16.3", or without a version where the user may not list modules. */
async function productOf(client: Redis | Cluster, log: Logger | undefined): Promise<string> {
  try {
    const modules = await timed(log, "MODULE LIST", () => client.call("MODULE", "LIST")) as string[][];
    const graph = modules.find((facts) => facts[facts.indexOf("name") + 1] === "graph");
    const version = Number(graph?.[graph.indexOf("ver") + 1]);
    if (!version) return "FalkorDB";
    return `FalkorDB ${Math.floor(version / 10000)}.${Math.floor(version / 100) % 100}.${version % 100}`;
  } catch {
    return "FalkorDB";
  }
}
