/** The tables of each SQLite layout, told apart by their columns, and upstream's current one as SQL. */
import type { DatabaseSync } from "node:sqlite";
import { GraphError } from "../../errors.ts";

/**
 * The layouts that occur at the same default path: `current` is memorygraphmcp's (and ours), `pre-temporal`
 * the same before 2025-12-06, `ts-0.13` that of memory-graph 0.13, `empty` a database without tables.
 */
export type SqliteLayout = "current" | "pre-temporal" | "ts-0.13" | "empty";

/** Layouts by the name that people know them by. */
export const LAYOUT_NAMES: Readonly<Record<SqliteLayout, string>> = {
  "current": "memorygraphmcp 0.12",
  "pre-temporal": "memorygraphmcp before temporal columns (older than 2025-12-06)",
  "ts-0.13": "memory-graph 0.13",
  "empty": "empty database",
};

/** Columns whose value is the truth; the same keys inside `properties` go stale when upstream invalidates. */
export const TEMPORAL_COLUMNS = ["valid_from", "valid_until", "recorded_at", "invalidated_by"] as const;

const NODE_COLUMNS = ["id", "label", "properties"];
const RELATIONSHIP_COLUMNS = ["id", "from_id", "to_id", "rel_type", "properties"];

/** Throws NOT_SUPPORTED for a layout that is only read. */
export function assertWritableLayout(layout: SqliteLayout, path: string): void {
  if (layout !== "ts-0.13") return;
  throw new GraphError(
    "NOT_SUPPORTED",
    `"${path}" has the layout of memory-graph 0.13, which is only read (migrate it to a new file first)`,
    { end: "target" },
  );
}

/** Finds the layout. Throws UNKNOWN_LAYOUT, saying what was found, for any other database. */
export function detectLayout(database: DatabaseSync, path: string): SqliteLayout {
  const nodes = columnsOf(database, "nodes");
  const relationships = columnsOf(database, "relationships");
  const includes = (columns: string[], wanted: readonly string[]) =>
    wanted.every((name) => columns.includes(name));
  if (includes(nodes, NODE_COLUMNS) && includes(relationships, RELATIONSHIP_COLUMNS)) {
    return includes(relationships, TEMPORAL_COLUMNS) ? "current" : "pre-temporal";
  }
  if (
    includes(columnsOf(database, "memories"), ["id", "type", "title", "content", "context"]) &&
    includes(relationships, ["id", "from_id", "to_id", "rel_type", "strength"])
  ) return "ts-0.13";
  const tables = database.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
  ).all().map((row) => String(row.name));
  if (tables.length === 0) return "empty";
  throw new GraphError(
    "UNKNOWN_LAYOUT",
    `"${path}" is a SQLite database but not a memory graph: it has the tables ${
      tables.slice(0, 8).join(", ")
    }` +
      `${tables.length > 8 ? ", ..." : ""} (expected nodes and relationships, or memories and relationships)`,
  );
}

/** The names of a table's columns, in order; none where there is no such table. */
export function columnsOf(database: DatabaseSync, table: string): string[] {
  return database.prepare("SELECT name FROM pragma_table_info(?)").all(table).map((row) => String(row.name));
}

/** Upstream's tables and the indexes on nodes, created where they are missing. */
export const CREATE_TABLES = `
CREATE TABLE IF NOT EXISTS nodes (
  id TEXT PRIMARY KEY,
  label TEXT NOT NULL,
  properties TEXT NOT NULL,
  created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE IF NOT EXISTS relationships (
  id TEXT PRIMARY KEY,
  from_id TEXT NOT NULL,
  to_id TEXT NOT NULL,
  rel_type TEXT NOT NULL,
  properties TEXT NOT NULL,
  created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
  valid_from TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  valid_until TIMESTAMP,
  recorded_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  invalidated_by TEXT,
  FOREIGN KEY (from_id) REFERENCES nodes(id) ON DELETE CASCADE,
  FOREIGN KEY (to_id) REFERENCES nodes(id) ON DELETE CASCADE,
  FOREIGN KEY (invalidated_by) REFERENCES relationships(id) ON DELETE SET NULL
);
CREATE INDEX IF NOT EXISTS idx_nodes_label ON nodes(label);
CREATE INDEX IF NOT EXISTS idx_nodes_created ON nodes(created_at);
`;

/**
 * Upstream's indexes on relationships, created where they are missing. Apart, because their keys are random: a
 * load into an empty table takes three times as long with them as when they are built at its end.
 */
export const CREATE_RELATIONSHIP_INDEXES = `
CREATE INDEX IF NOT EXISTS idx_rel_from ON relationships(from_id);
CREATE INDEX IF NOT EXISTS idx_rel_to ON relationships(to_id);
CREATE INDEX IF NOT EXISTS idx_rel_type ON relationships(rel_type);
CREATE INDEX IF NOT EXISTS idx_relationships_temporal ON relationships(valid_from, valid_until);
CREATE INDEX IF NOT EXISTS idx_relationships_current ON relationships(valid_until) WHERE valid_until IS NULL;
CREATE INDEX IF NOT EXISTS idx_relationships_recorded ON relationships(recorded_at);
`;

// ADD COLUMN refuses CURRENT_TIMESTAMP as a default, so the column's default is the empty text; upstream
// always gives a value. The created_at inside the properties is the relationship's; the column is the row's.
// A row whose properties do not decode is kept as it is; 2 stands for JSON5, which has Python's NaN too.
const PRE_TEMPORAL_VALUE = "COALESCE(CASE WHEN json_valid(properties, 2) " +
  "THEN json_extract(properties, '$.created_at') END, created_at)";

/** Adds the temporal columns that are missing and fills them as reading the old layout does. */
export function upgradePreTemporal(database: DatabaseSync): void {
  const present = columnsOf(database, "relationships");
  const add = (column: string, type: string, value?: string) => {
    if (present.includes(column)) return;
    database.exec(`ALTER TABLE relationships ADD COLUMN ${column} ${type}`);
    if (value) database.exec(`UPDATE relationships SET ${column} = ${value}`);
  };
  add("valid_from", "TIMESTAMP NOT NULL DEFAULT ''", PRE_TEMPORAL_VALUE);
  add("valid_until", "TIMESTAMP");
  add("recorded_at", "TIMESTAMP NOT NULL DEFAULT ''", PRE_TEMPORAL_VALUE);
  add("invalidated_by", "TEXT REFERENCES relationships(id) ON DELETE SET NULL");
}
