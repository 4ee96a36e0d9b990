import { buildIfChanged } from "../build/stamp.ts";
import { executableName, hostTarget } from "../build/targets.ts";
import { RuntimeUnavailable } from "../build/toolchain.ts";
import { falkorDbEngine, type Server, startFalkorDb, startNeo4j, Unavailable } from "../servers/mod.ts";

/** Something that tests use and that one run of them provides once. */
export interface Service {
  name: string;
  /** Variables by which tests find it. If the user has set one, it is not started. */
  variables: readonly string[];
  /** Variable that tells tests why it cannot be had here. The user can set it too, to go without. */
  unavailable: string;
  /** Throws `Unavailable` or `RuntimeUnavailable` where it cannot be had. */
  start(): Promise<Started>;
}

interface Started {
  env: Record<string, string>;
  stop?: () => Promise<void>;
}

/** What `startServices` has brought up. Owned with `await using`: that stops it. */
export interface Services extends AsyncDisposable {
  /** The environment by which tests find what there is, and why the rest is missing. */
  env: Record<string, string>;
  /** What could not be had here, as "Neo4j: no Java 17". */
  missing: string[];
  /** What should have worked and did not. */
  failed: string[];
}

/** The servers that tests use. They hold one graph at a time, so that each lane has its own. */
export function databaseServices(): Service[] {
  return [
    {
      name: "Neo4j",
      variables: ["MEMORYGRAPH_TEST_NEO4J_URI"],
      unavailable: "MEMORYGRAPH_TEST_NEO4J_UNAVAILABLE",
      start: async () => {
        const server = await startNeo4j({ isShortLived: true });
        return { env: { MEMORYGRAPH_TEST_NEO4J_URI: uriOf(server, server.user) }, stop: () => server.stop() };
      },
    },
    {
      // A server of community edition has one database: two ends of a migration need two servers. Another
      // release than the first, so that both are tested.
      name: "second Neo4j",
      variables: ["MEMORYGRAPH_TEST_NEO4J_SECOND_URI"],
      unavailable: "MEMORYGRAPH_TEST_NEO4J_SECOND_UNAVAILABLE",
      start: async () => {
        const server = await startNeo4j({ version: "2026.08.1", isShortLived: true });
        return {
          env: { MEMORYGRAPH_TEST_NEO4J_SECOND_URI: uriOf(server, server.user) },
          stop: () => server.stop(),
        };
      },
    },
    {
      name: "FalkorDB",
      variables: ["MEMORYGRAPH_TEST_FALKORDB_URI"],
      unavailable: "MEMORYGRAPH_TEST_FALKORDB_UNAVAILABLE",
      start: async () => {
        const server = await startFalkorDb();
        return {
          env: { MEMORYGRAPH_TEST_FALKORDB_URI: uriOf(server, "default") },
          stop: () => server.stop(),
        };
      },
    },
  ];
}

/** What the tests of the project in `root` use that any number of them can use at a time. */
export function sharedServices(root: string): Service[] {
  return [
    {
      name: "FalkorDBLite",
      variables: ["MEMORYGRAPH_REDIS_SERVER", "MEMORYGRAPH_FALKORDB_MODULE"],
      unavailable: "MEMORYGRAPH_TEST_FALKORDBLITE_UNAVAILABLE",
      start: async () => {
        const { redisServer, module } = await falkorDbEngine();
        return { env: { MEMORYGRAPH_REDIS_SERVER: redisServer, MEMORYGRAPH_FALKORDB_MODULE: module } };
      },
    },
    {
      name: "executable",
      variables: ["MEMORYGRAPH_TEST_BINARY"],
      unavailable: "MEMORYGRAPH_TEST_BINARY_UNAVAILABLE",
      start: async () => {
        const target = hostTarget();
        const output = `${root}/dist/${executableName(target, { withTarget: false })}`;
        await buildIfChanged({ root, target, output, say: console.error });
        return { env: { MEMORYGRAPH_TEST_BINARY: output } };
      },
    },
  ];
}

function uriOf({ uri, password }: Server, user: string): string {
  return uri.replace("://", `://${user}:${password}@`);
}

/** Starts all at once. Never throws: a service that does not start is `missing` or `failed`. */
export async function startServices(services: readonly Service[], say = console.error): Promise<Services> {
  const result = { env: {} as Record<string, string>, missing: [] as string[], failed: [] as string[] };
  const stops: (() => Promise<void>)[] = [];
  await Promise.all(services.map(async ({ name, variables, unavailable, start }) => {
    if ([...variables, unavailable].some((variable) => Deno.env.get(variable))) return;
    const began = performance.now();
    try {
      const { env, stop } = await start();
      Object.assign(result.env, env);
      if (stop) stops.push(stop);
      say(`${name} ready in ${((performance.now() - began) / 1000).toFixed(1)} s`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const isUnavailable = error instanceof Unavailable || error instanceof RuntimeUnavailable;
      result[isUnavailable ? "missing" : "failed"].push(`${name}: ${reason}`);
      result.env[unavailable] = reason;
      say(`No ${name}: ${reason}`);
    }
  }));
  return {
    ...result,
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(stops.map((stop) => stop()));
    },
  };
}
