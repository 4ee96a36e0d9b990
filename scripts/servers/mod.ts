/** Real database servers on this machine, for tests, benches and trying things out. */

import { Unavailable } from "./command.ts";
import { startFalkorDb } from "./falkordb.ts";
import { falkorDbEngine } from "./falkordb_engine.ts";
import { startNeo4j } from "./neo4j.ts";
import { neo4jEngine } from "./neo4j_engine.ts";
import type { Server } from "./server.ts";

export { Unavailable } from "./command.ts";
export { type FalkorDbOptions, startFalkorDb } from "./falkordb.ts";
export { type FalkorDbEngine, falkorDbEngine } from "./falkordb_engine.ts";
export { type Neo4jOptions, type Neo4jServer, startNeo4j } from "./neo4j.ts";
export { type Neo4jEngine, neo4jEngine, type Neo4jVersion } from "./neo4j_engine.ts";
export type { Server } from "./server.ts";

/** A server that can be installed and started by its name. */
export interface ServerKind {
  summary: string;
  /** Installs what it needs. Does nothing the second time. Throws `Unavailable` with the reason. */
  install(): Promise<unknown>;
  start(): Promise<Server>;
}

/** Every kind of server, by the name the command line takes. */
export const SERVERS = {
  "falkordb": {
    summary: "FalkorDB 4.16.3 in Redis 8.2.3",
    install: falkorDbEngine,
    start: () => startFalkorDb(),
  },
  "neo4j": {
    summary: "Neo4j community 5.26.30, with the machine's Java 17",
    install: () => neo4jEngine("5.26.30"),
    start: () => startNeo4j({ version: "5.26.30" }),
  },
} satisfies Record<string, ServerKind>;

export type ServerName = keyof typeof SERVERS;

/**
 * Installs a server, and says why it cannot be had on this machine: "no Java 17 (java not found)". Gives
 * undefined when it can be started.
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
