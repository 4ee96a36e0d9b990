import assert from "node:assert/strict";
import { memory, relationship } from "../../tests/fixtures/graph.ts";
import { MemoryStore } from "../../tests/support/memory_store.ts";
import type { Batch, ReadOptions } from "../store/store.ts";
import { WorkFile } from "../workfile/workfile.ts";
import { takeSnapshot } from "./snapshot.ts";
import { findStrays, verify } from "./verify.ts";

/** A store that reads out records of the same id twice, as a graph database can hold them, and looks up one. */
class StoreWithStrays extends MemoryStore {
  strays: Batch[] = [];

  override async *read(options?: ReadOptions): AsyncIterable<Batch> {
    yield* super.read(options);
    yield* this.strays;
  }
}

Deno.test("a second record of a migrated id, which no lookup meets, is a stray", async () => {
  using workFile = WorkFile.create();
  const target = new StoreWithStrays();
  const [a, b, own] = [memory("a"), memory("b"), memory("own")];
  const link = relationship("link", ["a", "b"]);
  await target.write({ kind: "memory", items: [a, b, own] }, { mode: "fail" });
  await target.write({ kind: "relationship", items: [link] }, { mode: "fail" });
  const source = new MemoryStore();
  await source.write({ kind: "memory", items: [a, b] }, { mode: "fail" });
  await source.write({ kind: "relationship", items: [link] }, { mode: "fail" });
  await takeSnapshot(source.read(), workFile);

  const options = { batchSize: 2 };
  assert.deepEqual(await findStrays(workFile, target, options), {
    checked: 4,
    differenceCount: 0,
    differences: [],
  });
  target.strays = [
    { kind: "memory", items: [memory("own", { title: "not migrated, so not ours to judge" })] },
    { kind: "relationship", items: [relationship("link", ["b", "a"]), link] },
  ];
  assert.equal((await verify(workFile, target, options)).differenceCount, 0);
  assert.deepEqual(await findStrays(workFile, target, options), {
    checked: 7,
    differenceCount: 2,
    differences: [
      { kind: "relationship", id: "link", type: "extra" },
      { kind: "relationship", id: "link", type: "extra" },
    ],
  });
});

/** A store that reads out each batch backwards, as a database in an order of its own, and counts lookups. */
class BackwardStore extends MemoryStore {
  lookups = 0;

  override async *read(options?: ReadOptions): AsyncIterable<Batch> {
    for await (const batch of super.read(options)) {
      yield { ...batch, items: batch.items.toReversed() } as Batch;
    }
  }

  override readMemories(ids: readonly string[]) {
    this.lookups++;
    return super.readMemories(ids);
  }
}

Deno.test("a target with an order of its own is verified in one pass, and by id only when it differs", async () => {
  using workFile = WorkFile.create();
  const target = new BackwardStore();
  const [a, b, c] = [memory("a"), memory("b"), memory("c")];
  const source = new MemoryStore();
  for (const store of [source, target]) {
    await store.write({ kind: "memory", items: [a, b, c] }, { mode: "fail" });
  }
  await takeSnapshot(source.read(), workFile);

  const options = { batchSize: 3 };
  assert.deepEqual(await verify(workFile, target, options), {
    checked: 3,
    differenceCount: 0,
    differences: [],
  });
  assert.equal(target.lookups, 0);
  await target.write({ kind: "memory", items: [{ ...c, title: "another" }] }, { mode: "overwrite" });
  assert.deepEqual(await verify(workFile, target, options), {
    checked: 3,
    differenceCount: 1,
    differences: [{ kind: "memory", id: "c", type: "changed", fields: ["title"] }],
  });
});
