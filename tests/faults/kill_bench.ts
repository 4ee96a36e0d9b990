/** A migration into a target that holds data, to be killed again and again. */
import assert from "node:assert/strict";
import { storeSource, storeTarget } from "../../src/operations/open_ends.ts";
import { findUnfinished, resumeMigration } from "../../src/pipeline/resume.ts";
import { findUndoable, rollBack } from "../../src/pipeline/rollback.ts";
import { StateFiles } from "../../src/workfile/history.ts";
import { sqlite } from "../../src/backends/sqlite/mod.ts";
import { memory, relationship } from "../fixtures/graph.ts";
import { digestOfGraph, type Graph, readGraph, writeGraph } from "../support/graph.ts";
import type { Harness, HarnessStore } from "../support/harness.ts";
import { endOf, type Moment, runUntil } from "./child.ts";

// Small, since every moment takes two migrations; the batches are smaller still, so that there are many.
const MEMORIES = 40;
const BATCH_SIZE = 5;
/** What is migrated: each memory has two relationships. */
function sourceGraph(): Graph {
  const id = (index: number) => `memory ${index % MEMORIES}`;
  const indexes = Array.from({ length: MEMORIES }, (_, index) => index);
  return {
    memories: indexes.map((index) => memory(id(index), { tags: [`tag ${index}`], content: "x".repeat(500) })),
    relationships: indexes.flatMap((index) => [
      relationship(`next ${index}`, [id(index), id(index + 1)], { type: "FOLLOWS" }),
      relationship(`far ${index}`, [id(index), id(index * 7 + 3)], { strength: index / MEMORIES }),
    ]),
  };
}

/** A graph in the target: one memory and one relationship are replaced, one of each is the same. */
function targetGraph(source: Graph): Graph {
  const [first, second] = source.memories as [Graph["memories"][0], Graph["memories"][0]];
  const [link, same] = source.relationships as [Graph["relationships"][0], Graph["relationships"][0]];
  const ends = [same.fromId, same.toId].map((id) => source.memories.find((item) => item.id === id)!);
  const memories = new Map(
    [memory("own"), ...ends, second, { ...first, title: "Theirs" }].map((m) => [m.id, m]),
  );
  return {
    memories: [...memories.values()],
    relationships: [
      relationship("own", ["own", first.id]),
      same,
      { ...link, fromId: "own", toId: first.id, description: "theirs" },
    ],
  };
}

/** A target that a killed migration must leave whole, one way or the other. */
export class KillBench implements AsyncDisposable {
  readonly #opened: HarnessStore;
  readonly #harness: Harness;
  readonly #directory: string;
  readonly #source: string;
  readonly #digests: { before: string; after: string };
  /** How often the signal came before the program had ended. */
  kills = 0;

  private constructor(
    directory: string,
    harness: Harness,
    opened: HarnessStore,
    digests: { before: string; after: string },
  ) {
    this.#directory = directory;
    this.#source = `${directory}/source.db`;
    this.#harness = harness;
    this.#opened = opened;
    this.#digests = digests;
  }

  static async open(harness: Harness): Promise<KillBench> {
    const directory = await Deno.makeTempDir({ prefix: "memorygraph-kill-" });
    const source = sourceGraph();
    await using store = await sqlite.open({ path: `${directory}/source.db` }, { mode: "create" });
    await writeGraph(store, source);
    const target = targetGraph(source);
    const opened = await harness.open();
    await writeGraph(opened.store, target);
    await opened.close();
    const own = {
      memories: target.memories.filter(({ id }) => id === "own"),
      relationships: target.relationships.filter(({ id }) => id === "own"),
    };
    const after = digestOfGraph({
      memories: [...source.memories, ...own.memories],
      relationships: [...source.relationships, ...own.relationships],
    });
    return new KillBench(directory, harness, opened, { before: digestOfGraph(target), after });
  }

