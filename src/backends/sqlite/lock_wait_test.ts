import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { memory } from "../../../tests/fixtures/graph.ts";
import { searchMemories } from "../../search/search.ts";
import { sqlite } from "./mod.ts";

Deno.test("who waits for a file gets a turn between the writes of one who hardly ever lets go of it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "memorygraph-test-" });
  try {
    const path = join(folder, "memory.db");
    await using store = await sqlite.open({ path }, { mode: "create" });
    await store.ensureSchema();
    using other = new DatabaseSync(path);
    let isDone = false;
    const holding = (async () => {
      while (!isDone) {
        other.exec("BEGIN IMMEDIATE");
        await sleep(100);
        other.exec("COMMIT");
        await sleep(10);
      }
    })();
    try {
      // Nor does it block this process, or nobody here would let go.
      for (const id of ["a", "b", "c"]) {
        await store.write({ kind: "memory", items: [memory(id, { title: "waiting" })] }, { mode: "fail" });
      }
      // Brings the index up to date first.
      const { found } = await searchMemories(store, { query: "waiting", limit: 5 });
      assert.equal(found.length, 3);
    } finally {
      isDone = true;
      await holding;
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
