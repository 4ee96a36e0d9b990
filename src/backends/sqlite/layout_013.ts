/** Reads the layout of memory-graph 0.13: one column a field, the context as one JSON text. Never written. */
import { isJsonObject, type JsonValue, parseJson, stringifyJson } from "../../model/json.ts";
import type { Memory } from "../../model/memory.ts";
import type { Relationship } from "../../model/relationship.ts";
import type { RecordKind, Reject } from "../../store/store.ts";
import { memoryFromProperties, type Properties, relationshipFromProperties } from "../properties.ts";
import { RowRejected } from "./codec.ts";

/** A row by column name; INTEGER columns come as bigint. */
export type NamedRow = Record<string, unknown>;

/** A row of `memories`. Throws RowRejected. */
export function decodeMemory013(row: NamedRow): Memory {
  const id = idOf("memory", row.id);
  const { context, tags, ...columns } = row;
  const properties = columnsToProperties(columns);
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
  const id = idOf("relationship", row.id);
  const { from_id: fromId, to_id: toId, rel_type: type, ...columns } = row;
  for (const [field, value] of Object.entries({ from_id: fromId, to_id: toId, rel_type: type })) {
    if (typeof value !== "string") {
      throw new RowRejected({ kind: "relationship", id, field, reason: "is not text" });
    }
  }
  const ref = { id, fromId: fromId as string, toId: toId as string, type: type as string };
  return relationshipFromProperties(ref, columnsToProperties(columns));
}

function idOf(kind: RecordKind, value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  throw new RowRejected({ kind, id: "", field: "id", reason: "is empty or not text" });
}

function columnsToProperties(columns: NamedRow): Properties {
  const properties: Properties = {};
  for (const [name, value] of Object.entries(columns)) {
    if (typeof value === "bigint") {
      const number = Number(value);
      properties[name] = Number.isSafeInteger(number) ? number : value;
    } else properties[name] = value as JsonValue;
  }
  return properties;
}

function parseColumn(kind: RecordKind, id: string, field: string, value: unknown): JsonValue {
  if (value === null || value === undefined) return null;
  try {
    return parseJson(String(value));
  } catch (error) {
    const reject: Reject = { kind, id, field, reason: `does not decode: ${error}`, stored: String(value) };
    throw new RowRejected(reject);
  }
}
