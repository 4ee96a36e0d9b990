/** How a record maps to a row of upstream's SQLite tables, and back. */
import { GraphError } from "../../errors.ts";
import { isJsonObject, type JsonValue, stringifyJson } from "../../model/json.ts";
import { isTimestamp, type Memory } from "../../model/memory.ts";
import type { RecordKind } from "../../model/record.ts";
import type { Relationship } from "../../model/relationship.ts";
import type { Reject } from "../../store/store.ts";
import {
  memoryFromProperties,
  memoryToProperties,
  parseProperties,
  type Properties,
  relationshipFromProperties,
  relationshipToProperties,
} from "../../model/properties.ts";
import { type Cell, UnreadableCell } from "./rows.ts";
import { TEMPORAL_COLUMNS } from "./schema.ts";

type TemporalColumn = (typeof TEMPORAL_COLUMNS)[number];
/** id, properties */
export type NodeRow = [id: Cell, properties: Cell];
/** id, from_id, to_id, rel_type, properties, created_at, then TEMPORAL_COLUMNS */
export type RelationshipRow = [
  id: Cell,
  fromId: Cell,
  toId: Cell,
  type: Cell,
  properties: Cell,
  createdAt: Cell,
  ...temporal: Cell[],
];

/** A value that stands where a NOT NULL column has nothing to hold; upstream can parse it. */
const NO_TIMESTAMP = "1970-01-01T00:00:00+00:00";

/**
 * A property of ours: for a temporal field that its column cannot hold exactly (absent although NOT NULL, or
 * no timestamp), what the column holds instead and the true value. It counts only while the column is as
 * written, so that an invalidation by upstream, which changes columns alone, is still seen.
 */
const TEMPORAL_KEY = "memorygraph_temporal";

/** The `properties` text of a memory's row. */
export function encodeMemory(memory: Memory): string {
  return stringifyJson(memoryToProperties(memory));
}

/** Thrown for a row that cannot be carried. */
export class RowRejected extends Error {
  constructor(readonly reject: Reject) {
    super(reject.reason);
  }

  /** The error for a caller who asked for this very record. */
  atPath(path: string): GraphError {
    const { kind, id, field, reason } = this.reject;
    const what = `"${path}" holds ${kind} ${JSON.stringify(id)}, whose ${field} cannot be read`;
    return new GraphError("RECORD_INVALID", `${what}: it ${reason} (repair or delete its row)`, {
      details: { ids: [id] },
    });
  }
}

/** A row as a memory. Throws RowRejected. */
export function decodeMemory([idCell, propertiesCell]: NodeRow): Memory {
  const id = decodeId("memory", idCell);
  return memoryFromProperties(id, decodeProperties("memory", id, propertiesCell));
}

/** The `properties` text of a relationship's row and its temporal columns, in TEMPORAL_COLUMNS' order. */
export function encodeRelationship(
  relationship: Relationship,
): [properties: string, ...columns: (string | null)[]] {
  const own = relationshipToProperties(relationship);
  const inexact: Record<string, { column: string | null; value: JsonValue }> = {};
  const columns = TEMPORAL_COLUMNS.map((name) => {
    const value = own[name] ?? null;
    const column = temporalColumn(name, value, relationship);
    if (column !== value) inexact[name] = { column, value };
    return column;
  });
  // All thirteen properties, nulls included, as upstream writes them; it leaves the two that an invalidation
  // sets to its columns.
  const properties = own;
  properties.context ??= null;
  properties.success_rate ??= null;
  for (const name of ["valid_from", "recorded_at"]) {
    if (typeof properties[name] !== "string") properties[name] = null;
  }
  properties.valid_until = properties.invalidated_by = null;
  if (Object.keys(inexact).length > 0) properties[TEMPORAL_KEY] = inexact;
  return [stringifyJson(properties), ...columns];
}

function temporalColumn(name: TemporalColumn, value: JsonValue, { createdAt }: Relationship): string | null {
  if (name === "invalidated_by") return typeof value === "string" && value.isWellFormed() ? value : null;
  // TIMESTAMP columns have numeric affinity: "2024" would come back as a number.
  if (isTimestamp(value)) return value;
  if (name === "valid_until") return value === null ? null : NO_TIMESTAMP;
  return isTimestamp(createdAt) ? createdAt : NO_TIMESTAMP;
}

/** A row as a relationship. Throws RowRejected. */
export function decodeRelationship(row: RelationshipRow): Relationship {
  const [idCell, fromCell, toCell, typeCell, propertiesCell, createdAt, ...temporal] = row;
  const id = decodeId("relationship", idCell);
  const column = (field: string, cell: Cell) => requireText("relationship", id, { field, cell });
  const ref = {
    id,
    fromId: column("from_id", fromCell),
    toId: column("to_id", toCell),
    type: column("rel_type", typeCell),
  };
  const properties = decodeProperties("relationship", id, propertiesCell);
  if (temporal.length === 0) {
    // The layout before temporal columns: valid and known since it was created.
    const since = properties.created_at ??
      decodeText("relationship", id, { field: "created_at", cell: createdAt });
    Object.assign(properties, { valid_from: since, recorded_at: since });
  } else readTemporalColumns(id, properties, temporal);
  return relationshipFromProperties(ref, properties);
}

function readTemporalColumns(id: string, properties: Properties, cells: Cell[]): void {
  const inexact = properties[TEMPORAL_KEY];
  TEMPORAL_COLUMNS.forEach((name, index) => {
    const column = decodeText("relationship", id, { field: name, cell: cells[index]! });
    const written = isJsonObject(inexact) ? inexact[name] : undefined;
    properties[name] = isJsonObject(written) && written.column === column ? written.value! : column;
  });
  delete properties[TEMPORAL_KEY];
}

/** A row's id. Throws RowRejected. */
export function decodeId(kind: RecordKind, cell: Cell): string {
  const id = decodeText(kind, "", { field: "id", cell });
  if (id) return id;
  throw new RowRejected({ kind, id: "", field: "id", reason: "is empty or not text" });
}

/** The text of a column that must have one. Throws RowRejected. */
export function requireText(kind: RecordKind, id: string, column: { field: string; cell: Cell }): string {
  const text = decodeText(kind, id, column);
  if (text !== null) return text;
  throw new RowRejected({ kind, id, field: column.field, reason: "is not text" });
}

/** UTF-16 units of what is stored that a reject tells: enough to find and to repair it. */
const MAX_STORED = 100_000;

/** The text of a column, or null where it is empty. Throws RowRejected for anything else, which would get lost. */
function decodeText(
  kind: RecordKind,
  id: string,
  { field, cell }: { field: string; cell: Cell },
): string | null {
  if (typeof cell === "string" || cell === null) return cell;
  const { reason, stored } = cell instanceof UnreadableCell
    ? cell
    : { reason: "is not text", stored: String(cell) };
  throw new RowRejected({ kind, id, field, reason, stored: stored?.slice(0, MAX_STORED) });
}

function decodeProperties(kind: RecordKind, id: string, cell: Cell): Properties {
  const text = requireText(kind, id, { field: "properties", cell });
  try {
    return parseProperties(text);
  } catch (error) {
    const reason = `does not decode: ${error instanceof Error ? error.message : error}`;
    throw new RowRejected({ kind, id, field: "properties", reason, stored: text.slice(0, MAX_STORED) });
  }
}
