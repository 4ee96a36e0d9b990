import { requireOpenSsl } from "./certificates.ts";
import { Unavailable } from "./command.ts";
import { startFalkorDb, startFalkorDbTls } from "./falkordb.ts";
import { startFalkorDbCluster } from "./falkordb_cluster.ts";
import { falkorDbEngine, falkorDbTlsEngine } from "./falkordb_engine.ts";
import { startFalkorDbSentinel } from "./falkordb_sentinel.ts";
import { startNeo4j, startNeo4jTls } from "./neo4j.ts";
import { neo4jEngine, type Neo4jVersion } from "./neo4j_engine.ts";
import type { Server } from "./server.ts";

/** One or several servers that run together. */
export interface RunningServers {
  readonly uri: string;
  /** What memorygraph and its tests read to connect to them, passwords included. */
  readonly variables: Record<string, string>;
  /** Resolves when one of them ends, in whatever way. */
  readonly exited: Promise<void>;
  stop(): Promise<void>;
}

/** A kind of server, as the command line knows it. */
export interface ServerKind {
  summary: string;
  /** Installs what it needs; nothing the second time. Throws `Unavailable` with the reason. */
  install(): Promise<void>;
  start(): Promise<RunningServers>;
}

/** Every kind of server that tests can have, by the name that the command line takes. */
export const SERVERS = {
  "falkordb": {
    summary: "FalkorDB, and its engine for FalkorDBLite",
    install: async () => void await falkorDbEngine(),
    async start() {
      const { redisServer, module } = await falkorDbEngine();
      const servers = falkorDb(await startFalkorDb());
      const engine = { MEMORYGRAPH_REDIS_SERVER: redisServer, MEMORYGRAPH_FALKORDB_MODULE: module };
      return { ...servers, variables: { ...servers.variables, ...engine } };
    },
  },
  "neo4j": neo4j("5.26.30"),
  "falkordb-tls": {
    summary: "FalkorDB with TLS",
    async install() {
      await requireOpenSsl();
      await falkorDbTlsEngine();
    },
    async start() {
      const server = await startFalkorDbTls();
      return trusting(server.caFile, falkorDb(server));
    },
  },
  "falkordb-cluster": {
    summary: "FalkorDB as a cluster of three",
    install: async () => void await falkorDbEngine(),
    async start() {
      const cluster = await startFalkorDbCluster();
      const exited = Promise.race(cluster.nodes.map((node) => node.exited));
      return { ...falkorDb(cluster.nodes[0]!), exited, stop: cluster.stop };
    },
  },
  "falkordb-sentinel": {
    summary: "FalkorDB with a replica and a sentinel",
    install: async () => void await falkorDbEngine(),
    async start() {
      const group = await startFalkorDbSentinel();
      const master = await group.findMaster();
      return { ...falkorDb(master), exited: group.sentinel.exited, stop: group.stop };
    },
  },
  "neo4j-tls": {
    summary: "Neo4j 5.26.30 with TLS",
    async install() {
      await requireOpenSsl();
      await neo4jEngine();
    },
    async start() {
      const server = await startNeo4jTls();
      return trusting(server.caFile, asNeo4j(server));
    },
  },
  "neo4j-2026": neo4j("2026.08.1"),
} satisfies Record<string, ServerKind>;

/** A kind of server by its name on the command line. */
export type ServerName = keyof typeof SERVERS;

/**
 * Installs what a server needs, and says why it cannot be had on this machine: "no Java 17 (java not found)".
 * Gives undefined when it can be started.
 */
export async function whyUnavailable(name: ServerName): Promise<string | undefined> {
  try {
    await SERVERS[name].install();
    return undefined;
  } catch (error) {
    if (error instanceof Unavailable) return error.message;
    throw error;
  }
}

function neo4j(version: Neo4jVersion): ServerKind {
  return {
    summary: `Neo4j ${version}`,
    install: async () => void await neo4jEngine(version),
    start: async () => asNeo4j(await startNeo4j({ version })),
  };
}

function asNeo4j(server: Server & { user: string }): RunningServers {
  const { uri, user, password, exited } = server;
  const variables = {
    MEMORY_NEO4J_URI: uri,
    MEMORY_NEO4J_USER: user,
    MEMORY_NEO4J_PASSWORD: password,
    MEMORYGRAPH_TEST_NEO4J_URI: withCredentials(uri, { user, password }),
  };
  return { uri, variables, exited, stop: () => server.stop() };
}

function falkorDb(server: Server): RunningServers {
  const { uri, port, password, exited } = server;
  const variables = {
    MEMORY_FALKORDB_URI: uri,
    MEMORY_FALKORDB_HOST: "127.0.0.1",
    MEMORY_FALKORDB_PORT: String(port),
    MEMORY_FALKORDB_PASSWORD: password,
    MEMORYGRAPH_TEST_FALKORDB_URI: withCredentials(uri, { user: "default", password }),
  };
  return { uri, variables, exited, stop: () => server.stop() };
}

function withCredentials(uri: string, { user, password }: { user: string; password: string }): string {
  return uri.replace("://", `://${user}:${password}@`);
}

function trusting(caFile: string, servers: RunningServers): RunningServers {
  return { ...servers, variables: { ...servers.variables, DENO_CERT: caFile } };
}
