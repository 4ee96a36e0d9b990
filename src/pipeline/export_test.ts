import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { cli } from "../../tests/support/cli.ts";
import { inTemporaryFolder } from "../../tests/support/files.ts";
import { memory, relationship } from "../../tests/fixtures/graph.ts";
import { MemoryDatabase, MemoryStore } from "../../tests/support/memory_store.ts";
import { exportStore, type ScreenedStream } from "./export.ts";

async function drain({ batches }: ScreenedStream): Promise<void> {
  for await (const _ of batches);
}

Deno.test("exportStore() counts what it leaves out and keeps the first of it, without the texts", async () => {
  const database = new MemoryDatabase();
  database.memories.set("a", memory("a"));
  for (let at = 0; at < 300; at++) {
    database.broken.push({ kind: "memory", id: `b${at}`, reason: "is broken", stored: "x".repeat(1000) });
  }
  const found = await exportStore(new MemoryStore(database), drain, { skipInvalid: true });
  assert.deepEqual([found.counts.memories, found.rejectCount, found.rejects.length], [1, 300, 100]);
  assert.deepEqual(found.rejects[0], { kind: "memory", id: "b0", reason: "is broken" });
});

Deno.test("exportStore() leaves out what cannot be written, and the relationships that then lack an end", async () => {
  const database = new MemoryDatabase();
  for (const id of ["a", "b", "c"]) database.memories.set(id, memory(id));
  for (const [id, end] of [["ab", "b"], ["ac", "c"], ["no", "c"]] as const) {
    database.relationships.set(id, relationship(id, ["a", end]));
  }
  const written: string[] = [];
  const { counts, rejects, digest } = await exportStore(
    new MemoryStore(database),
    async ({ batches, digest }) => {
      for await (const batch of batches) written.push(...batch.items.map(({ id }) => id));
      digest();
    },
    {
      skipInvalid: true,
      whyNotWritten: (_, { id }) => ["b", "no"].includes(id) ? "is too large" : undefined,
    },
  );
  assert.deepEqual(written, ["a", "c", "ac"]);
  assert.deepEqual(counts, { memories: 2, relationships: 1 });
  assert.deepEqual(rejects.map(({ id }) => id), ["b", "ab", "no"]);
  assert.match(digest, /^[0-9a-f]{64}$/);
});

Deno.test("exportStore() keeps what it leaves out beside a file that it wrote, and only then", async () => {
  await inTemporaryFolder(async (folder) => {
    const database = new MemoryDatabase();
    database.memories.set("a", memory("a"));
    database.relationships.set("loose", relationship("loose", ["a", "gone"]));
    database.broken.push({ kind: "memory", id: "b", reason: "is broken", stored: "{" });
    const rejectFile = `${folder}/graph.json.rejects.jsonl`;
    const options = { skipInvalid: true, rejectFile };
    const failing = (stream: ScreenedStream) => drain(stream).then(() => Promise.reject(new Error("full")));
    await assert.rejects(exportStore(new MemoryStore(database), failing, options), /full/);
    assert.deepEqual([...Deno.readDirSync(folder)], []);

    const report = await exportStore(new MemoryStore(database), drain, options);
    assert.equal(report.rejectFile, rejectFile);
    assert.equal(Deno.statSync(rejectFile).mode! & 0o777, 0o600);
    const lines = (await Deno.readTextFile(rejectFile)).trim().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(lines.map(({ id }) => id).sort(), ["b", "loose"]);
    const stored = (id: string) => lines.find((line) => line.id === id).stored;
    assert.equal(stored("b"), "{");
    assert.equal(JSON.parse(stored("loose")).to_memory_id, "gone");

    await assert.rejects(exportStore(new MemoryStore(database), drain, options), { code: "USAGE" });
    database.broken.pop();
    database.relationships.delete("loose");
    const whole = await exportStore(new MemoryStore(database), drain, { ...options, overwrite: true });
    assert.equal(whole.rejectFile, null);
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  });
});

Deno.test("export --skip-invalid names the file with what it left out", async () => {
  await inTemporaryFolder(async (folder) => {
    const path = `${folder}/memory.db`;
    Deno.copyFileSync(new URL("../../tests/fixtures/upstream/python/full.db", import.meta.url), path);
    const database = new DatabaseSync(path);
    database.exec("UPDATE nodes SET properties = '{' WHERE id = 'full-a'");
    database.close();
    const argv = ["export", `${folder}/graph.json`, "--path", path, "--skip-invalid"];
    const text = await cli(argv);
    assert.equal(text.code, 0, text.stderr);
    assert.match(text.stdout, /left out: \d+ records .*graph\.json\.rejects\.jsonl/);
    const json = await cli([...argv, "--overwrite", "--json"]);
    assert.equal(JSON.parse(json.stdout).rejectFile, `${folder}/graph.json.rejects.jsonl`);
  });
});
