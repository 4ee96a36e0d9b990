import assert from "node:assert/strict";
import { memory } from "../fixtures/graph.ts";
import { assertSameGraph, readGraph, writeGraph } from "../support/graph.ts";
import { generateGraph } from "../fixtures/generated.ts";
import type { Harness } from "../support/harness.ts";
import { addMemories, failsWith, test as register } from "./suite.ts";

const GRAPH = generateGraph({ memories: 5, relationships: 8 });

/** Making the schema, and what opening a database does to it. */
export function schema(harness: Harness): void {
  const test: typeof register = (of, name, run) => register(of, name, run, { schemaMayStay: false });

  test(harness, "ensureSchema() a second time changes nothing", async (opened) => {
    await writeGraph(opened.store, GRAPH);
    const before = await opened.database.describeSchema?.();
    await opened.store.ensureSchema();
    await opened.store.finishLoad();
    const store = await opened.reopen("write");
    await store.ensureSchema();
    await store.finishLoad();
    assert.equal(await opened.database.describeSchema?.(), before);
    assertSameGraph(await readGraph(store), GRAPH);
  });

  test(harness, "a store opened in mode read changes no schema and takes no records", async (opened) => {
    await writeGraph(opened.store, GRAPH);
    const before = await opened.database.describeSchema?.();
    const store = await opened.reopen("read");
    await readGraph(store);
    await store.count();
    await store.health();
    await assert.rejects(addMemories(store, [memory("new")]));
    await assert.rejects(store.deleteMemories([...GRAPH.memories()].map(({ id }) => id), { detach: true }));
    assertSameGraph(await readGraph(store), GRAPH);
    assert.equal(await opened.database.describeSchema?.(), before);
  });

  for (const mode of ["read", "write"] as const) {
    const { missing } = harness;
    if (!missing) continue;
    Deno.test(`${harness.name}: opening a missing database in mode ${mode} is NOT_FOUND, creates nothing`, async () => {
      await using nowhere = await missing();
      await failsWith("NOT_FOUND", () => harness.backend.open(nowhere.settings, { mode }));
      assert.equal(await nowhere.exists(), false);
    });
  }

  test(harness, "capability uniqueIds says whether the database refuses a second memory", async (opened) => {
    const { addDuplicate } = opened.database;
    assert(addDuplicate, "the harness does not say how to store a second memory with one id");
    await addMemories(opened.store, [memory("a")]);
    const { uniqueIds } = opened.store.capabilities;
    if (harness.exclusive) await opened.close();
    if (uniqueIds) await assert.rejects(addDuplicate("a"));
    else await addDuplicate("a");
  });
}
