import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { arbitraryMemory, arbitraryRelationship } from "../../../tests/support/arbitraries.ts";
import { canonicalMemory, canonicalRelationship } from "../../model/canonical.ts";
import { parseJson, stringifyJson } from "../../model/json.ts";
import { CONTEXT_FIELDS, type Memory, MEMORY_FIELDS } from "../../model/memory.ts";
import { type Relationship, RELATIONSHIP_FIELDS } from "../../model/relationship.ts";
import { encodeMemory, encodeRelationship } from "./codec.ts";
import { layoutReader, readBatches } from "./reader.ts";
import { CREATE_TABLES, type SqliteLayout } from "./schema.ts";

const RUNS = { numRuns: 1000 };

const PRE_TEMPORAL_TABLES = `
CREATE TABLE nodes (id TEXT PRIMARY KEY, label TEXT NOT NULL, properties TEXT NOT NULL,
  created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE relationships (id TEXT PRIMARY KEY, from_id TEXT NOT NULL, to_id TEXT NOT NULL, rel_type TEXT NOT NULL,
  properties TEXT NOT NULL, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);`;

const FIXTURE_013 = new URL("../../../tests/fixtures/upstream/ts/up13_1k.db", import.meta.url).pathname;

/** The tables of memory-graph 0.13, as it made them. */
function tables013(): string {
  const database = new DatabaseSync(FIXTURE_013, { readOnly: true });
  try {
    return database.prepare("SELECT sql FROM sqlite_master WHERE type = 'table'").all()
      .map(({ sql }) => `${sql};`).join("\n");
  } finally {
    database.close();
  }
}

/** A database in memory, and what its one record reads as after `insert`. */
function layoutTable(layout: SqliteLayout, tables: string) {
  const database = new DatabaseSync(":memory:", { enableForeignKeyConstraints: false });
  database.exec(tables);
  const names = layout === "ts-0.13" ? ["memories", "relationships"] : ["nodes", "relationships"];
  return {
    insert(sql: string, ...values: (string | number | bigint | null)[]) {
      for (const name of names) database.exec(`DELETE FROM ${name}`);
      database.prepare(sql).run(...values);
    },
    only(): Memory | Relationship {
      const batches = [...readBatches(database, layoutReader(database, layout), 10)];
      assert.deepEqual(batches.flatMap((batch) => batch.rejects ?? []), []);
      const [record, ...others] = batches.flatMap<Memory | Relationship>((batch) => [...batch.items]);
      assert.equal(others.length, 0);
      return record!;
    },
    [Symbol.dispose]: () => database.close(),
  };
}

Deno.test("any memory comes back from its row in upstream's layout", () => {
  using table = layoutTable("current", CREATE_TABLES);
  fc.assert(
    fc.property(arbitraryMemory(), (memory) => {
      table.insert(
        "INSERT INTO nodes (id, label, properties) VALUES (?, 'Memory', ?)",
        memory.id,
        encodeMemory(memory),
      );
      assert.equal(canonicalMemory(table.only() as Memory), canonicalMemory(memory));
    }),
    RUNS,
  );
});

Deno.test("any relationship comes back from its row in upstream's layout", () => {
  using table = layoutTable("current", CREATE_TABLES);
  fc.assert(
    fc.property(arbitraryRelationship(), (relationship) => {
      const { id, fromId, toId, type } = relationship;
      table.insert(
        "INSERT INTO relationships (id, from_id, to_id, rel_type, properties, valid_from, valid_until, recorded_at, " +
          "invalidated_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ...[id, fromId, toId, type, ...encodeRelationship(relationship)],
      );
      assert.equal(canonicalRelationship(table.only() as Relationship), canonicalRelationship(relationship));
    }),
    RUNS,
  );
});

Deno.test("an invalidation by upstream, which changes columns alone, is seen", () => {
  using table = layoutTable("current", CREATE_TABLES);
  const columns = ["valid_from", "valid_until", "recorded_at", "invalidated_by"];
  fc.assert(
    fc.property(arbitraryRelationship(), (relationship) => {
      const [properties, ...temporal] = encodeRelationship(relationship);
      const values = Object.fromEntries(columns.map((name, index) => [name, temporal[index]!]));
      const until = "2031-02-03T04:05:06.789012+00:00";
      table.insert(
        `INSERT INTO relationships (id, from_id, to_id, rel_type, properties, ${columns.join(", ")}) ` +
          "VALUES (?, 'a', 'b', 'SOLVES', ?, ?, ?, ?, ?)",
        ...[relationship.id, properties, values.valid_from!, until, values.recorded_at!, "successor"],
      );
      const { validUntil, invalidatedBy } = table.only() as Relationship;
      assert.deepEqual([validUntil, invalidatedBy], [until, "successor"]);
    }),
    RUNS,
  );
});

