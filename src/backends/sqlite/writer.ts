/** What a SQLite store writes and deletes: each call is made in a transaction of the caller's. */
import { GraphError } from "../../errors.ts";
import type { Memory } from "../../model/memory.ts";
import type { RecordKind } from "../../model/record.ts";
import type { Relationship } from "../../model/relationship.ts";
import type { Batch } from "../../store/store.ts";
import { missingEndError, takenIdError } from "../../store/write_errors.ts";
import type { SqliteAccess } from "./access.ts";
import { encodeMemory, encodeRelationship } from "./codec.ts";
import { ANY_FOREIGN_NODE } from "./reader.ts";
import { CREATE_RELATIONSHIP_INDEXES, TEMPORAL_COLUMNS } from "./schema.ts";

/** Where rows go. */
interface Destination {
  readonly table: string;
  readonly columns: readonly string[];
  /** What to do about an id that is there. */
  readonly onConflict: string;
}

/** Records that go into a table. */
interface Rows<Item> extends Destination {
  readonly items: readonly Item[];
  /** A record's values, in the columns' order: made when they are needed, so that few are held at once. */
  readonly encode: (item: Item) => (string | null)[];
}

/** How many records a statement adds: fewer, longer statements take two thirds of the time. */
const INSERTED_AT_ONCE = 16;

const NODE_COLUMNS = ["id", "label", "properties"];
const RELATIONSHIP_COLUMNS = ["id", "from_id", "to_id", "rel_type", "properties", ...TEMPORAL_COLUMNS];

// An own node replaces an own node; another program's stays, and is then missing among the changes.
const REPLACE_NODE = "ON CONFLICT(id) DO UPDATE SET properties = excluded.properties, " +
  "updated_at = CURRENT_TIMESTAMP WHERE label = 'Memory'";
const REPLACE_RELATIONSHIP = `ON CONFLICT(id) DO UPDATE SET ${
  RELATIONSHIP_COLUMNS.slice(1).map((name) => `${name} = excluded.${name}`).join(", ")
}`;
const KEEP = "ON CONFLICT(id) DO NOTHING";

/** Writes records into upstream's tables. */
export class SqliteWriter {
  readonly #access: Pick<SqliteAccess, "path" | "database" | "prepare">;

  constructor(access: Pick<SqliteAccess, "path" | "database" | "prepare">) {
    this.#access = access;
  }

  /** Throws CONFLICT, naming an id that is taken, or RECORD_INVALID, naming a relationship that lacks an end. */
  write({ kind, items }: Batch, isOverwrite: boolean): void {
    for (const { id } of items) assertId(id);
    if (kind === "memory") this.#writeMemories(items, isOverwrite);
    else this.#writeRelationships(items, isOverwrite);
  }

