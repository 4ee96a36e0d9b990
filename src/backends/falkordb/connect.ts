import type { Cluster, Redis, RedisOptions } from "ioredis";
import { readAuthority } from "../cypher/authority.ts";
import type { FalkorAddress, HostPort } from "./uri.ts";
import { CONNECT_TIMEOUT_MS, withinTimeLimit } from "../cypher/time_limit.ts";

/** Options that every connection to FalkorDB has. */
const CLIENT_OPTIONS: RedisOptions = {
  lazyConnect: true,
  connectTimeout: CONNECT_TIMEOUT_MS,
  disconnectTimeout: 500,
  // INFO needs a permission of its own, and a server that still loads says so by itself.
  enableReadyCheck: false,
  disableClientInfo: true,
  // Integers beyond 2^53 would be rounded.
  stringNumbers: true,
  // Nobody knows whether a write was executed when its connection broke, so nothing is sent again: what is
  // under way fails at once, and whoever asked for it decides.
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  // After a failover the old master is a replica: look for the new one.
  reconnectOnError: (error) => error.message.startsWith("READONLY"),
};

/** Connects to what is at an address; `caFile` names the authority to trust. Throws what stopped it. */
export async function connectTo(address: FalkorAddress, caFile?: string): Promise<Redis | Cluster> {
  const { kind, hosts, socket, masterName, user: username, password } = address;
  const ca = address.tls ? await readAuthority(caFile) : undefined;
  const tls = address.tls ? { tls: ca ? { ca } : {} } : {};
  const options: RedisOptions = { username, password, ...tls };
  switch (kind) {
    case "server":
      return await connectRedis({ ...options, ...(socket ? { path: socket } : hosts[0]) });
    case "sentinel":
      return await connectRedis({
        ...options,
        sentinels: [...hosts],
        name: masterName,
        // Sentinels have no users of the database, and mostly its password.
        sentinelPassword: password,
        sentinelTLS: tls.tls,
        enableTLSForSentinelMode: address.tls,
        connectTimeout: CONNECT_TIMEOUT_MS,
        // One that accepts connections and says nothing would never let the client go; the next may answer.
        sentinelCommandTimeout: CONNECT_TIMEOUT_MS / 2,
      });
    case "cluster":
      return await connectCluster(hosts, options);
  }
}

/** The client library, loaded when a connection is made. */
async function loadIoredis() {
  // The default export: a bundler finds no names in a CommonJS module that is imported dynamically.
  return (await import("ioredis")).default;
}

/** Connects once, and reconnects only after it has been connected. Throws what stopped the connection. */
export async function connectRedis(options: RedisOptions): Promise<Redis> {
  const { Redis } = await loadIoredis();
  return await connect((retry) =>
    new Redis({ ...CLIENT_OPTIONS, ...options, retryStrategy: retry, sentinelRetryStrategy: retry })
  );
}

async function connectCluster(hosts: readonly HostPort[], options: RedisOptions): Promise<Cluster> {
  const { Cluster } = await loadIoredis();
  return await connect((retry) =>
    new Cluster([...hosts], {
      lazyConnect: true,
      clusterRetryStrategy: retry,
      // ioredis 6.0.0 never settled where the check found a cluster that is down; commands say that themselves.
      enableReadyCheck: false,
      slotsRefreshTimeout: CONNECT_TIMEOUT_MS,
      // Like a single connection, it never sends again what may have been executed.
      retryDelayOnFailover: 0,
      redisOptions: { ...CLIENT_OPTIONS, ...options, lazyConnect: undefined },
    })
  );
}

/** When to try again to connect, in milliseconds; null for never. */
type Retry = (attempt: number) => number | null;

async function connect<Client extends Redis | Cluster>(make: (retry: Retry) => Client): Promise<Client> {
  let isReady = false;
  const client = make((attempt) => isReady ? Math.min(100 * 2 ** attempt, 2000) : null);
  let cause: Error | undefined;
  client.on("error", (error: Error) => cause = error);
  try {
    await withinTimeLimit(client.connect());
    // A cluster has told its slots by now.
    if (!client.isCluster) await withinTimeLimit(greet(client));
    isReady = true;
    return client;
  } catch (error) {
    await closeRedis(client);
    const reason = cause ?? error;
    throw isHangUp(reason) ? new Error("the server hung up at once", { cause: reason }) : reason;
  }
}

/** Waits for a first answer: "connected" alone says that a port is open. Throws what it is, unless it is a no. */
async function greet(client: Redis | Cluster): Promise<void> {
  try {
    await client.ping();
  } catch (error) {
    // Such a user has been let in.
    if (!(error instanceof Error && error.message.startsWith("NOPERM"))) throw error;
  }
}

/** The connection was made and then ended without a word, so the server speaks something else. */
function isHangUp(error: unknown): boolean {
  return error instanceof Error &&
    (error.message === "Connection is closed." ||
      ["ECONNRESET", "EPIPE"].includes((error as { code?: string }).code ?? ""));
}

/** Ends a connection and waits until nothing of it is left. */
export async function closeRedis(client: Redis | Cluster): Promise<void> {
  if (client.status === "end") return;
  const ended = new Promise((resolve) => client.once("end", resolve));
  // Those have no connection, and may never say that they ended.
  const isOpen = !["reconnecting", "close"].includes(client.status);
  client.disconnect();
  if (isOpen) await ended;
}
