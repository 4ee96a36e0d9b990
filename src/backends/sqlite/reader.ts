/** How each layout's rows are counted, found and decoded. */
import { Buffer } from "node:buffer";
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

/** Reads one layout. Its statements end where a condition on `m` (memories) or `r` can be added. */
export interface LayoutReader {
  readonly selectMemories: string;
  readonly selectRelationships: string;
  /**
   * The same with the bare columns, which is quicker and loses what follows a NUL; the last column tells how many
   * bytes of text a row has, so that the loss is seen.
   */
  readonly quick?: { readonly selectMemories: string; readonly selectRelationships: string };
  /** The tables that the records are in, each with the column that holds most of a row. */
  readonly tables: { readonly memories: LargestColumn; readonly relationships: LargestColumn };
  /** Sets how the statement's rows come, so that the decoders understand them. */
  configure(statement: StatementSync): StatementSync;
  /** Throws RowRejected. */
  decodeMemory(row: unknown): Memory;
  /** Throws RowRejected. */
  decodeRelationship(row: unknown): Relationship;
  count(database: DatabaseSync): Counts;
}

type LargestColumn = readonly [table: string, column: string];

// Two ranges of the label's index; "<>" would scan every node, once for each relationship that is looked up.
const IS_FOREIGN_NODE = "label < 'Memory' OR label > 'Memory'";
const FOREIGN_NODES = `SELECT count(*) AS n FROM nodes WHERE ${IS_FOREIGN_NODE}`;
/** Gives a row when a database in upstream's layout has a node that is no memory. */
export const ANY_FOREIGN_NODE: string = `SELECT 1 FROM nodes WHERE ${IS_FOREIGN_NODE} LIMIT 1`;
// A relationship that touches a node which is no memory. One whose end is missing altogether is not foreign:
// it is read, so that validation names it.
const IS_FOREIGN =
  "EXISTS (SELECT 1 FROM nodes AS n WHERE n.id IN (r.from_id, r.to_id) AND n.label <> 'Memory')";

function nodesLayout(temporalColumns: readonly string[]): LayoutReader {
  const nodeColumns = ["m.id", "m.properties"];
  const columns = ["id", "from_id", "to_id", "rel_type", "properties", "created_at", ...temporalColumns]
    .map((name) => `r.${name}`);
  const statements = (cells: (columns: readonly string[]) => string[]) => ({
    selectMemories: `SELECT ${cells(nodeColumns).join(", ")} FROM nodes AS m WHERE m.label = 'Memory'`,
    selectRelationships: `SELECT ${cells(columns).join(", ")} FROM relationships AS r ` +
      `WHERE ((${FOREIGN_NODES}) = 0 OR NOT ${IS_FOREIGN})`,
  });
  const bytesOf = (names: readonly string[]) =>
    names.map((name) => `ifnull(octet_length(${name}), 0)`).join(" + ");
  return {
    ...statements((names) => names.map(textCell)),
    quick: statements((names) => [...names, bytesOf(names)]),
    tables: { memories: ["nodes", "properties"], relationships: ["relationships", "properties"] },
    configure(statement) {
      // In Deno 2.9, but not yet in the types it ships.
      (statement as StatementSync & { setReturnArrays(on: boolean): void }).setReturnArrays(true);
      return statement;
    },
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
  selectMemories: "SELECT m.* FROM memories AS m WHERE TRUE",
  selectRelationships: "SELECT r.* FROM relationships AS r WHERE TRUE",
  tables: { memories: ["memories", "content"], relationships: ["relationships", "context"] },
  configure(statement) {
    statement.setReadBigInts(true);
    return statement;
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
  selectMemories: "SELECT 1 FROM sqlite_master AS m WHERE FALSE",
  selectRelationships: "SELECT 1 FROM sqlite_master AS r WHERE FALSE",
  tables: { memories: ["sqlite_master", "sql"], relationships: ["sqlite_master", "sql"] },
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
    const { tables, quick, decodeMemory, decodeRelationship } = reader;
    const page = (select: string, table: "m" | "r") =>
      reader.configure(
        database.prepare(`${select} AND ${table}.rowid > ? AND ${table}.rowid <= ? ORDER BY ${table}.rowid`),
      );
    const memories = {
      page: page(reader.selectMemories, "m"),
      quickPage: quick && page(quick.selectMemories, "m"),
    };
    for (const rows of readPages(database, memories, { table: tables.memories, batchSize })) {
      yield { kind: "memory", ...decodeRows(rows, decodeMemory) };
    }
    const relationships = {
      page: page(reader.selectRelationships, "r"),
      quickPage: quick && page(quick.selectRelationships, "r"),
    };
    for (const rows of readPages(database, relationships, { table: tables.relationships, batchSize })) {
      yield { kind: "relationship", ...decodeRows(rows, decodeRelationship) };
    }
  } finally {
    database.exec("COMMIT");
  }
}

// Below every rowid of a table that SQLite numbers itself.
const BEFORE_FIRST = -(2 ** 53) + 1;
/** A page ends when its largest column has come to this, so that memory does not grow with the records. */
const MAX_PAGE_BYTES = 8_000_000;

/**
 * Pages by ranges of the rowid: fetching a page in one call takes half the time of stepping through its rows.
 * The lengths are looked at first, which are in the rows' heads, so that texts of a megabyte make short pages.
 */
function* readPages(
  database: DatabaseSync,
  { page, quickPage }: { page: StatementSync; quickPage: StatementSync | undefined },
  { table: [table, column], batchSize }: { table: LargestColumn; batchSize: number },
): Generator<unknown[]> {
  const measure = database.prepare(
    // The length is taken inside: out there the whole column would have to be fetched for it.
    `SELECT count(*) AS n, max(rowid) AS last, sum(bytes) AS bytes FROM (` +
      `SELECT rowid, octet_length(${column}) AS bytes FROM ${table} WHERE rowid > ? ORDER BY rowid LIMIT ?)`,
  );
  let last = BEFORE_FIRST;
  let limit = batchSize;
  while (true) {
    const range = measure.get(last, limit) as { n: number; last: number; bytes: number | null };
    if (range.n === 0) return;
    if (range.n > 1 && (range.bytes ?? 0) > MAX_PAGE_BYTES) {
      limit = Math.ceil(Math.min(limit, range.n) / 4);
      continue;
    }
    let rows: unknown[] | undefined = quickPage?.all(last, range.last);
    if (!rows?.every(isWhole)) rows = page.all(last, range.last);
    if (rows.length > 0) yield rows;
    last = range.last;
    limit = Math.min(batchSize, limit * 4);
  }
}

/**
 * Takes its last cell off a row of a quick statement, which tells how many bytes of text it has, and says whether it
 * is as it is stored: text, none of it cut at an embedded NUL, or nothing.
 */
function isWhole(row: unknown): boolean {
  const cells = row as unknown[];
  let missing = cells.pop() as number;
  for (const cell of cells) {
    if (typeof cell === "string") missing -= Buffer.byteLength(cell);
    else if (cell !== null) return false;
  }
  return missing === 0;
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
