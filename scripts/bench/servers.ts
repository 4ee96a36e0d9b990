/** The rows of one graph database: its rates beside the plain client's, and whole migrations into it. */
import { join } from "node:path";
import { SERVERS } from "../servers/kinds.ts";
import { measure, type Measured, runScript } from "./measure.ts";
import { PlainBolt } from "./plain_bolt.ts";
import type { Rates } from "./rates.ts";

/** The databases that have rates. Memgraph is left out: its stand-in would measure Neo4j and a proxy. */
export const SERVER_BACKENDS = ["neo4j", "falkordb", "falkordblite"] as const;
/** One of {@linkcode SERVER_BACKENDS}. */
export type ServerBackend = (typeof SERVER_BACKENDS)[number];

/** What was measured of one database. */
export interface ServerRows extends Rates {
  backend: ServerBackend;
  size: number;
  /** SQLite to it, verified, into an empty database on a server that is warm. */
  migrate: Measured;
}

/** Options of {@linkcode benchServer}. */
export interface ServerOptions {
  /** SQLite file with `size` memories and twice as many relationships. */
  source: string;
  size: number;
  repeat: number;
  folder: string;
}

/** Starts a database's server, measures, stops it. */
export async function benchServer(backend: ServerBackend, options: ServerOptions): Promise<ServerRows> {
  const { size, repeat } = options;
  const server = await SERVERS[backend === "neo4j" ? "neo4j" : "falkordb"].start();
  try {
    const args = [backend, String(size), String(repeat)];
    const rates = JSON.parse(await runScript("rates.ts", args, server.variables)) as Rates;
    const migrate = await benchMigrate(backend, options, server.variables);
    return { backend, size, ...rates, migrate };
  } finally {
    await server.stop();
  }
}

async function benchMigrate(
  backend: ServerBackend,
  { source, size, repeat, folder }: ServerOptions,
  variables: Record<string, string>,
): Promise<Measured> {
  const runs: Measured[] = [];
  for (let run = 0; run < repeat; run++) {
    const from = ["migrate", "--from", "sqlite", "--from-path", source, "--to", backend];
    const to = {
      // The community edition has one database.
      neo4j: [],
      falkordb: ["--to-database", `bench-${run}`],
      falkordblite: ["--to-path", join(folder, `bench-${size}-${run}.db`)],
    }[backend];
    if (backend === "neo4j") await clearNeo4j(variables);
    const env = { ...variables, MEMORYGRAPH_STATE_DIR: join(folder, "state") };
    runs.push(await measure("command.ts", [...from, ...to], { records: 3 * size, env }));
  }
  return runs.reduce((a, b) => (b.seconds < a.seconds ? b : a));
}

async function clearNeo4j(variables: Record<string, string>): Promise<void> {
  const { MEMORY_NEO4J_URI: uri, MEMORY_NEO4J_USER: user, MEMORY_NEO4J_PASSWORD: password } = variables;
  await using client = new PlainBolt({ uri: uri!, user: user!, password: password! });
  await client.clear();
}
