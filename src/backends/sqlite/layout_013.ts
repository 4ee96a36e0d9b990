/** Reads the layout of memory-graph 0.13: one column a field, the context as one JSON text. Never written. */
import { isJsonObject, type JsonValue, parseShallowJson, stringifyJson } from "../../model/json.ts";
import type { Memory } from "../../model/memory.ts";
import type { RecordKind } from "../../model/record.ts";
import type { Relationship } from "../../model/relationship.ts";
import type { Reject } from "../../store/store.ts";
import { memoryFromProperties, type Properties, relationshipFromProperties } from "../../model/properties.ts";
import { decodeId, requireText, RowRejected } from "./codec.ts";
import { type Cell, UnreadableCell } from "./rows.ts";

/** A row by column name; INTEGER columns come as bigint. */
export type NamedRow = Record<string, Cell>;

/** A row of `memories`. Throws RowRejected. */
export function decodeMemory013(row: NamedRow): Memory {
  const id = decodeId("memory", row.id ?? null);
  const { context, tags, ...columns } = row;
  const properties = columnsToProperties("memory", id, columns);
  properties.tags = parseColumn("memory", id, "tags", tags);
  const fields = parseColumn("memory", id, "context", context);
  if (isJsonObject(fields)) {
    for (const [key, value] of Object.entries(fields)) {
      properties[`context_${key}`] = key === "additional_metadata" ? stringifyJson(value) : value;
    }
  } else if (fields !== null) properties.context = fields;
  return memoryFromProperties(id, properties);
}

/** A row of `relationships`. Throws RowRejected. */
export function decodeRelationship013(row: NamedRow): Relationship {
  const id = decodeId("relationship", row.id ?? null);
  const { from_id: fromId, to_id: toId, rel_type: type, ...columns } = row;
  const text = (field: string, cell: Cell = null) => requireText("relationship", id, { field, cell });
  const ref = {
    id,
    fromId: text("from_id", fromId),
    toId: text("to_id", toId),
    type: text("rel_type", type),
  };
  return relationshipFromProperties(ref, columnsToProperties("relationship", id, columns));
}

function columnsToProperties(kind: RecordKind, id: string, columns: NamedRow): Properties {
  const properties: Properties = {};
  for (const [name, cell] of Object.entries(columns)) {
    const value = readable(kind, id, { field: name, cell });
    if (typeof value === "bigint") {
      const number = Number(value);
      properties[name] = Number.isSafeInteger(number) ? number : value;
    } else properties[name] = value;
  }
  return properties;
}

function readable(kind: RecordKind, id: string, { field, cell }: { field: string; cell: Cell }) {
  if (!(cell instanceof UnreadableCell)) return cell;
  throw new RowRejected({ kind, id, field, reason: cell.reason, stored: cell.stored });
}

function parseColumn(kind: RecordKind, id: string, field: string, cell: Cell = null): JsonValue {
  const value = readable(kind, id, { field, cell });
  if (value === null) return null;
  try {
    return parseShallowJson(String(value));
  } catch (error) {
    const reject: Reject = { kind, id, field, reason: `does not decode: ${error}`, stored: String(value) };
    throw new RowRejected(reject);
  }
}
