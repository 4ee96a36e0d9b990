/**
 * Records as JSON objects, alike in every file format: upstream's keys in upstream's order, then what upstream
 * does not write, then `extra`. Described for users in docs/FORMATS.md.
 */
import { memoryFromProperties, type Properties, relationshipFromProperties } from "../model/properties.ts";
import { GraphError } from "../errors.ts";
import { type Extra, type Field, plainObject } from "../model/fields.ts";
import {
  isDeeper,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  MAX_DEPTH,
  parseJson,
  stringifyJson,
} from "../model/json.ts";
import type { GraphRecord, RecordKind } from "../model/record.ts";
import { shownId } from "../model/shown_id.ts";
import { CONTEXT_FIELDS, type Memory, MEMORY_FIELDS, type MemoryContext } from "../model/memory.ts";
import { type Relationship, RELATIONSHIP_FIELDS } from "../model/relationship.ts";
import type { Reject } from "../store/store.ts";
import { MAX_RECORD_BYTES } from "./limits.ts";

/** The fields of a record, split by whether upstream's exports have them; both in our schema's order. */
export interface Layout {
  readonly upstream: readonly Field[];
  readonly ours: readonly Field[];
}

function layoutOf(fields: readonly Field[], { ours }: { ours: readonly string[] }): Layout {
  return {
    upstream: fields.filter((field) => !ours.includes(field.key)),
    ours: fields.filter((field) => ours.includes(field.key)),
  };
}

/** A memory's fields, but `context`, which has a layout of its own. */
export const MEMORY_LAYOUT = layoutOf(MEMORY_FIELDS, {
  ours: ["effectiveness", "usageCount", "lastAccessed", "version", "updatedBy"],
});
/** The fields of a memory's context. */
export const CONTEXT_LAYOUT = layoutOf(CONTEXT_FIELDS, {
  ours: [
    ...["gitCommit", "gitBranch", "workingDirectory", "timestamp", "sessionId", "userId"],
    ...["tenantId", "teamId", "visibility", "createdBy"],
  ],
});
/** A relationship's properties; `id`, type and ends stand beside them in a file. */
export const RELATIONSHIP_LAYOUT: Layout = {
  upstream: RELATIONSHIP_FIELDS.slice(0, 4),
  ours: RELATIONSHIP_FIELDS.slice(4),
};

/** A memory as the object that files hold. Throws RECORD_INVALID for what no file can hold. */
export function memoryToJson(memory: Memory): JsonObject {
  const json: JsonObject = {};
  write(json, memory, MEMORY_LAYOUT.upstream, { nulls: true });
  if (memory.context) json.context = contextToJson(memory.context);
  write(json, memory, MEMORY_LAYOUT.ours);
  writeExtra(json, memory);
  return json;
}

function contextToJson(context: MemoryContext): JsonObject {
  const json: JsonObject = {};
  write(json, context, CONTEXT_LAYOUT.upstream);
  write(json, context, CONTEXT_LAYOUT.ours);
  return json;
}

/** A relationship as the object that files hold. Throws RECORD_INVALID for what no file can hold. */
export function relationshipToJson(relationship: Relationship): JsonObject {
  const { id, fromId, toId, type } = relationship;
  const properties: JsonObject = {};
  write(properties, relationship, RELATIONSHIP_LAYOUT.upstream, { nulls: true });
  write(properties, relationship, RELATIONSHIP_LAYOUT.ours);
  const json: JsonObject = { from_memory_id: fromId, to_memory_id: toId, type, properties, id };
  writeExtra(json, relationship);
  return json;
}

function write(
  json: JsonObject,
  record: Memory | MemoryContext | Relationship,
  fields: readonly Field[],
  { nulls = false } = {},
): void {
  const values = record as unknown as Record<string, JsonValue | undefined>;
  for (const { key, stored, kind } of fields) {
    const value = values[key];
    if (value !== undefined) json[stored] = kind === "json" ? decodeOpaque(value as string) : value;
    else if (nulls) json[stored] = null;
  }
}

// Leaves room for the objects and lists around it.
const MAX_VALUE_DEPTH = MAX_DEPTH - 10;

/** The object that opaque text holds, where it would come back the same; else the text. */
function decodeOpaque(text: string): JsonValue {
  if (text === "{}") return {};
  try {
    const value = parseJson(text);
    return isJsonObject(value) && isPlain(value, MAX_VALUE_DEPTH) ? value : text;
  } catch {
    return text;
  }
}

/** Whether a value is JSON by the letter, without NaN and the infinities, and is not nested too deeply. */
function isPlain(value: JsonValue, depth: number): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || value === null) return true;
  return depth > 0 && Object.values(value).every((item) => isPlain(item, depth - 1));
}

function writeExtra(json: JsonObject, { id, extra }: { id: string; extra?: Extra }): void {
  if (!extra) return;
  for (const key in extra) {
    if (!isDeeper(extra[key]!, MAX_VALUE_DEPTH)) continue;
    throw unwritable(id, `has a property ${shownId(key)} that is nested more than ${MAX_VALUE_DEPTH} deep`);
  }
  json.extra = extra;
}

