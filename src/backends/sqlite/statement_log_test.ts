import assert from "node:assert/strict";
import { memory, relationship } from "../../../tests/fixtures/graph.ts";
import { createLogger } from "../../log.ts";
import { sqlite } from "./mod.ts";

Deno.test("what a call runs is logged with its time, and no parameter", async () => {
  const folder = await Deno.makeTempDir({ prefix: "memorygraph-log-" });
  try {
    const lines: string[] = [];
    const log = createLogger("debug", (line) => lines.push(line));
    await using store = await sqlite.open({ path: `${folder}/memory.db` }, { mode: "create", log });
    await store.ensureSchema();
    await store.write({ kind: "memory", items: [memory("secret-1"), memory("secret-2")] }, { mode: "fail" });
    const link = relationship("secret-3", ["secret-1", "secret-2"]);
    await store.write({ kind: "relationship", items: [link] }, { mode: "fail" });
    for await (const { items } of store.read()) assert(items.length > 0);
    await store.readMemories(["secret-1"]);
    await store.deleteRelationships([link]);
    for (
      const statement of [
        /^debug: .*CREATE TABLE .* ms\)$/,
        /^debug: INSERT INTO nodes .* ms\)$/,
        /^debug: .*INSERT INTO relationships .* ms\)$/,
        /^debug: SELECT .* FROM nodes AS m .* ms\)$/,
        /^debug: SELECT .* FROM relationships AS r .* ms\)$/,
        /^debug: SELECT .* AND m\.id = \? .* ms\)$/,
        /^debug: DELETE FROM relationships .* ms\)$/,
      ]
    ) {
      assert(lines.some((line) => statement.test(line)), `${statement} in ${lines.join("\n")}`);
    }
    assert.doesNotMatch(lines.join(), /secret-/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