  #writeMemories(memories: readonly Memory[], isOverwrite: boolean): void {
    this.#insert("memory", {
      table: "nodes",
      columns: NODE_COLUMNS,
      onConflict: isOverwrite ? REPLACE_NODE : KEEP,
      items: memories,
      encode: (memory) => [memory.id, "Memory", encodeMemory(memory)],
    });
  }

  #writeRelationships(relationships: readonly Relationship[], isOverwrite: boolean): void {
    const { last } = this.#access.prepare("SELECT ifnull(max(rowid), 0) AS last FROM relationships").get()!;
    this.#insert("relationship", {
      table: "relationships",
      columns: RELATIONSHIP_COLUMNS,
      onConflict: isOverwrite ? REPLACE_RELATIONSHIP : KEEP,
      items: relationships,
      encode: (relationship) => {
        const { id, fromId, toId, type } = relationship;
        return [id, fromId, toId, type, ...encodeRelationship(relationship)];
      },
    });
    if (isOverwrite || this.#hasDanglingAfter(last as number)) this.#assertEnds(relationships);
  }

  #insert<Item extends { id: string }>(kind: RecordKind, into: Rows<Item>): void {
    const { database } = this.#access;
    const { items, encode } = into;
    for (let at = 0; at < items.length;) {
      const count = items.length - at < INSERTED_AT_ONCE ? 1 : INSERTED_AT_ONCE;
      const { changes } = this.#insertion(into, count).run(...items.slice(at, at += count).flatMap(encode));
      if (changes === count) continue;
      // The caller's transaction is going to be undone anyway. With a savepoint to go back to, each statement would
      // copy the pages that it changes to a file.
      database.exec("ROLLBACK; BEGIN IMMEDIATE");
      throw takenIdError({ display: this.#access.path }, kind, [this.#firstTaken(into)]);
    }
  }

  /** A statement that adds so many rows. */
  #insertion({ table, columns, onConflict }: Destination, count: number) {
    const row = `(${columns.map(() => "?").join(", ")})`;
    const values = Array(count).fill(row).join(", ");
    return this.#access.prepare(
      `INSERT INTO ${table} (${columns.join(", ")}) VALUES ${values} ${onConflict}`,
    );
  }

  /**
   * The first id of records that do not all go in: only one at a time do they tell which. Any of them where another
   * process has just taken it away.
   */
  #firstTaken<Item extends { id: string }>(into: Rows<Item>): string {
    const { items, encode } = into;
    const insertion = this.#insertion(into, 1);
    return (items.find((item) => insertion.run(...encode(item)).changes === 0) ?? items[0]!).id;
  }

  /**
   * Whether a row after this one lacks an end: one statement for a batch. New rows come after all others, so it
   * sees what a transaction has added and nothing else.
   */
  #hasDanglingAfter(rowid: number): boolean {
    // Without its label a node is found in the index of ids alone, which is far smaller than the table.
    const isMemory = this.#access.prepare(ANY_FOREIGN_NODE).get() ? " AND m.label = 'Memory'" : "";
    const isMissing = (column: string) =>
      `NOT EXISTS (SELECT 1 FROM nodes AS m WHERE m.id = r.${column}${isMemory})`;
    return this.#access.prepare(
      `SELECT 1 FROM relationships AS r WHERE r.rowid > ? AND (${isMissing("from_id")} OR ${
        isMissing("to_id")
      }) LIMIT 1`,
    ).get(rowid) !== undefined;
  }

  /** Throws RECORD_INVALID naming the first relationship whose end is missing. */
  #assertEnds(relationships: readonly Relationship[]): void {
    const isMemory = this.#access.prepare("SELECT 1 FROM nodes WHERE id = ? AND label = 'Memory'");
    const found = new Set<string>();
    for (const relationship of relationships) {
      for (const end of [relationship.fromId, relationship.toId]) {
        if (found.has(end)) continue;
        if (!isMemory.get(end)) throw missingEndError(relationship, end);
        found.add(end);
      }
    }
  }

  /** Throws CONFLICT, naming a memory that still has relationships, unless those are to go as well. */
  deleteMemories(ids: readonly string[], { detach }: { detach: boolean }): void {
    this.#access.database.exec(CREATE_RELATIONSHIP_INDEXES);
    const touching = this.#access.prepare(
      "SELECT 1 FROM relationships WHERE from_id = ?1 OR to_id = ?1 LIMIT 1",
    );
    const unlink = this.#access.prepare("DELETE FROM relationships WHERE from_id = ?1 OR to_id = ?1");
    const remove = this.#access.prepare("DELETE FROM nodes WHERE id = ? AND label = 'Memory'");
    for (const id of ids) {
      if (detach) unlink.run(id);
      else if (touching.get(id)) {
        const message = `Memory ${JSON.stringify(id)} still has relationships (delete those first)`;
        throw new GraphError("CONFLICT", message, { details: { ids: [id] } });
      }
      remove.run(id);
    }
  }

  deleteRelationships(ids: readonly string[]): void {
    const remove = this.#access.prepare("DELETE FROM relationships WHERE id = ?");
    for (const id of ids) remove.run(id);
  }
}

function assertId(id: string): void {
  if (id !== "" && id.isWellFormed()) return;
  throw new GraphError(
    "RECORD_INVALID",
    `The id ${JSON.stringify(id)} cannot be stored: it is empty or not Unicode`,
  );
}
