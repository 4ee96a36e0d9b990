import assert from "node:assert/strict";
import { memory, relationship } from "../../tests/fixtures/graph.ts";
import { MemoryStore } from "../../tests/support/memory_store.ts";
import { GraphError } from "../errors.ts";
import type { GraphRecord, RecordKind } from "../model/record.ts";
import type { Batch, EncodedRecord, WriteOptions } from "../store/store.ts";
import { turn } from "../turn.ts";
import { WorkFile } from "../workfile/workfile.ts";
import { load } from "./load.ts";
import { reconcile } from "./reconcile.ts";
import { takeSnapshot } from "./snapshot.ts";

/** A store whose writes wait until the test lets them go on, or fail. */
class WaitingStore extends MemoryStore {
  readonly waiting: { ids: string[]; go: () => void; fail: (error: Error) => void }[] = [];
  most = 0;

  override async write(batch: Batch, options: WriteOptions): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.waiting.push({ ids: batch.items.map(({ id }) => id), go: resolve, fail: reject });
    this.most = Math.max(this.most, this.waiting.length);
    try {
      await promise;
    } finally {
      this.waiting.splice(this.waiting.findIndex(({ go }) => go === resolve), 1);
    }
    await super.write(batch, options);
  }

  /** Until it has been asked for as many writes as it takes, or for no more. */
  async idle(): Promise<void> {
    for (let n = 0; n < 20; n++) await turn();
  }
}

async function snapshot(workFile: WorkFile): Promise<void> {
  const source = new MemoryStore();
  const items = ["a", "b", "c", "d", "e"].map((id) => memory(id));
  await source.write({ kind: "memory", items }, { mode: "fail" });
  await source.write({ kind: "relationship", items: [relationship("r", ["a", "e"])] }, { mode: "fail" });
  await takeSnapshot(source.read(), workFile);
}

function idsIn(workFile: WorkFile, state: "exported" | "intended" | "written"): string[] {
  return [...workFile.refs("memory", 10, { states: [state] })].flat().map(({ ref }) => ref.id);
}

