import assert from "node:assert/strict";
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
