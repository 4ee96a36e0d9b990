import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { Memory } from "../../model/memory.ts";
import type { Relationship } from "../../model/relationship.ts";
import { canonicalMemory } from "../../model/canonical.ts";
import { Statements } from "../../sqlite_statements.ts";
import { RowRejected } from "./codec.ts";
import { layoutReader, readBatches } from "./reader.ts";
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
  const batches = [...readBatches(database, layoutReader(database, "current"), 1000)];
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
    ["replaced", '{"title":"\uFFFD and é"}'],
    ["last", '{"title":"b"}'],
  ];
  for (const row of memories) insert.run(...row);
  const link = database.prepare(
    "INSERT INTO relationships (id, from_id, to_id, rel_type, properties, valid_from, valid_until, recorded_at, " +
      "invalidated_by) VALUES ('r', 'plain', 'last', 'SOLVES', '{}', '2024-01-01T00:00:00Z', NULL, ?, ?)",
  );
  link.run("2024-01-01T00:00:00Z", "the\0other");

  const [read, links] = [...readBatches(database, layoutReader(database, "current"), 1000)];
  assert.deepEqual(read!.items.map(({ id }) => id), ["plain", "nul\0in its id", "replaced", "last"]);
  assert.equal((read!.items[2] as Memory).title, "\uFFFD and é");
  assert.deepEqual(read!.rejects!.map(({ id, field }) => [id, field]), [
    ["nul after its properties", "properties"],
    ["bytes", "properties"],
  ]);
  const [relationship] = links!.items as Relationship[];
  assert.equal(relationship!.invalidatedBy, "the\0other");
  assert.equal(relationship!.validUntil, undefined);
  database.close();
});

/** A database in memory with rows whose texts are the bytes that are given for them. */
function withTexts(encoding: string, memories: [id: Uint8Array, properties: Uint8Array][]): DatabaseSync {
  const database = new DatabaseSync(":memory:", { enableForeignKeyConstraints: false });
  database.exec(`PRAGMA encoding = '${encoding}'; ${CREATE_TABLES}`);
  const insert = database.prepare(
    "INSERT INTO nodes (id, label, properties) VALUES (CAST(? AS TEXT), 'Memory', CAST(? AS TEXT))",
  );
  for (const row of memories) insert.run(...row);
  return database;
}

Deno.test("text that is not UTF-8 is a reject that names its record, however a decoder would make up for it", () => {
  const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
  using database = withTexts("UTF-8", [
    [bytes("whole"), bytes("{}")],
    [bytes("latin"), bytes('{"title":"caf\xe9"}')],
    // Three bytes of an emoji's four: U+FFFD, which stands in for them, has three bytes too.
    [bytes("cut"), bytes('{"title":"\xf0\x9f\x98"}')],
    [bytes("surrogate"), bytes('{"title":"\xed\xa0\x80"}')],
    [bytes("\xff"), bytes("{}")],
  ]);
  const reader = layoutReader(database, "current");
  const [read] = [...readBatches(database, reader, 1000)];
  assert.deepEqual(read!.items.map(({ id }) => id), ["whole"]);
  assert.deepEqual(read!.rejects!.map(({ id, field, reason }) => [id, field, reason]), [
    ["latin", "properties", "is not UTF-8"],
    ["cut", "properties", "is not UTF-8"],
    ["surrogate", "properties", "is not UTF-8"],
    ["", "id", "is not UTF-8"],
  ]);
  const find = reader.memories.finder(new Statements(database).prepare, "AND m.id = ?");
  assert.equal(find("whole").length, 1);
  assert.throws(() => find("cut"), RowRejected);
});

Deno.test("a database in UTF-16 is read, what needs a closer look included", () => {
  const utf16 = (text: string) =>
    new Uint8Array(Uint16Array.from(text.split(""), (unit) => unit.charCodeAt(0)).buffer);
  using database = withTexts("UTF-16le", [
    [utf16("nul\0in its id"), utf16('{"title":"\uFFFD😀"}')],
    [utf16("half"), utf16('{"title":"\ud83d"}')],
  ]);
  const [read] = [...readBatches(database, layoutReader(database, "current"), 1000)];
  const [memory] = read!.items as Memory[];
  assert.deepEqual([memory!.id, memory!.title], ["nul\0in its id", "\uFFFD😀"]);
  assert.deepEqual(read!.rejects!.map(({ id, reason }) => [id, reason]), [["half", "is not UTF-16le"]]);
});