Deno.test("load() has as many writes under way as the store takes, and relationships wait for all memories", async () => {
  using workFile = WorkFile.create();
  await snapshot(workFile);
  const target = new WaitingStore();
  const progress: number[] = [];
  const loading = load(workFile, target, { batchSize: 1, onProgress: (done) => progress.push(done) });
  await target.idle();
  assert.deepEqual(target.waiting.map(({ ids }) => ids), [["a"], ["b"]]);
  // The intents of four batches are noted at once.
  assert.deepEqual(idsIn(workFile, "intended"), ["a", "b", "c", "d"]);
  // The later one first.
  target.waiting[1]!.go();
  await target.idle();
  assert.deepEqual(target.waiting.map(({ ids }) => ids), [["a"], ["c"]]);
  for (const rest of [["a", "c"], ["c", "d"], ["d", "e"], ["e"]]) {
    assert.deepEqual(target.waiting.flatMap(({ ids }) => ids), rest);
    target.waiting[0]!.go();
    await target.idle();
  }
  assert.deepEqual(target.waiting.map(({ ids }) => ids), [["r"]]);
  target.waiting[0]!.go();
  await loading;
  assert.equal(target.most, target.capabilities.overlappingWrites);
  assert.deepEqual(progress, [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(idsIn(workFile, "written"), ["a", "b", "c", "d", "e"]);
});

Deno.test("load() gives a target that prefers few types relationships of one type together", async () => {
  using workFile = WorkFile.create();
  const source = new MemoryStore();
  await source.write({ kind: "memory", items: [memory("a")] }, { mode: "fail" });
  const types = ["SOLVES", "CAUSES", "SOLVES", "CAUSES", "SOLVES"] as const;
  const items = types.map((type, index) => relationship(`r${index}`, ["a", "a"], { type }));
  await source.write({ kind: "relationship", items }, { mode: "fail" });
  await takeSnapshot(source.read(), workFile);
  const written: string[][] = [];
  class Target extends MemoryStore {
    override readonly capabilities = {
      snapshotReads: true,
      uniqueIds: true,
      overlappingWrites: 1,
      prefersFewTypes: true,
    };
    override async write(batch: Batch, options: WriteOptions): Promise<void> {
      await super.write(batch, options);
      written.push(batch.items.map(({ id }) => id));
    }
  }
  await load(workFile, new Target(), { batchSize: 2 });
  assert.deepEqual(written, [["a"], ["r0", "r2"], ["r4", "r1"], ["r3"]]);
  assert.equal(workFile.counts("relationship", { states: ["written"] }), 5);
});

Deno.test("load() begins no write after one failed, and ends when none is under way", async () => {
  using workFile = WorkFile.create();
  await snapshot(workFile);
  const target = new WaitingStore();
  let hasEnded = false;
  const loading = load(workFile, target, { batchSize: 1 });
  const ended = loading.catch((error) => error).finally(() => hasEnded = true);
  await target.idle();
  target.waiting[0]!.fail(new GraphError("STORE_FAILED", "The disk is gone"));
  await target.idle();
  assert.deepEqual([target.waiting.map(({ ids }) => ids), hasEnded], [[["b"]], false]);
  target.waiting[0]!.go();
  assert.equal((await ended).message, "The disk is gone");
  assert.deepEqual(idsIn(workFile, "intended"), ["a"]);
  assert.deepEqual(idsIn(workFile, "written"), ["b"]);
  assert.deepEqual(idsIn(workFile, "exported"), ["c", "d", "e"]);
});

Deno.test("load() that is interrupted waits for what is under way", async () => {
  using workFile = WorkFile.create();
  await snapshot(workFile);
  const target = new WaitingStore();
  const interrupt = new AbortController();
  const loading = load(workFile, target, { batchSize: 1, signal: interrupt.signal });
  const ended = loading.catch((error) => error);
  await target.idle();
  interrupt.abort();
  for (let n = 0; n < 2; n++) {
    target.waiting[0]!.go();
    await target.idle();
  }
  assert.equal((await ended).code, "INTERRUPTED");
  assert.deepEqual(idsIn(workFile, "written"), ["a", "b"]);
  assert.deepEqual(idsIn(workFile, "exported"), ["c", "d", "e"]);
});

Deno.test("load() notes the intents of fewer batches where these are long", async () => {
  using workFile = WorkFile.create();
  const source = new MemoryStore();
  const items = ["a", "b", "c", "d"].map((id) => memory(id, { content: "x".repeat(9_000_000) }));
  await source.write({ kind: "memory", items }, { mode: "fail" });
  await takeSnapshot(source.read(), workFile);
  const target = new WaitingStore();
  const loading = load(workFile, target, { batchSize: 1 });
  await target.idle();
  // Two are under way, and the next one waits for them.
  assert.deepEqual(idsIn(workFile, "intended"), ["a", "b", "c"]);
  while (target.waiting.length > 0) {
    target.waiting[0]!.go();
    await target.idle();
  }
  await loading;
  assert.deepEqual(idsIn(workFile, "written"), ["a", "b", "c", "d"]);
});

Deno.test("load() that finds a memory lost says so, and after a reconciliation writes it again", async () => {
  using workFile = WorkFile.create();
  await snapshot(workFile);
  class Losing extends MemoryStore {
    #hasLost = false;
    override async write(batch: Batch, options: WriteOptions): Promise<void> {
      if (batch.kind === "relationship" && !this.#hasLost) {
        this.#hasLost = true;
        await this.deleteMemories(["e"]);
      }
      await super.write(batch, options);
    }
  }
  const target = new Losing();
  await assert.rejects(load(workFile, target, { batchSize: 10 }), (error: GraphError) => {
    assert.equal(error.code, "TRANSIENT");
    assert.match(error.message, /no longer holds memory "e", which a relationship names/);
    return true;
  });
  await reconcile(workFile, target, { batchSize: 10, onConflict: "fail" });
  await load(workFile, target, { batchSize: 10 });
  const { memories, relationships } = await target.count();
  assert.deepEqual([memories, relationships], [5, 1]);
});

/** A store that takes records which were encoded, until it is told to fail once. */
class EncodingStore extends MemoryStore {
  readonly calls: string[] = [];
  failure: GraphError | undefined;

  async writeEncoded(kind: RecordKind, records: readonly EncodedRecord[]): Promise<void> {
    this.calls.push(`encoded ${records.map(({ id }) => id)}`);
    const { failure } = this;
    this.failure = undefined;
    if (failure) throw failure;
    const items = records.map(({ row }) => JSON.parse(new TextDecoder().decode(row)));
    await super.write({ kind, items } as Batch, { mode: "fail" });
  }

  override async write(batch: Batch, options: WriteOptions): Promise<void> {
    this.calls.push(`${batch.kind} ${batch.items.map(({ id }) => id)}`);
    await super.write(batch, options);
  }
}

async function encodedSnapshot(workFile: WorkFile): Promise<void> {
  const source = new MemoryStore();
  const items = ["a", "b", "c"].map((id) => memory(id));
  await source.write({ kind: "memory", items }, { mode: "fail" });
  await source.write({ kind: "relationship", items: [relationship("r", ["a", "c"])] }, { mode: "fail" });
  const encode = (kind: RecordKind, record: GraphRecord) => ({
    id: record.id,
    statement: `CREATE ${kind}`,
    names: [],
    row: new TextEncoder().encode(JSON.stringify(record)),
  });
  await takeSnapshot(source.read(), workFile, { encode });
}

Deno.test("load() writes records as they were encoded when the snapshot was taken", async () => {
  using workFile = WorkFile.create();
  await encodedSnapshot(workFile);
  const target = new EncodingStore();
  await load(workFile, target, { batchSize: 2 });
  assert.deepEqual(target.calls, ["encoded a,b", "encoded c", "encoded r"]);
  const { memories, relationships } = await target.count();
  assert.deepEqual([memories, relationships], [3, 1]);
  assert.equal(workFile.counts("memory", { states: ["written"] }), 3);
});

Deno.test("load() leaves what an encoded batch is refused for, and names it", async () => {
  using workFile = WorkFile.create();
  await encodedSnapshot(workFile);
  const target = new EncodingStore();
  await target.write({ kind: "memory", items: [memory("c", { title: "Not ours" })] }, { mode: "fail" });
  await assert.rejects(load(workFile, target, { batchSize: 2 }), {
    code: "CONFLICT",
    details: { ids: ["c"] },
  });
  assert.deepEqual(target.calls.slice(1), ["encoded a,b", "encoded c", "memory c"]);
  // So that undoing does not take it for ours.
  assert.deepEqual(idsIn(workFile, "exported"), ["c"]);
});

Deno.test("load() looks what arrived of an encoded batch whose answer was lost, and writes the rest", async () => {
  using workFile = WorkFile.create();
  await encodedSnapshot(workFile);
  const target = new EncodingStore();
  await target.write({ kind: "memory", items: [memory("a")] }, { mode: "fail" });
  target.failure = new GraphError("TRANSIENT", "The connection broke");
  await load(workFile, target, { batchSize: 3 });
  assert.deepEqual(target.calls, ["memory a", "encoded a,b,c", "memory b,c", "encoded r"]);
});

Deno.test("load() writes the records themselves where the target takes no encoded ones", async () => {
  using workFile = WorkFile.create();
  await encodedSnapshot(workFile);
  const target = new MemoryStore();
  await load(workFile, target, { batchSize: 2 });
  assert.equal((await target.count()).memories, 3);
});
