/** How each layout's rows are counted, found and decoded. */
import type { DatabaseSync } from "node:sqlite";
import type { Memory } from "../../model/memory.ts";
import type { Relationship } from "../../model/relationship.ts";
import { type Prepare, Statements } from "../../sqlite_statements.ts";
import type { Batch, Counts, Reject } from "../../store/store.ts";
import {
  decodeMemory,
  decodeRelationship,
  type NodeRow,
  type RelationshipRow,
  RowRejected,
} from "./codec.ts";
import { decodeMemory013, decodeRelationship013, type NamedRow } from "./layout_013.ts";
import { type Cell, type Fetch, RowFetcher, type Select, selectOf } from "./rows.ts";
import { columnsOf, type SqliteLayout, TEMPORAL_COLUMNS } from "./schema.ts";

/** Reads one layout of one database. */
export interface LayoutReader {
  readonly memories: RecordReader<Memory>;
  readonly relationships: RecordReader<Relationship>;
  count(database: DatabaseSync): Counts;
}

/** Reads the records of one kind. */
export interface RecordReader<Item> {
  /** A condition can be added on `m` (memories) or `r`. */
  readonly select: Select;
  /** The table that the records are in, with the column that holds most of a row. */
  readonly largest: LargestColumn;
  /** What finds the records for which `condition` holds; it throws RowRejected. */
  finder(prepare: Prepare, condition: string): Fetch<Item[]>;
  /** The same, with those that cannot be carried. */
  pager(prepare: Prepare, condition: string): Fetch<Page<Item>>;
}