/** A record's object as one line of text. Throws RECORD_INVALID when it is longer than a reader takes. */
export function recordText(json: JsonObject): string {
  const text = stringifyJson(json);
  // A code unit takes at most three bytes.
  if (text.length > MAX_RECORD_BYTES / 3 && new TextEncoder().encode(text).length > MAX_RECORD_BYTES) {
    throw unwritable(String(json.id), `has more than ${MAX_RECORD_BYTES / 1024 / 1024} MB`);
  }
  return text;
}

function recordToJson(kind: RecordKind, record: GraphRecord): JsonObject {
  return kind === "memory" ? memoryToJson(record as Memory) : relationshipToJson(record as Relationship);
}

/** A record as a reject file names what was stored, of any size; undefined where no file can hold it. */
export function rejectedText(kind: RecordKind, record: GraphRecord): string | undefined {
  try {
    return stringifyJson(recordToJson(kind, record));
  } catch (error) {
    if (error instanceof GraphError && error.code === "RECORD_INVALID") return undefined;
    throw error;
  }
}

/** Why no file of JSON can hold a record, as the end of a sentence about it; undefined where one can. */
export function whyNotJson(kind: RecordKind, record: GraphRecord): string | undefined {
  try {
    recordText({ kind, ...recordToJson(kind, record) });
    return undefined;
  } catch (error) {
    if (error instanceof GraphError && error.details?.reason) return String(error.details.reason);
    throw error;
  }
}

function unwritable(id: string, reason: string): GraphError {
  const advice = "repair it, or leave such records out of an export with --skip-invalid";
  const message = `Cannot write ${shownId(id)} to a file: it ${reason} (${advice})`;
  return new GraphError("RECORD_INVALID", message, { details: { id, reason } });
}

/** The memory that an object from a file holds, as a store would give it; or why it cannot be carried. */
export function memoryFromJson(json: JsonValue): Memory | Reject {
  if (!isJsonObject(json)) return reject("memory", json, { reason: "is not an object" });
  const { id, context, extra, ...rest } = json;
  if (typeof id !== "string") return reject("memory", json, { field: "id", reason: "has no id" });
  const properties = flatten(rest, plainObject());
  if (isJsonObject(context)) {
    // Having a context is information, even when there is nothing in it.
    properties.context_additional_metadata = "{}";
    for (const [key, value] of Object.entries(context)) {
      const isOpaque = key === "additional_metadata" && isJsonObject(value);
      if (value !== null) properties[`context_${key}`] = isOpaque ? stringifyJson(value) : value;
    }
  } else properties.context = context ?? null;
  return memoryFromProperties(id, withExtra(properties, extra));
}

/** What to put in place of what upstream's exports lack. */
export interface RelationshipDefaults {
  /** The id of a relationship that has none; its `id` is empty then. Default: it cannot be carried. */
  idOf?(relationship: Relationship): string;
  /** The timestamps that upstream gives to every relationship. Default: they stay absent. */
  timestamp?: string;
}

/** The relationship that an object from a file holds; or why it cannot be carried. */
export function relationshipFromJson(
  json: JsonValue,
  defaults: RelationshipDefaults = {},
): Relationship | Reject {
  if (!isJsonObject(json)) return reject("relationship", json, { reason: "is not an object" });
  const { from_memory_id: fromId, to_memory_id: toId, type, properties, id = null, extra, ...rest } = json;
  const no = (field: string, what: string) =>
    reject("relationship", json, { field, reason: `has no ${what}` });
  if (typeof fromId !== "string") return no("from_memory_id", "memory that it comes from");
  if (typeof toId !== "string") return no("to_memory_id", "memory that it goes to");
  if (typeof type !== "string") return no("type", "type");
  if (typeof id !== "string" && (id !== null || !defaults.idOf)) return no("id", "id");
  const flat = flatten(rest, plainObject());
  if (isJsonObject(properties)) flatten(properties, flat);
  else flat.properties = properties ?? null;
  const ref = { id: id === null ? "" : id, fromId, toId, type };
  const relationship = relationshipFromProperties(ref, withExtra(flat, extra));
  // Before the timestamps are set: they differ from one export of a graph to the next.
  if (id === null) relationship.id = defaults.idOf!(relationship);
  if (defaults.timestamp !== undefined) {
    for (const { key, stored } of TIMESTAMPS) {
      if (flat[stored] === undefined || flat[stored] === null) {
        Object.assign(relationship, { [key]: defaults.timestamp });
      }
    }
  }
  return relationship;
}

/** Timestamps that upstream gives to every relationship, and leaves out of its exports. */
const TIMESTAMPS = RELATIONSHIP_FIELDS.filter(({ key }) =>
  ["createdAt", "lastValidated", "validFrom", "recordedAt"].includes(key)
);

function reject(kind: RecordKind, json: JsonValue, problem: { field?: string; reason: string }): Reject {
  const id = isJsonObject(json) && typeof json.id === "string" ? json.id : "";
  return { kind, id, ...problem, stored: stringifyJson(json) };
}

function flatten(json: JsonObject, properties: Properties): Properties {
  for (const key of Object.keys(json)) properties[key] = json[key]!;
  return properties;
}

/** `extra` wins over a field; where a file has something else under the name, that is an unknown property. */
function withExtra(properties: Properties, extra: JsonValue | undefined): Properties {
  if (isJsonObject(extra)) return flatten(extra, properties);
  properties.extra = extra ?? null;
  return properties;
}
