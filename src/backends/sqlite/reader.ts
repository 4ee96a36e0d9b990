/** How each layout's rows are counted, found and decoded. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Memory } from "../../model/memory.ts";
import type { Relationship } from "../../model/relationship.ts";
import type { Batch, Counts, Reject } from "../../store/store.ts";
import {
  decodeMemory,
  decodeRelationship,
  type NodeRow,
  type RelationshipRow,
  RowRejected,
} from "./codec.ts";
import { decodeMemory013, decodeRelationship013, type NamedRow } from "./layout_013.ts";
import { textCell } from "../../sqlite_text.ts";
import { type SqliteLayout, TEMPORAL_COLUMNS } from "./schema.ts";

/**
 * Reads one layout. Its statements end where a condition on `m` (memories) or `r` can be added, and their last
 * column is the rowid.
 */
export interface LayoutReader {
  readonly selectMemories: string;
  readonly selectRelationships: string;
  /** Sets how the statement's rows come, so that the functions below understand them. */
  configure(statement: StatementSync): StatementSync;
  /** Takes the rowid out of a row, which the decoders do not expect. */
  takeRowid(row: unknown): number | bigint;
  /** Throws RowRejected. */
  decodeMemory(row: unknown): Memory;
  /** Throws RowRejected. */
  decodeRelationship(row: unknown): Relationship;
  count(database: DatabaseSync): Counts;
}

// Two ranges of the label's index; "<>" would scan every node, once for each relationship that is looked up.
const FOREIGN_NODES = "SELECT count(*) AS n FROM nodes WHERE label < 'Memory' OR label > 'Memory'";
// A relationship that touches a node which is no memory. One whose end is missing altogether is not foreign:
// it is read, so that validation names it.
const IS_FOREIGN =
  "EXISTS (SELECT 1 FROM nodes AS n WHERE n.id IN (r.from_id, r.to_id) AND n.label <> 'Memory')";

function nodesLayout(temporalColumns: readonly string[]): LayoutReader {
  const nodeColumns = ["m.id", "m.properties"].map(textCell).join(", ");
  const columns = ["id", "from_id", "to_id", "rel_type", "properties", "created_at", ...temporalColumns];
  return {
    selectMemories: `SELECT ${nodeColumns}, m.rowid FROM nodes AS m WHERE m.label = 'Memory'`,
    selectRelationships: `SELECT ${columns.map((name) => textCell(`r.${name}`)).join(", ")}, r.rowid ` +
      "FROM relationships AS r " +
      `WHERE ((${FOREIGN_NODES}) = 0 OR NOT ${IS_FOREIGN})`,
    configure(statement) {
      // In Deno 2.9, but not yet in the types it ships.
      (statement as StatementSync & { setReturnArrays(on: boolean): void }).setReturnArrays(true);
      return statement;
    },
    takeRowid: (row) => (row as unknown[]).pop() as number,
    decodeMemory: (row) => decodeMemory(row as NodeRow),
    decodeRelationship: (row) => decodeRelationship(row as RelationshipRow),
    count(database) {
      const foreignNodes = countOf(database, FOREIGN_NODES);
      const foreignRelationships = foreignNodes === 0
        ? 0
        : countOf(database, `SELECT count(*) AS n FROM relationships AS r WHERE ${IS_FOREIGN}`);
      return {
        memories: countOf(database, "SELECT count(*) AS n FROM nodes") - foreignNodes,
        relationships: countOf(database, "SELECT count(*) AS n FROM relationships") - foreignRelationships,
        foreignNodes,
        foreignRelationships,
      };
    },
  };
}

const layout013: LayoutReader = {
  selectMemories: "SELECT m.*, m.rowid AS page_key FROM memories AS m WHERE TRUE",
  selectRelationships: "SELECT r.*, r.rowid AS page_key FROM relationships AS r WHERE TRUE",
  configure(statement) {
    statement.setReadBigInts(true);
    return statement;
  },
  takeRowid(row) {
    const named = row as NamedRow;
    const rowid = named.page_key as bigint;
    delete named.page_key;
    return rowid;
  },
  decodeMemory: (row) => decodeMemory013(row as NamedRow),
  decodeRelationship: (row) => decodeRelationship013(row as NamedRow),
  count(database) {
    return {
      memories: countOf(database, "SELECT count(*) AS n FROM memories"),
      relationships: countOf(database, "SELECT count(*) AS n FROM relationships"),
      foreignNodes: 0,
      foreignRelationships: 0,
    };
  },
};

const emptyLayout: LayoutReader = {
  ...layout013,
  selectMemories: "SELECT m.rowid FROM sqlite_master AS m WHERE FALSE",
  selectRelationships: "SELECT r.rowid FROM sqlite_master AS r WHERE FALSE",
  count: () => ({ memories: 0, relationships: 0, foreignNodes: 0, foreignRelationships: 0 }),
};

/** The reader of each layout. */
export const LAYOUT_READERS: Readonly<Record<SqliteLayout, LayoutReader>> = {
  "current": nodesLayout(TEMPORAL_COLUMNS),
  "pre-temporal": nodesLayout([]),
  "ts-0.13": layout013,
  "empty": emptyLayout,
};

function countOf(database: DatabaseSync, sql: string): number {
  return Number(database.prepare(sql).get()!.n);
}

/** Streams a database's records in batches, within one read transaction. */
export function* readBatches(
  database: DatabaseSync,
  reader: LayoutReader,
  batchSize: number,
): Generator<Batch> {
  database.exec("BEGIN");
  try {
    const { selectMemories, selectRelationships, decodeMemory, decodeRelationship } = reader;
    for (
      const rows of readPages(
        database,
        reader,
        `${selectMemories} AND m.rowid > ? ORDER BY m.rowid`,
        batchSize,
      )
    ) {
      yield { kind: "memory", ...decodeRows(rows, decodeMemory) };
    }
    for (
      const rows of readPages(
        database,
        reader,
        `${selectRelationships} AND r.rowid > ? ORDER BY r.rowid`,
        batchSize,
      )
    ) {
      yield { kind: "relationship", ...decodeRows(rows, decodeRelationship) };
    }
  } finally {
    database.exec("COMMIT");
  }
}

// Below every rowid of a table that SQLite numbers itself.
const BEFORE_FIRST = -(2 ** 53) + 1;

/** Pages by rowid: fetching a page in one call takes half the time of stepping through its rows. */
function* readPages(
  database: DatabaseSync,
  reader: LayoutReader,
  select: string,
  batchSize: number,
): Generator<unknown[]> {
  const page = reader.configure(database.prepare(`${select} LIMIT ?`));
  let last: number | bigint = BEFORE_FIRST;
  while (true) {
    const rows: unknown[] = page.all(last, batchSize);
    if (rows.length === 0) return;
    for (const row of rows) last = reader.takeRowid(row);
    yield rows;
  }
}

function decodeRows<Item>(
  rows: unknown[],
  decode: (row: unknown) => Item,
): { items: Item[]; rejects: Reject[] } {
  const items: Item[] = [];
  const rejects: Reject[] = [];
  for (const row of rows) {
    try {
      items.push(decode(row));
    } catch (error) {
      if (!(error instanceof RowRejected)) throw error;
      rejects.push(error.reject);
    }
  }
  return { items, rejects };
}