interface Page<Item> {
  readonly items: Item[];
  readonly rejects: Reject[];
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

/** Makes the reader of a layout's records of one kind. */
type MakeReader = <Item>(options: {
  select: Select;
  largest: LargestColumn;
  decode: (row: Cell[]) => Item;
}) => RecordReader<Item>;

function recordReaders(database: DatabaseSync): MakeReader {
  const fetcher = new RowFetcher(database);
  return ({ select, largest, decode }) => ({
    select,
    largest,
    finder(prepare, condition) {
      const fetch = fetcher.fetcher(prepare, select, condition);
      return (...values) => fetch(...values).map(decode);
    },
    pager(prepare, condition) {
      const fetch = fetcher.fetcher(prepare, select, condition);
      return (...values) => decodeRows(fetch(...values), decode);
    },
  });
}

function nodesLayout(database: DatabaseSync, temporalColumns: readonly string[]): LayoutReader {
  const make = recordReaders(database);
  const columns = ["id", "from_id", "to_id", "rel_type", "properties", "created_at", ...temporalColumns]
    .map((name) => `r.${name}`);
  return {
    memories: make({
      select: selectOf(["m.id", "m.properties"], { rest: "FROM nodes AS m WHERE m.label = 'Memory'" }),
      largest: ["nodes", "properties"],
      decode: (row) => decodeMemory(row as NodeRow),
    }),
    relationships: make({
      select: selectOf(
        columns,
        { rest: `FROM relationships AS r WHERE ((${FOREIGN_NODES}) = 0 OR NOT ${IS_FOREIGN})` },
      ),
      largest: ["relationships", "properties"],
      decode: (row) => decodeRelationship(row as RelationshipRow),
    }),
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

function layout013(database: DatabaseSync): LayoutReader {
  const make = recordReaders(database);
  const all = <Item>(
    table: string,
    { alias, largest, decode }: { alias: string; largest: string; decode: (row: NamedRow) => Item },
  ) => {
    const names = columnsOf(database, table);
    const columns = names.map((name) => `${alias}."${name.replaceAll('"', '""')}"`);
    return make({
      select: selectOf(columns, { rest: `FROM ${table} AS ${alias} WHERE TRUE`, mayHoldNumbers: true }),
      largest: [table, largest],
      decode: (row) => decode(Object.fromEntries(names.map((name, index) => [name, row[index]!]))),
    });
  };
  return {
    memories: all("memories", { alias: "m", largest: "content", decode: decodeMemory013 }),
    relationships: all("relationships", { alias: "r", largest: "context", decode: decodeRelationship013 }),
    count(database) {
      return {
        memories: countOf(database, "SELECT count(*) AS n FROM memories"),
        relationships: countOf(database, "SELECT count(*) AS n FROM relationships"),
        foreignNodes: 0,
        foreignRelationships: 0,
      };
    },
  };
}

function emptyLayout(database: DatabaseSync): LayoutReader {
  const make = recordReaders(database);
  const nothing = (alias: string) =>
    make<never>({
      select: selectOf([`${alias}.name`], { rest: `FROM sqlite_master AS ${alias} WHERE FALSE` }),
      largest: ["sqlite_master", "sql"],
      decode: () => {
        throw new TypeError("an empty database has no records");
      },
    });
  return {
    memories: nothing("m"),
    relationships: nothing("r"),
    count: () => ({ memories: 0, relationships: 0, foreignNodes: 0, foreignRelationships: 0 }),
  };
}

const MAKERS: Readonly<Record<SqliteLayout, (database: DatabaseSync) => LayoutReader>> = {
  "current": (database) => nodesLayout(database, TEMPORAL_COLUMNS),
  "pre-temporal": (database) => nodesLayout(database, []),
  "ts-0.13": layout013,
  "empty": emptyLayout,
};

/** The reader of a database that has this layout. */
export function layoutReader(database: DatabaseSync, layout: SqliteLayout): LayoutReader {
  return MAKERS[layout](database);
}

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
    for (const page of readPages(database, reader.memories, { table: "m", batchSize })) {
      yield { kind: "memory", ...page };
    }
    for (const page of readPages(database, reader.relationships, { table: "r", batchSize })) {
      yield { kind: "relationship", ...page };
    }
  } finally {
    database.exec("COMMIT");
  }
}

// Below every rowid of a table that SQLite numbers itself.
const BEFORE_FIRST = -(2 ** 53) + 1;
/** A longer page holds its rows for so long that the garbage collector moves them all. */
const MAX_PAGE_ROWS = 500;
/** A page ends when its largest column has come to this, so that memory does not grow with the records. */
const MAX_PAGE_BYTES = 8_000_000;

/**
 * Pages by ranges of the rowid: fetching a page in one call takes half the time of stepping through its rows.
 * The lengths are looked at first, which are in the rows' heads, so that texts of a megabyte make short pages.
 */
function* readPages<Item>(
  database: DatabaseSync,
  { largest: [source, column], pager }: RecordReader<Item>,
  { table, batchSize }: { table: "m" | "r"; batchSize: number },
): Generator<Page<Item>> {
  const pageOf = pager(
    new Statements(database).prepare,
    `AND ${table}.rowid > ? AND ${table}.rowid <= ? ORDER BY ${table}.rowid`,
  );
  const measure = database.prepare(
    // The length is taken inside: out there the whole column would have to be fetched for it.
    `SELECT count(*) AS n, max(rowid) AS last, sum(bytes) AS bytes FROM (` +
      `SELECT rowid, octet_length(${column}) AS bytes FROM ${source} WHERE rowid > ? ORDER BY rowid LIMIT ?)`,
  );
  const most = Math.min(batchSize, MAX_PAGE_ROWS);
  let last = BEFORE_FIRST;
  let limit = most;
  while (true) {
    const range = measure.get(last, limit) as { n: number; last: number; bytes: number | null };
    if (range.n === 0) return;
    if (range.n > 1 && (range.bytes ?? 0) > MAX_PAGE_BYTES) {
      limit = Math.ceil(Math.min(limit, range.n) / 4);
      continue;
    }
    const page = pageOf(last, range.last);
    if (page.items.length + page.rejects.length > 0) yield page;
    last = range.last;
    limit = Math.min(most, limit * 4);
  }
}

function decodeRows<Item>(
  rows: Cell[][],
  decode: (row: Cell[]) => Item,
): Page<Item> {
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
