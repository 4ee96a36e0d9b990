/** A migration into a target that holds data, to be killed again and again. */
import assert from "node:assert/strict";
import { sqliteHarness } from "../../src/backends/sqlite/harness.ts";
import { storeTarget } from "../../src/operations/open_ends.ts";
import { findUnfinished, resumeMigration } from "../../src/pipeline/resume.ts";
import { findUndoable, rollBack } from "../../src/pipeline/rollback.ts";
import { StateFiles } from "../../src/workfile/history.ts";
import { listWorkFiles } from "../../src/workfile/keep.ts";
import { memory, relationship } from "../fixtures/graph.ts";
import { digestOfGraph, type Graph, readGraph, writeGraph } from "../support/graph.ts";
import type { Harness, HarnessStore } from "../support/harness.ts";
import { endOf, type Moment, runUntil, type Stopped } from "./child.ts";

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
  readonly #from: HarnessStore;
  readonly #to: HarnessStore;
  readonly #harness: Harness;
  readonly #directory = Deno.makeTempDirSync({ prefix: "memorygraph-kill-" });
  readonly #ends: { args: string[]; env: Record<string, string> };
  /** Digests of the target: with nothing migrated, and with everything. */
  readonly digests: { before: string; after: string };
  /** How often the signal came before the program had ended. */
  kills = 0;

  private constructor(
    { source, target }: { source: Harness; target: Harness },
    { from, to }: { from: HarnessStore; to: HarnessStore },
    digests: { before: string; after: string },
  ) {
    this.#from = from;
    this.#to = to;
    this.#harness = target;
    this.digests = digests;
    const ends = [endOf("from", source.backend, from.settings), endOf("to", target.backend, to.settings)];
    this.#ends = {
      args: ends.flatMap(({ args }) => args),
      env: Object.assign({ MEMORYGRAPH_STATE_DIR: this.#directory }, ...ends.map(({ env }) => env)),
    };
  }

  /** Fills a source and a target of their own. */
  static async open(target: Harness, source: Harness = sqliteHarness): Promise<KillBench> {
    const sourceRecords = sourceGraph();
    const targetRecords = targetGraph(sourceRecords);
    const shareServer = source.server !== undefined && source.server === target.server;
    const from = await source.open({ place: 0 });
    await writeGraph(from.store, sourceRecords);
    await from.close();
    const to = await target.open({ place: shareServer ? 1 : 0 });
    await writeGraph(to.store, targetRecords);
    await to.close();
    const isOwn = ({ id }: { id: string }) => id === "own";
    const after = digestOfGraph({
      memories: [...sourceRecords.memories, ...targetRecords.memories.filter(isOwn)],
      relationships: [...sourceRecords.relationships, ...targetRecords.relationships.filter(isOwn)],
    });
    return new KillBench({ source, target }, { from, to }, { before: digestOfGraph(targetRecords), after });
  }

  /** Runs the program, kills it at the moment, if there is one, and throws if it failed by itself. */
  async run(args: readonly string[], moment?: Moment): Promise<Stopped> {
    const ran = await runUntil(args, { env: this.#ends.env, moments: moment ? [moment] : [] });
    if (ran.wasStopped) this.kills++;
    else assert.equal(ran.code, 0, ran.stderr);
    return ran;
  }

  /** Runs a migration that can be undone. */
  async migrate(moment?: Moment, more: readonly string[] = ["--keep-undo"]): Promise<Stopped> {
    const options = ["--on-conflict", "overwrite", "--batch-size", String(BATCH_SIZE), ...more];
    return await this.run(["migrate", ...this.#ends.args, ...options], moment);
  }

  /** The work file's migration, if it has begun to write. */
  get state(): { id: string; isUnfinished: boolean } | undefined {
    const found = listWorkFiles(new StateFiles(this.#directory)).find(({ stage }) =>
      stage === "import" || stage === "done"
    );
    return found && { id: found.id, isUnfinished: found.stage === "import" };
  }

  /** Runs one migration through and undoes it, to learn how long both take. */
  async measure(): Promise<{ migrationMs: number; rollbackMs: number }> {
    const { stdout } = await this.migrate(undefined, ["--keep-undo", "--json"]);
    const start = performance.now();
    await this.#rollBack();
    return { migrationMs: JSON.parse(stdout).seconds * 1000, rollbackMs: performance.now() - start };
  }

  /** Kills a migration, finishes it, and undoes it. */
  async killAndResumeAt(moment: Moment): Promise<void> {
    const at = JSON.stringify(moment);
    await this.migrate(moment);
    if (this.state?.isUnfinished) {
      const context = { stateDirectory: this.#directory };
      const unfinished = findUnfinished(this.#directory, undefined);
      const { verification } = await resumeMigration(unfinished, this.#target(), {}, context);
      assert.equal(verification?.differenceCount, 0);
      assert.equal(await this.#digestOfReleased(), this.digests.after, `resumed after ${at}`);
    }
    await this.#assertRolledBack(`after ${at}`);
  }

  /** Kills a migration and undoes what it wrote. */
  async killAndRollBackAt(moment: Moment): Promise<void> {
    await this.migrate(moment);
    await this.#assertRolledBack(`after ${JSON.stringify(moment)}`);
  }

  /** Runs a migration through, kills its rollback, and starts that again. */
  async killRollbackAt(moment: Moment): Promise<void> {
    await this.migrate();
    await this.run(["rollback", this.state!.id], moment);
    await this.#assertRolledBack(`after a rollback killed at ${JSON.stringify(moment)}`);
  }

  #target() {
    return storeTarget({ backend: this.#harness.backend, settings: this.#to.settings }, {});
  }

  async #rollBack(): Promise<void> {
    const { state } = this;
    if (!state) return;
    const context = { stateDirectory: this.#directory };
    await rollBack(findUndoable(this.#directory, state.id), this.#target(), {}, context);
  }

  /** Undoes what there is to undo. A process killed before it wrote anything leaves its lock to the next one. */
  async #assertRolledBack(when: string): Promise<void> {
    const isWritten = this.state !== undefined;
    await this.#rollBack();
    const digest = isWritten ? await this.#digestOfReleased() : await this.digest();
    assert.equal(digest, this.digests.before, `rolled back ${when}`);
  }

  #namesIn(folder: "locks" | "migrations"): string[] {
    return [...Deno.readDirSync(`${this.#directory}/${folder}`)].map(({ name }) => name);
  }

  /** The target's digest now. */
  async digest(): Promise<string> {
    const graph = await readGraph(await this.#to.reopen("read"));
    await this.#to.close();
    return digestOfGraph(graph);
  }

  /** The same of a target on which no lock and no lease may be left, not that of a killed process either. */
  async #digestOfReleased(): Promise<string> {
    assert.deepEqual(this.#namesIn("locks"), []);
    const store = await this.#to.reopen("read");
    assert.deepEqual(await store.leases?.list() ?? [], []);
    const graph = await readGraph(store);
    await this.#to.close();
    return digestOfGraph(graph);
  }

  /** What killed processes left behind is gone after the next migration that ends by itself. */
  async assertClean(): Promise<void> {
    await this.migrate(undefined, []);
    assert.equal(await this.#digestOfReleased(), this.digests.after);
    assert.deepEqual(this.#namesIn("migrations"), []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#to[Symbol.asyncDispose]();
    await this.#from[Symbol.asyncDispose]();
    await Deno.remove(this.#directory, { recursive: true });
  }
}
