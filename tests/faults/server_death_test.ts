/** The target's server killed in the middle of an import, and what is there when it is back. */
import assert from "node:assert/strict";
import { falkorDbEngine, type Server, startFalkorDb, startNeo4j } from "../../scripts/servers/mod.ts";
import type { Backend } from "../../src/backends/backend.ts";
import { falkordb } from "../../src/backends/falkordb/mod.ts";
import { falkordblite } from "../../src/backends/falkordblite/mod.ts";
import { neo4j } from "../../src/backends/neo4j/mod.ts";
import { asGraphError } from "../../src/errors.ts";
import { storeSource, storeTarget } from "../../src/operations/open_ends.ts";
import { runMigration } from "../../src/pipeline/migration.ts";
import { findUnfinished, resumeMigration } from "../../src/pipeline/resume.ts";
import { findUndoable, rollBack } from "../../src/pipeline/rollback.ts";
import { sqlite } from "../../src/backends/sqlite/mod.ts";
import { memory } from "../fixtures/graph.ts";
import { digestOfGraph, readGraph, writeGraph } from "../support/graph.ts";
import { registerUnavailable } from "../support/harnesses.ts";
import type { Settings } from "../support/harness.ts";
import { ioredisTimers } from "../support/servers.ts";

const path = new URL("../fixtures/upstream/python/up_250.db", import.meta.url).pathname;

interface Case {
  name: string;
  backend: Backend;
  /** Variables by which a run of all tests says whether the server can be had. */
  variables: readonly string[];
  /** Whether what the server had acknowledged is there again afterwards. */
  keeps: boolean;
  start(): Promise<
    { settings: Settings; kill(): Promise<void>; restart(): Promise<void>; stop(): Promise<void> }
  >;
}

const CASES: Case[] = [
  {
    name: "FalkorDB that syncs every write",
    backend: falkordb,
    variables: ["MEMORYGRAPH_TEST_FALKORDB_URI"],
    keeps: true,
    start: async () => asCase(await startFalkorDb({ persistence: "aof" }), "default"),
  },
  {
    name: "FalkorDB that keeps nothing",
    backend: falkordb,
    variables: ["MEMORYGRAPH_TEST_FALKORDB_URI"],
    keeps: false,
    start: async () => asCase(await startFalkorDb(), "default"),
  },
  {
    name: "Neo4j",
    backend: neo4j,
    variables: ["MEMORYGRAPH_TEST_NEO4J_URI"],
    keeps: true,
    start: async () => asCase(await startNeo4j({ isShortLived: true }), "neo4j"),
  },
  {
    name: "FalkorDBLite's engine",
    backend: falkordblite,
    variables: ["MEMORYGRAPH_REDIS_SERVER"],
    keeps: true,
    start: startLite,
  },
];

for (const entry of CASES) {
  const name = `${entry.name} killed during an import`;
  if (!entry.variables.some((variable) => Deno.env.get(variable))) {
    registerUnavailable(name, `${entry.variables[0]} is not set`);
    continue;
  }
  Deno.test(`${name}: resume finishes, rollback undoes`, async () => {
    const server = await entry.start();
    const stateDirectory = await Deno.makeTempDir({ prefix: "memorygraph-death-" });
    const ends = { settings: server.settings, backend: entry.backend };
    const open = (mode: "create" | "read") => entry.backend.open(server.settings, { mode });
    const digest = async () => {
      await using store = await open("read");
      return digestOfGraph(await readGraph(store));
    };
    try {
      const own = { memories: entry.keeps ? [memory("own")] : [], relationships: [] };
      if (entry.keeps) {
        await using store = await open("create");
        await writeGraph(store, own);
      }
      for (const way of ["resume", "rollback"] as const) {
        const error = await breakOff(ends, { stateDirectory, kill: () => server.kill() });
        assert.match(error.message, /migrate --resume/);
        await server.restart();
        const target = storeTarget(ends, {});
        if (way === "resume") {
          const unfinished = findUnfinished(stateDirectory, undefined);
          const result = await resumeMigration(unfinished, target, {}, { stateDirectory });
          assert.equal(result.verification?.checked, 750);
          await using source = await sqlite.open({ path }, { mode: "read" });
          const graph = await readGraph(source);
          assert.equal(
            await digest(),
            digestOfGraph({ ...graph, memories: [...graph.memories, ...own.memories] }),
          );
          await rollBackLast(target, stateDirectory);
        } else await rollBackLast(target, stateDirectory);
        if (entry.keeps) assert.equal(await digest(), digestOfGraph(own));
      }
    } finally {
      await server.stop();
      await ioredisTimers();
      await Deno.remove(stateDirectory, { recursive: true });
    }
  });
}

/** Migrates, and kills the server once part of it has been written. */
async function breakOff(
  ends: { backend: Backend; settings: Settings },
  { stateDirectory, kill }: { stateDirectory: string; kill: () => Promise<void> },
) {
  let killed: Promise<void> | undefined;
  try {
    await runMigration(
      storeSource({ backend: sqlite, settings: { path } }, {}),
      storeTarget(ends, {}),
      // Undoing would only wait for the dead server.
      { batchSize: 10, keepUndo: true, rollbackOnFailure: false },
      {
        stateDirectory,
        progress: ({ phase, done }) => {
          if (phase === "import" && done >= 300) killed ??= kill();
        },
      },
    );
    throw new Error("the migration succeeded without its server");
  } catch (error) {
    await killed;
    return asGraphError(error);
  }
}

async function rollBackLast(target: Parameters<typeof rollBack>[1], stateDirectory: string): Promise<void> {
  const [file] = [...Deno.readDirSync(`${stateDirectory}/migrations`)].filter(({ name }) =>
    name.endsWith(".db")
  );
  const undoable = findUndoable(stateDirectory, file!.name.slice(0, -3));
  await rollBack(undoable, target, {}, { stateDirectory });
}

function asCase(server: Server, user: string) {
  const settings = { uri: server.uri, user, password: server.password };
  const { kill, restart, stop } = server;
  return { settings, kill, restart, stop };
}

/** A file whose engine is a child of this process: it is found by that, and starts again by itself. */
async function startLite() {
  const folder = await Deno.makeTempDir({ prefix: "memorygraph-lite-" });
  const { redisServer, module } = await falkorDbEngine();
  return {
    settings: { path: `${folder}/graph.db`, redisServer, module } as Settings,
    async kill() {
      for (const pid of await descendants()) Deno.kill(pid, "SIGKILL");
    },
    restart: () => Promise.resolve(),
    stop: () => Deno.remove(folder, { recursive: true }),
  };
}

/** The engines that this process has started, directly or through a shell. */
async function descendants(): Promise<number[]> {
  const { stdout } = await new Deno.Command("ps", { args: ["-A", "-o", "pid=,ppid=,args="] }).output();
  const processes = new TextDecoder().decode(stdout).trim().split("\n").map((line) => {
    const [pid, parent, ...args] = line.trim().split(/\s+/);
    return { pid: Number(pid), parent: Number(parent), args: args.join(" ") };
  });
  const family = new Set([Deno.pid]);
  for (let size = 0; size !== family.size;) {
    size = family.size;
    for (const { pid, parent } of processes) if (family.has(parent)) family.add(pid);
  }
  return processes.filter(({ pid, args }) => family.has(pid) && /redis-server unixsocket:/.test(args))
    .map(({ pid }) => pid);
}