  #command(): { args: string[]; env: Record<string, string> } {
    const from = endOf("from", sqlite, { path: this.#source });
    const to = endOf("to", this.#harness.backend, this.#opened.settings);
    const options = ["--on-conflict", "overwrite", "--keep-undo", "--batch-size", String(BATCH_SIZE)];
    return {
      args: ["migrate", ...from.args, ...to.args, ...options],
      env: { ...from.env, ...to.env, MEMORYGRAPH_STATE_DIR: this.#directory },
    };
  }

  /** Runs one migration through and undoes it, to learn how long both take. */
  async measure(): Promise<{ migrationMs: number; rollbackMs: number }> {
    const { args, env } = this.#command();
    const { code, stderr, stdout } = await runUntil([...args, "--json"], { env, moments: [] });
    assert.equal(code, 0, stderr);
    const start = performance.now();
    await this.#rollBack();
    return { migrationMs: JSON.parse(stdout).seconds * 1000, rollbackMs: performance.now() - start };
  }

  /** Kills a migration, finishes it, and undoes it. */
  async killAndResumeAt(moment: Moment): Promise<void> {
    const at = JSON.stringify(moment);
    await this.#kill(moment);
    if (this.#unfinished()) {
      await this.#resume();
      assert.equal(await this.#digest(), this.#digests.after, `resumed after ${at}`);
    }
    await this.#rollBack();
    assert.equal(await this.#digest(), this.#digests.before, `rolled back after ${at}`);
  }

  /** Kills a migration and undoes what it wrote. */
  async killAndRollBackAt(moment: Moment): Promise<void> {
    await this.#kill(moment);
    await this.#rollBack();
    assert.equal(await this.#digest(), this.#digests.before, `rolled back after ${JSON.stringify(moment)}`);
  }

  /** Runs a migration through, kills its rollback, and starts that again. */
  async killRollbackAt(moment: Moment): Promise<void> {
    const { args, env } = this.#command();
    const migrated = await runUntil(args, { env, moments: [] });
    assert.equal(migrated.code, 0, migrated.stderr);
    const [id] = new StateFiles(this.#directory).workFiles();
    const undone = await runUntil(["rollback", id!], { env, moments: [moment] });
    if (undone.wasStopped) this.kills++;
    else assert.equal(undone.code, 0, undone.stderr);
    await this.#rollBack();
    assert.equal(await this.#digest(), this.#digests.before, `rollback killed at ${JSON.stringify(moment)}`);
  }

  async #kill(moment: Moment): Promise<void> {
    const { args, env } = this.#command();
    const { wasStopped, code, stderr } = await runUntil(args, { env, moments: [moment] });
    if (wasStopped) this.kills++;
    else assert.equal(code, 0, stderr);
  }

  #context() {
    return { stateDirectory: this.#directory };
  }

  #target() {
    return storeTarget({ backend: this.#harness.backend, settings: this.#opened.settings }, {});
  }

  #unfinished(): boolean {
    try {
      return findUnfinished(this.#directory, undefined) !== undefined;
    } catch {
      return false;
    }
  }

  async #resume(): Promise<void> {
    const unfinished = findUnfinished(this.#directory, undefined);
    const { verification } = await resumeMigration(unfinished, this.#target(), {}, this.#context());
    assert.equal(verification?.differenceCount, 0);
  }

  /** Undoes whatever can be undone: a migration that wrote nothing has only a work file to clean up. */
  async #rollBack(): Promise<void> {
    for (const id of new StateFiles(this.#directory).workFiles()) {
      try {
        await rollBack(findUndoable(this.#directory, id), this.#target(), {}, this.#context());
      } catch (error) {
        if (!/broke off before it wrote|was rolled back already/.test(String(error))) throw error;
      }
    }
  }

  async #digest(): Promise<string> {
    await using source = await storeSource(
      { backend: this.#harness.backend, settings: this.#opened.settings },
      {},
    ).open();
    return digestOfGraph(await readGraph(source as HarnessStore["store"]));
  }

  /** What killed processes left behind is gone after the next migration that ends by itself. */
  async assertClean(): Promise<void> {
    const { args, env } = this.#command();
    const { code, stderr } = await runUntil(args.filter((arg) => arg !== "--keep-undo"), {
      env,
      moments: [],
    });
    assert.equal(code, 0, stderr);
    assert.equal(await this.#digest(), this.#digests.after);
    for (const folder of ["locks", "migrations"]) {
      assert.deepEqual([...Deno.readDirSync(`${this.#directory}/${folder}`)].map(({ name }) => name), []);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened[Symbol.asyncDispose]();
    await Deno.remove(this.#directory, { recursive: true });
  }
}
