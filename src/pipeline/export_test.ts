import assert from "node:assert/strict";
import { memory } from "../../tests/fixtures/graph.ts";
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
