import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { LAYOUT_READERS, readBatches } from "./reader.ts";
import { CREATE_TABLES } from "./schema.ts";

Deno.test("large records make short batches, and every record comes once, in order", () => {
  const database = new DatabaseSync(":memory:");
  database.exec(CREATE_TABLES);
  const insert = database.prepare("INSERT INTO nodes (id, label, properties) VALUES (?, ?, ?)");
  const ids: string[] = [];
  for (let index = 0; index < 60; index++) {
    const length = index % 20 < 12 ? 1_000_000 : 10;
    const label = index % 7 === 0 ? "Entity" : "Memory";
    insert.run(`m${index}`, label, JSON.stringify({ content: "x".repeat(length) }));
    if (label === "Memory") ids.push(`m${index}`);
  }
  const batches = [...readBatches(database, LAYOUT_READERS.current, 1000)];
  for (const { items } of batches) {
    const length = items.reduce((sum, item) => sum + JSON.stringify(item).length, 0);
    assert(length < 9_000_000, `a batch of ${items.length} records has ${length} characters`);
  }
  assert.deepEqual(batches.flatMap(({ items }) => items.map((item) => item.id)), ids);
  database.close();
});