Deno.test("a number in a temporal column is a reject, since without it the relationship would be current", () => {
  using database = new DatabaseSync(":memory:", { enableForeignKeyConstraints: false });
  database.exec(CREATE_TABLES);
  const insert = database.prepare(
    "INSERT INTO relationships (id, from_id, to_id, rel_type, properties, valid_until) VALUES (?, 'a', 'b', 'SOLVES', '{}', ?)",
  );
  insert.run("current", null);
  insert.run("seconds", 1_764_000_000);
  insert.run("beyond a double", 2n ** 60n);
  insert.run("bytes", new Uint8Array([50]));
  const [read] = [...readBatches(database, layoutReader(database, "current"), 1000)];
  assert.deepEqual(read!.items.map(({ id }) => id), ["current"]);
  assert.deepEqual(read!.rejects!.map(({ id, field, reason, stored }) => [id, field, reason, stored]), [
    ["seconds", "valid_until", "is not text", "1764000000"],
    ["beyond a double", "valid_until", "is not text", String(2n ** 60n)],
    ["bytes", "valid_until", "is not text", undefined],
  ]);
});

Deno.test("bytes in a column of memory-graph 0.13 are a reject", () => {
  using database = new DatabaseSync(":memory:");
  database.exec('CREATE TABLE memories (id, title, content, context, tags, type, "odd "" name")');
  const insert = database.prepare(
    'INSERT INTO memories (id, title, content, "odd "" name") VALUES (?, \'t\', ?, 1)',
  );
  insert.run("whole", "a\0b");
  insert.run("bytes", new Uint8Array([50]));
  const { memories } = layoutReader(database, "ts-0.13");
  const { items, rejects } = memories.pager(new Statements(database).prepare, "")();
  assert.deepEqual(items.map(({ id, content, extra }) => [id, content, { ...extra }]), [
    ["whole", "a\0b", { 'odd " name': 1 }],
  ]);
  assert.deepEqual(rejects, [{
    kind: "memory",
    id: "bytes",
    field: "content",
    reason: "is not text",
    stored: undefined,
  }]);
});

Deno.test("what is nested too deep is a reject in each layout, also where the stack ends first", () => {
  const nested = (depth: number, inner = "") =>
    `{"a":${"[".repeat(depth - 1)}${inner}${"]".repeat(depth - 1)}}`;
  const cases = {
    fits: nested(1000),
    deep: nested(1001),
    deeper: nested(30_000),
    reviving: nested(30_000, "12345678901234567890"),
  };
  for (const layout of ["current", "ts-0.13"] as const) {
    using database = new DatabaseSync(":memory:");
    const [table, column] = layout === "current" ? ["nodes", "properties"] : ["memories", "context"];
    database.exec(`CREATE TABLE ${table} (id, label DEFAULT 'Memory', ${column})`);
    database.exec(
      "CREATE TABLE relationships (id, context, from_id, to_id, rel_type, properties, created_at, " +
        "valid_from, valid_until, recorded_at, invalidated_by)",
    );
    const insert = database.prepare(`INSERT INTO ${table} (id, ${column}) VALUES (?, ?)`);
    for (const [id, text] of Object.entries(cases)) insert.run(id, text);
    const { memories } = layoutReader(database, layout);
    const { items, rejects } = memories.pager(new Statements(database).prepare, "")();
    assert.deepEqual(items.map(({ id }) => id), ["fits"]);
    assert.equal(typeof canonicalMemory(items[0]!), "string");
    assert.deepEqual(
      rejects.map(({ id, field }) => [id, field]),
      ["deep", "deeper", "reviving"].map((id) => [id, column]),
    );
    assert.match(rejects[0]!.reason, /nested more than 1000 deep/);
  }
});