Deno.test("any relationship of the layout before temporal columns is valid since it was created", () => {
  using table = layoutTable("pre-temporal", PRE_TEMPORAL_TABLES);
  fc.assert(
    fc.property(arbitraryRelationship(), fc.boolean(), (given, isStampless) => {
      const { validFrom: _from, validUntil: _until, recordedAt: _at, invalidatedBy: _by, ...rest } = given;
      const relationship: Relationship = {
        ...rest,
        createdAt: isStampless ? undefined : "2024-01-02T03:04:05+00:00",
      };
      const extra = { ...relationship.extra };
      for (const key of ["valid_from", "valid_until", "recorded_at", "invalidated_by", "created_at"]) {
        delete extra[key];
      }
      if (relationship.extra) relationship.extra = extra;
      const { id, fromId, toId, type } = relationship;
      const [properties] = encodeRelationship(relationship);
      const stored = parseJson(properties) as Record<string, unknown>;
      for (
        const key of ["valid_from", "valid_until", "recorded_at", "invalidated_by", "memorygraph_temporal"]
      ) {
        delete stored[key];
      }
      table.insert(
        "INSERT INTO relationships VALUES (?, ?, ?, ?, ?, '2025-06-07 08:09:10')",
        ...[id, fromId, toId, type, stringifyJson(stored)],
      );
      const since = relationship.createdAt ?? "2025-06-07 08:09:10";
      const expected = { ...relationship, validFrom: since, recordedAt: since };
      assert.equal(canonicalRelationship(table.only() as Relationship), canonicalRelationship(expected));
    }),
    RUNS,
  );
});

/** Numbers, texts and null as SQLite takes them. */
function column(value: unknown): string | number | null {
  return value === undefined ? null : value as string | number;
}

Deno.test("any memory that the layout of memory-graph 0.13 can hold is read from it", () => {
  using table = layoutTable("ts-0.13", tables013());
  // Its columns are Unicode.
  const plain = (text: string) => text.toWellFormed();
  fc.assert(
    fc.property(arbitraryMemory({ loneSurrogates: false }), ({ extra: _, ...given }) => {
      const memory = mapTexts(given, plain) as Memory;
      memory.context &&= { ...memory.context, additionalMetadata: '{"k":[1,{"x":null}]}' };
      const context = memory.context && Object.fromEntries(CONTEXT_FIELDS.map(({ key, stored, kind }) => {
        const value = (memory.context as Record<string, unknown>)[key] ?? null;
        return [stored, kind === "json" ? parseJson(value as string) : value];
      }));
      const values = MEMORY_FIELDS.map(({ key, kind }) => {
        const value = (memory as unknown as Record<string, unknown>)[key];
        return kind === "texts" ? stringifyJson(value) : column(value);
      });
      const names = MEMORY_FIELDS.map(({ stored }) => stored);
      const marks = [...names, "context"].map(() => "?").join(", ");
      const bound = values.map((value, index) =>
        MEMORY_FIELDS[index]!.kind === "integer" ? BigInt(value!) : value
      );
      table.insert(
        `INSERT INTO memories (${names.join(", ")}, context) VALUES (${marks})`,
        ...bound.map((value, index) => value ?? (REQUIRED.has(names[index]!) ? "" : null)),
        context ? stringifyJson(context) : null,
      );
      const expected = { ...memory, createdAt: memory.createdAt ?? "", updatedAt: memory.updatedAt ?? "" };
      assert.equal(canonicalMemory(table.only() as Memory), canonicalMemory(expected));
    }),
    RUNS,
  );
});

const REQUIRED = new Set(["created_at", "updated_at"]);

function mapTexts(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === "string") return map(value);
  // SQLite keeps no sign of a zero in a REAL column.
  if (value === 0) return 0;
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, map));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, map)]));
}

Deno.test("any relationship that the layout of memory-graph 0.13 can hold is read from it", () => {
  using table = layoutTable("ts-0.13", tables013());
  const fields = RELATIONSHIP_FIELDS.filter(({ stored }) =>
    stored !== "description" && stored !== "bidirectional"
  );
  const required = new Set(["created_at", "last_validated", "valid_from", "recorded_at"]);
  fc.assert(
    fc.property(arbitraryRelationship(), ({ extra: _, ...given }) => {
      const relationship = mapTexts(
        given,
        (text) => text.toWellFormed(),
      ) as Relationship;
      relationship.description = undefined;
      relationship.bidirectional = false;
      const values = relationship as unknown as Record<string, unknown>;
      for (const { key, stored } of fields) if (required.has(stored)) values[key] ??= "";
      const names = ["id", "from_id", "to_id", "rel_type", ...fields.map(({ stored }) => stored)];
      const { id, fromId, toId, type } = relationship;
      table.insert(
        `INSERT INTO relationships (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
        ...[id, fromId, toId, type],
        ...fields.map(({ key, kind }) =>
          kind === "integer" ? BigInt(values[key] as number) : column(values[key])
        ),
      );
      assert.equal(canonicalRelationship(table.only() as Relationship), canonicalRelationship(relationship));
    }),
    RUNS,
  );
});
