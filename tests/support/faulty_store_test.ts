import assert from "node:assert/strict";
import { failsWith } from "../conformance/suite.ts";
import { memory, relationship } from "../fixtures/graph.ts";
import { type Faults, FaultyStore } from "./faulty_store.ts";
import { readGraph, writeGraph } from "./graph.ts";
import { MemoryStore } from "./memory_store.ts";

const MEMORIES = ["a", "b", "c", "d"].map((id) => memory(id));
const RELATIONSHIPS = [relationship("r", ["a", "b"])];
const GRAPH = { memories: MEMORIES, relationships: RELATIONSHIPS };

async function open(faults: Faults) {
  const inner = new MemoryStore();
  await writeGraph(inner, { memories: MEMORIES, relationships: [] });
  return { inner, faulty: new FaultyStore(inner, faults) };
}

Deno.test("FaultyStore fails a write before it is applied, once", async () => {
  const inner = new MemoryStore();
  const faulty = new FaultyStore(inner, { write: { at: 3 } });
  await failsWith("UNREACHABLE", () => writeGraph(faulty, GRAPH, { batchSize: 2 }));
  assert.equal((await inner.count()).memories, 2);
  await writeGraph(faulty, GRAPH, { batchSize: 2, mode: "overwrite" });
  assert.equal((await inner.count()).relationships, 1);
});

Deno.test("FaultyStore loses the acknowledgement of a write that was applied", async () => {
  const inner = new MemoryStore();
  const faulty = new FaultyStore(inner, { write: { at: 4, when: "after" } });
  await failsWith("UNREACHABLE", () => writeGraph(faulty, GRAPH, { batchSize: 2 }));
  assert.equal((await inner.count()).memories, 4);
});

Deno.test("FaultyStore that fails for good never recovers", async () => {
  const { faulty } = await open({ write: { at: 1, forGood: true } });
  for (let time = 0; time < 3; time++) {
    await failsWith("UNREACHABLE", () => writeGraph(faulty, GRAPH, { mode: "overwrite" }));
  }
});

Deno.test("FaultyStore fails reads at a record, streamed or by id", async () => {
  const { faulty } = await open({ read: { at: 3 } });
  const seen: string[] = [];
  await failsWith("UNREACHABLE", async () => {
    for await (const batch of faulty.read({ batchSize: 2 })) seen.push(...batch.items.map(({ id }) => id));
  });
  assert.deepEqual(seen, ["a", "b"]);
  assert.equal((await readGraph(faulty)).memories.length, 4);
  const { faulty: byId } = await open({ read: { at: 2 } });
  assert.equal((await byId.readMemories(["a"])).length, 1);
  await failsWith("UNREACHABLE", () => byId.readMemories(["b"]));
});

Deno.test("FaultyStore fails deletes with the error it is given", async () => {
  const { inner, faulty } = await open({ delete: { at: 2, error: () => new TypeError("no") } });
  await faulty.deleteMemories(["a"]);
  await assert.rejects(faulty.deleteMemories(["b"]), TypeError);
  assert.equal((await inner.count()).memories, 3);
});
