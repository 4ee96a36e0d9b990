/**
 * A small migration that can be broken at any record: into a target that already holds records, of which one is
 * replaced, one is the same and the others have nothing to do with it.
 */
import type { Backend } from "../../src/backends/backend.ts";
import { GraphError } from "../../src/errors.ts";
import { runMigration } from "../../src/pipeline/migration.ts";
import type {
  MigrationContext,
  MigrationOptions,
  MigrationSource,
  MigrationTarget,
} from "../../src/pipeline/migration_types.ts";
import { findUnfinished, resumeMigration } from "../../src/pipeline/resume.ts";
import { findUndoable, rollBack, type RollbackOptions } from "../../src/pipeline/rollback.ts";
import type { GraphStore } from "../../src/store/store.ts";
import { StateFiles } from "../../src/workfile/history.ts";
import { memory, relationship } from "../fixtures/graph.ts";
import { type Faults, FaultyStore } from "../support/faulty_store.ts";
import { digestOfGraph, type Graph, readGraph, writeGraph } from "../support/graph.ts";
import type { Harness, Settings } from "../support/harness.ts";
import { MemoryDatabase, MemoryStore } from "../support/memory_store.ts";

const shared = memory("shared");
const loop = relationship("same", ["shared", "shared"]);

/** What is migrated. */
const SOURCE_GRAPH: Graph = {
  memories: [memory("new 1"), shared, memory("replaced", { title: "From the source" }), memory("new 2")],
  relationships: [
    relationship("new a", ["new 1", "new 2"]),
    loop,
    relationship("replaced", ["new 2", "replaced"], { type: "CAUSES", strength: 0.25 }),
    relationship("new b", ["replaced", "new 1"], { description: "b" }),
  ],
};

/** What the target holds before. */
export const TARGET_GRAPH: Graph = {
  memories: [memory("own"), shared, memory("replaced", { tags: ["theirs"] })],
  relationships: [
    relationship("own", ["own", "replaced"]),
    loop,
    relationship("replaced", ["own", "replaced"], { context: "theirs" }),
  ],
};

/** What the target must hold after a migration that overwrites. */
export const MERGED: string = digestOfGraph({
  memories: [...SOURCE_GRAPH.memories, memory("own")],
  relationships: [...SOURCE_GRAPH.relationships, relationship("own", ["own", "replaced"])],
});
/** What it must hold after one that mirrors. */
export const MIRRORED: string = digestOfGraph(SOURCE_GRAPH);
/** What it must hold when the migration was undone. */
export const BEFORE: string = digestOfGraph(TARGET_GRAPH);

/** Records that a migration writes and the calls that a fault can hit, for loops over all of them. */
export const WRITTEN_RECORDS = 6;

/** A migration's two ends and its state directory, to be broken and repaired. */
export class Bench implements AsyncDisposable {
  readonly directory = Deno.makeTempDirSync({ prefix: "memorygraph-faults-" });
  readonly #backend: Backend;
  readonly #settings: Settings;
  /** Faults of the stores that are opened from now on. */
  faults: Faults = {};

  constructor(backend: Backend, settings: Settings) {
    this.#backend = backend;
    this.#settings = settings;
  }

  get context(): MigrationContext {
    return { stateDirectory: this.directory };
  }

  get files(): StateFiles {
    return new StateFiles(this.directory);
  }

  source(): MigrationSource {
    const database = new MemoryDatabase();
    for (const item of SOURCE_GRAPH.memories) database.memories.set(item.id, item);
    for (const item of SOURCE_GRAPH.relationships) database.relationships.set(item.id, item);
    const store = new MemoryStore(database, { name: "source", mode: "read" });
    return {
      location: store.location,
      open: () => Promise.resolve(new FaultyStore(store, this.sourceFaults)),
    };
  }

  sourceFaults: Faults = {};
  /** Another way to the target, in place of the faulty store. */
  through: MigrationTarget | undefined;

  target(): MigrationTarget {
    if (this.through) return this.through;
    const [backend, settings] = [this.#backend, this.#settings];
    return {
      location: backend.locate(settings),
      open: async (mode) => new FaultyStore(await backend.open(settings, { mode }), this.faults),
      checkWritable: () => backend.checkWritable(settings),
      discard: () => backend.discard(settings),
    };
  }

  /** Fills the target with what it holds before. */
  async fill(graph: Graph = TARGET_GRAPH): Promise<void> {
    await using store = await this.open("create");
    await writeGraph(store, graph);
  }

  async open(mode: "create" | "read" | "write"): Promise<GraphStore> {
    return await this.#backend.open(this.#settings, { mode });
  }

  async digest(): Promise<string> {
    await using store = await this.open("read");
    return digestOfGraph(await readGraph(store));
  }

  migrate(options: MigrationOptions = {}) {
    return runMigration(
      this.source(),
      this.target(),
      { batchSize: 2, onConflict: "overwrite", ...options },
      this.context,
    );
  }

  resume(onConflict: "fail" | "skip" | "overwrite" = "fail") {
    return resumeMigration(
      findUnfinished(this.directory, undefined),
      this.target(),
      { onConflict },
      this.context,
    );
  }

  rollBack(options: RollbackOptions = {}, id = this.files.workFiles()[0]!) {
    return rollBack(findUndoable(this.directory, id), this.target(), options, this.context);
  }

  /** Names of files that a migration must not leave behind. */
  leftovers(): string[] {
    return ["locks", "migrations"].flatMap((folder) => {
      try {
        return [...Deno.readDirSync(`${this.directory}/${folder}`)].map(({ name }) => name);
      } catch {
        return [];
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.directory, { recursive: true });
  }
}

/** Runs `body` on a bench whose target is filled, over a database of a harness. */
export async function withBench(harness: Harness, body: (bench: Bench) => Promise<void>): Promise<void> {
  await using opened = await harness.open();
  await opened.close();
  await using bench = new Bench(harness.backend, opened.settings);
  await bench.fill();
  await body(bench);
}

/** The error of an action, which must be a GraphError. */
export async function errorOf(action: () => Promise<unknown>): Promise<GraphError | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    if (error instanceof GraphError) return error;
    throw error;
  }
}

/** An error that no retry follows. */
export function refused(): GraphError {
  return new GraphError("STORE_FAILED", "The fault of this test");
}
