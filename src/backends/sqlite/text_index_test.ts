import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { memory } from "../../../tests/fixtures/graph.ts";
import { writeGraph } from "../../../tests/support/graph.ts";
import { searchMemories } from "../../search/search.ts";
import { sqlite } from "./mod.ts";

Deno.test("an index of an older version is made anew, and its triggers go", async () => {
  const folder = await Deno.makeTempDir({ prefix: "memorygraph-test-" });
  try {
    const path = join(folder, "memory.db");
    {
      await using store = await sqlite.open({ path }, { mode: "create" });
      await writeGraph(store, { memories: [memory("m1", { title: "Timeout" })], relationships: [] });
    }
    {
      using database = new DatabaseSync(path);
      database.exec(`
        CREATE VIRTUAL TABLE memorygraph_words1 USING fts5(title);
        CREATE TABLE memorygraph_words1_docs_of (doc INTEGER);
        CREATE TABLE memorygraph_words1_vocabulary (word TEXT);
        CREATE TABLE memorygraph_words1_pending (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);
        CREATE TRIGGER memorygraph_words1_inserted AFTER INSERT ON nodes BEGIN
          INSERT INTO memorygraph_words1_pending (id) VALUES (NEW.id);
        END;
      `);
    }
    {
      await using store = await sqlite.open({ path }, { mode: "write" });
      const { found } = await searchMemories(store, { query: "timeout", limit: 5 });
      assert.deepEqual(found.map(({ memory }) => memory.id), ["m1"]);
    }
    using database = new DatabaseSync(path, { readOnly: true });
    const names = database.prepare("SELECT name FROM sqlite_master WHERE name LIKE 'memorygraph%'").all()
      .map(({ name }) => String(name));
    assert(names.includes("memorygraph_words3"));
    assert.deepEqual(names.filter((name) => name.startsWith("memorygraph_words1")), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
