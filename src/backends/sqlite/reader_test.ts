import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { Relationship } from "../../model/relationship.ts";
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

Deno.test("a page with a row that cannot be read quickly comes whole all the same", () => {
  const database = new DatabaseSync(":memory:", { enableForeignKeyConstraints: false });
  database.exec(CREATE_TABLES);
  const insert = database.prepare("INSERT INTO nodes (id, label, properties) VALUES (?, 'Memory', ?)");
  const memories: [id: string, properties: string | Uint8Array][] = [
    ["plain", '{"title":"é"}'],
    ["nul\0in its id", '{"title":"a"}'],
    ["nul after its properties", '{"title":"cut"}\0 and more'],
    ["bytes", new TextEncoder().encode('{"title":"no text"}')],
    ["last", '{"title":"b"}'],
  ];
  for (const row of memories) insert.run(...row);
  const link = database.prepare(
    "INSERT INTO relationships (id, from_id, to_id, rel_type, properties, valid_from, valid_until, recorded_at, " +
      "invalidated_by) VALUES ('r', 'plain', 'last', 'SOLVES', '{}', '2024-01-01T00:00:00Z', NULL, ?, ?)",
  );
  link.run("2024-01-01T00:00:00Z", "the\0other");

  const [read, links] = [...readBatches(database, LAYOUT_READERS.current, 1000)];
  assert.deepEqual(read!.items.map(({ id }) => id), ["plain", "nul\0in its id", "last"]);
  assert.deepEqual(read!.rejects!.map(({ id, field }) => [id, field]), [
    ["nul after its properties", "properties"],
    ["bytes", "properties"],
  ]);
  const [relationship] = links!.items as Relationship[];
  assert.equal(relationship!.invalidatedBy, "the\0other");
  assert.equal(relationship!.validUntil, undefined);
  database.close();
});
