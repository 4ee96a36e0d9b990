import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { memory, relationship } from "../../tests/fixtures/graph.ts";
import { type GraphRecord, hashRecord } from "../model/record.ts";
import { Ledger } from "./ledger.ts";
import { StateFiles } from "./history.ts";
import { sweep } from "./keep.ts";
import type { WorkItem } from "./work_record.ts";
import { WorkFile } from "./workfile.ts";

const newRecord = (record: GraphRecord) => ({ record, hash: "00".repeat(32) });
const idsOf = (workFile: WorkFile, batchSize: number) =>
  [...workFile.batches("memory", batchSize)].map((batch) => batch.map(({ record }) => record.id));

Deno.test("a record is found under its number, wherever rows of texts end", () => {
  using workFile = WorkFile.create();
  // Longer than a row's limit, at its start, in its midst and alone.
  const contents = [..."a".repeat(70)].map((text, n) => text.repeat([1, 300_000, 3, 100_000][n % 4]!));
  const memories = contents.map((content, n) => memory(`m${n}`, { content }));
  workFile.add("memory", memories.slice(0, 5).map(newRecord));
  workFile.add("memory", memories.slice(5).map(newRecord));
  workFile.add("relationship", []);

  const all = [...workFile.batches("memory", 1000)].flat();
  assert.deepEqual(all.map(({ record }) => record), memories);
  for (const { seq, record } of all.toReversed()) assert.deepEqual(workFile.recordAt(seq), record);
});

Deno.test("what was encoded is found under its record's number, as long as the work file is open", async () => {
  const folder = await Deno.makeTempDir({ prefix: "memorygraph-test-" });
  try {
    const path = join(folder, "work.db");
    const encoded = Array.from({ length: 150 }, (_, n) => ({
      id: `m${n}`,
      statement: `CREATE ${n % 3}`,
      names: [`Label ${n % 3}`],
      // Longer than a row's limit, short, and empty.
      row: new Uint8Array([300_000, 3, 0, 100_000][n % 4]!).fill(n),
    }));
    const items: WorkItem[] = [];
    {
      using workFile = WorkFile.create(path);
      const records = encoded.map(({ id }) => newRecord(memory(id)));
      workFile.add("memory", records.slice(0, 5).map((record, n) => ({ ...record, encoded: encoded[n]! })));
      workFile.add("memory", records.slice(5).map((record, n) => ({ ...record, encoded: encoded[n + 5]! })));
      workFile.add("memory", [newRecord(memory("other"))]);
      items.push(...[...workFile.items("memory", 1000)].flat());
      assert.deepEqual(workFile.readEncoded(items.slice(0, 150)), encoded);
      assert.deepEqual(
        workFile.readEncoded(items.slice(3, 7).toReversed()),
        encoded.slice(3, 7).toReversed(),
      );
      // One of them has none.
      assert.equal(workFile.readEncoded(items.slice(149)), undefined);
    }
    // Another version of the program might have encoded it in another way.
    using workFile = WorkFile.open(path);
    assert.equal(workFile.readEncoded(items.slice(0, 1)), undefined);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a record that is taken out leaves its number unused", () => {
  using workFile = WorkFile.create();
  workFile.add("memory", ["a", "b", "c"].map((id) => newRecord(memory(id))));
  workFile.remove([2, 3]);
  workFile.add("relationship", [newRecord(relationship("r", ["a", "a"]))]);

  assert.deepEqual(idsOf(workFile, 10), [["a"]]);
  const [[link] = []] = workFile.batches("relationship", 10);
  assert.equal(link?.record.id, "r");
  assert.equal(link?.seq, 4);
});

Deno.test("a batch ends with the record that makes it long", () => {
  using workFile = WorkFile.create();
  const sizes = { a: 5_000_000, b: 5_000_000, c: 9_000_000, d: 10, e: 10, f: 10 };
  const memories = Object.entries(sizes).map(([id, n]) => memory(id, { content: "x".repeat(n) }));
  workFile.add("memory", memories.map(newRecord));
  assert.deepEqual(idsOf(workFile, 2), [["a", "b"], ["c"], ["d", "e"], ["f"]]);
});

Deno.test("what the target held comes back for a record that is overwritten or deleted, for no other", () => {
  using workFile = WorkFile.create();
  const [created, written, gone] = ["created", "written", "gone"].map((id) => memory(id));
  workFile.add("memory", [newRecord(created!), { ...newRecord(written!), plan: "overwrite" }]);
  workFile.add("memory", [{ ...newRecord(gone!), plan: "delete" }]);
  workFile.setBefore(2, memory("written", { title: "first" }));
  workFile.setBefore(2, memory("written", { title: "before" }));

  const before = [1, 2, 3].map((seq) => workFile.beforeAt(seq));
  assert.deepEqual(before, [undefined, memory("written", { title: "before" }), gone]);
});

Deno.test("hashes come in the records' order, and the digest is over them in their own", () => {
  using workFile = WorkFile.create();
  using ledger = new Ledger();
  const memories = Array.from({ length: 2500 }, (_, n) => memory(`m${n}`));
  const items = memories.map((record) => ({ record, hash: hashRecord("memory", record) }));
  workFile.add("memory", items);
  workFile.add("memory", [{ ...newRecord(memory("another's")), plan: "excluded" }]);
  for (const { hash } of items) ledger.addHash(hash);

  const hashes = items.map(({ hash }) => hash);
  assert.deepEqual([...workFile.hashes("memory", 100)], hashes);
  assert.deepEqual([...workFile.hashes("relationship", 100)], []);
  const digest = createHash("sha256").update(Buffer.from(hashes.toSorted().join(""), "hex")).digest("hex");
  assert.equal(workFile.digest(), digest);
  assert.equal(ledger.digest(), digest);
});

Deno.test("what is left of a work file whose removal was killed goes with the next sweep", async () => {
  const folder = await Deno.makeTempDir({ prefix: "memorygraph-test-" });
  try {
    const files = new StateFiles(folder);
    const kept = files.newWorkFile("kept");
    for (
      const name of [kept, `${kept}-wal`, `${files.workFile("gone")}-wal`, `${files.workFile("gone")}-shm`]
    ) {
      await Deno.writeTextFile(name, "");
    }
    sweep(files, "anywhere", { abandoned: undefined, [Symbol.dispose]() {} });
    const left = await Array.fromAsync(Deno.readDir(`${folder}/migrations`), ({ name }) => name);
    assert.deepEqual(left.filter((name) => name.startsWith("gone")), []);
    assert.deepEqual(left.filter((name) => name === "kept.db"), ["kept.db"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
