/** Records that someone changes in the target between a migration and its resume or rollback. */
import assert from "node:assert/strict";
import type { GraphStore } from "../../src/store/store.ts";
import { memory, relationship } from "../fixtures/graph.ts";
import { readGraph } from "../support/graph.ts";
import { registerUnavailable, selectHarnesses } from "../support/harnesses.ts";
import { memoryHarness } from "../support/memory_harness.ts";
import { BEFORE, Bench, errorOf, MERGED, refused, withBench } from "./bench.ts";

/** What someone does to a migrated target, and the record that has to be named for it. */
const CHANGES: { what: string; named: string; change: (store: GraphStore) => Promise<void> }[] = [
  {
    what: "a created memory changed",
    named: "new 1",
    change: (store) =>
      store.write({ kind: "memory", items: [memory("new 1", { title: "Theirs" })] }, OVERWRITE),
  },
  {
    what: "a replaced memory changed",
    named: "replaced",
    change: (store) =>
      store.write({ kind: "memory", items: [memory("replaced", { usageCount: 9 })] }, OVERWRITE),
  },
  {
    what: "a relationship added to a created memory",
    named: "hung on",
    change: (store) =>
      store.write({ kind: "relationship", items: [relationship("hung on", ["own", "new 2"])] }, OVERWRITE),
  },
];
const OVERWRITE = { mode: "overwrite" } as const;

for (const harness of [memoryHarness, ...selectHarnesses()]) {
  if (harness.unavailable) {
    registerUnavailable(`changes in ${harness.name}`, harness.unavailable);
    continue;
  }
  for (const { what, named, change } of CHANGES) {
    Deno.test(`${harness.name}: rollback refuses and names ${what}; --force takes it back`, async () => {
      await withBench(harness, async (bench) => {
        await bench.migrate({ keepUndo: true });
        await edit(bench, change);
        const changed = await bench.digest();
        const error = await errorOf(() => bench.rollBack());
        assert.deepEqual([error?.code, error?.exitCode], ["CONFLICT", 7]);
        assert(error!.message.includes(`"${named}"`), error!.message);
        assert.equal(await bench.digest(), changed);
        await bench.rollBack({ force: true });
        assert.equal(await bench.digest(), BEFORE);
      });
    });
  }
}

Deno.test("rollback of a mirror refuses and names a relationship added to a created memory", async () => {
  await withBench(memoryHarness, async (bench) => {
    // As many relationships as it deleted are added: their number is what the migration accounts for.
    const { plan } = await bench.migrate({ keepUndo: true, mirror: { maxDeletePercent: 100 } });
    assert.equal(plan.delete.relationships, 1);
    const hung = relationship("hung on", ["new 1", "new 2"]);
    await edit(bench, (store) => store.write({ kind: "relationship", items: [hung] }, OVERWRITE));
    const changed = await bench.digest();
    const error = await errorOf(() => bench.rollBack());
    assert.equal(error?.code, "CONFLICT");
    assert(error!.message.includes('"hung on"'), error!.message);
    assert.equal(await bench.digest(), changed);
    await bench.rollBack({ force: true });
    assert.equal(await bench.digest(), BEFORE);
  });
});

Deno.test("resume refuses and names a record that was changed since, and goes on as it is told", async () => {
  for (const policy of ["skip", "overwrite"] as const) {
    await withBench(memoryHarness, async (bench) => {
      // Broken off after the first two batches.
      bench.faults = { write: { at: 5, error: refused } };
      await errorOf(() => bench.migrate({ rollbackOnFailure: false, keepUndo: true }));
      bench.faults = {};
      await edit(bench, CHANGES[0]!.change);
      const before = await bench.digest();
      const error = await errorOf(() => bench.resume());
      assert.equal(error?.code, "CONFLICT");
      assert.match(error!.message, /"new 1"[\s\S]*migrate --resume/);
      assert.equal(await bench.digest(), before);
      await bench.resume(policy);
      if (policy === "overwrite") assert.equal(await bench.digest(), MERGED);
      else {
        await using store = await bench.open("read");
        assert.equal((await store.readMemories(["new 1"]))[0]!.title, "Theirs");
      }
    });
  }
});

Deno.test("a record that appeared before its batch was written is not ours: undoing leaves it", async () => {
  await withBench(memoryHarness, async (bench) => {
    bench.faults = { write: { at: 3, error: refused } };
    await errorOf(() => bench.migrate({ rollbackOnFailure: false }));
    bench.faults = {};
    // The same record as the source's, put there by someone else while the migration lay broken.
    await edit(
      bench,
      (store) =>
        store.write({ kind: "relationship", items: [relationship("new a", ["own", "own"])] }, OVERWRITE),
    );
    await bench.rollBack();
    await using store = await bench.open("read");
    const { relationships } = await readGraph(store);
    assert(relationships.some(({ id }) => id === "new a"));
  });
});

Deno.test("an earlier migration is not rolled back under a later one", async () => {
  await withBench(memoryHarness, async (bench) => {
    const first = await bench.migrate({ keepUndo: true });
    await edit(bench, CHANGES[0]!.change);
    await new Promise((resume) => setTimeout(resume, 5));
    const second = await bench.migrate({ keepUndo: true });
    assert.deepEqual(second.written, { memories: 1, relationships: 0 });
    const error = await errorOf(() => bench.rollBack({}, first.id));
    assert.equal(error?.code, "CONFLICT");
    assert(error!.message.includes(second.id));
    await bench.rollBack({}, second.id);
    await bench.rollBack({ force: true }, first.id);
    assert.equal(await bench.digest(), BEFORE);
  });
});

Deno.test("a later migration that wrote nothing is in no rollback's way, and none is offered that cannot be", async () => {
  await withBench(memoryHarness, async (bench) => {
    const first = await bench.migrate({ keepUndo: true });
    await new Promise((resume) => setTimeout(resume, 5));
    assert.deepEqual((await bench.migrate()).written, { memories: 0, relationships: 0 });
    await bench.rollBack({}, first.id);
    assert.equal(await bench.digest(), BEFORE);

    const { id } = await bench.migrate({ keepUndo: true });
    await edit(bench, CHANGES[0]!.change);
    await new Promise((resume) => setTimeout(resume, 5));
    await bench.migrate();
    const error = await errorOf(() => bench.rollBack({}, id));
    assert.match(error!.message, /cannot be rolled back any more; --force/);
  });
});

Deno.test("a migration whose rollback was killed at its very end is over", async () => {
  await withBench(memoryHarness, async (bench) => {
    bench.faults = { write: { at: 5, error: refused } };
    await errorOf(() => bench.migrate({ rollbackOnFailure: false }));
    bench.faults = {};
    const [id] = bench.files.workFiles();
    const path = bench.files.workFile(id!);
    await Deno.copyFile(path, `${path}.kept`);
    await bench.rollBack();
    // What is left when the work file does not say yet what the summary says.
    await Deno.rename(`${path}.kept`, path);
    assert.equal((await errorOf(() => bench.resume()))?.code, "NOT_FOUND");
    const error = await errorOf(() => bench.rollBack({}, id));
    assert.match(error!.message, /was rolled back already/);
    assert.deepEqual((await bench.migrate()).notes, []);
    assert.deepEqual(bench.leftovers(), []);
  });
});

async function edit(bench: Bench, change: (store: GraphStore) => Promise<void>): Promise<void> {
  await using store = await bench.open("write");
  await change(store);
}
