/**
 * The flat property map: how upstream keeps a record in every backend. Field names in snake case, each
 * context field as `context_<name>`, an empty context list as the string `"[]"`. Shared by all stores, so
 * that they cannot disagree on what a memory is.
 */
import { type Extra, type Field, hasKind, isDefault, plainObject } from "./fields.ts";
import { isJsonObject, type JsonValue, parseJson, parseShallowJson } from "./json.ts";
import { CONTEXT_FIELDS, type Memory, MEMORY_FIELDS } from "./memory.ts";
import { type Relationship, RELATIONSHIP_FIELDS, type RelationshipRef } from "./relationship.ts";

/** Property values by stored name. Null and absent are one. */
export type Properties = Record<string, JsonValue>;

const CONTEXT_PREFIX = "context_";

// Upstream never writes these, so a value that says nothing is left out: its own reader then finds the
// properties it knows.
const ONLY_IF_NOT_DEFAULT = new Set(["version", "description", "bidirectional"]);

/** A property that a field describes. */
export interface Slot {
  readonly field: Field;
  /** The property's name. */
  readonly stored: string;
  readonly inContext: boolean;
  readonly onlyIfNotDefault: boolean;
}

const toSlot = (field: Field, inContext: boolean): Slot => ({
  field,
  stored: inContext ? CONTEXT_PREFIX + field.stored : field.stored,
  inContext,
  onlyIfNotDefault: ONLY_IF_NOT_DEFAULT.has(field.stored),
});

/** The properties of a memory that fields describe, those of its context last. */
export const MEMORY_SLOTS: readonly Slot[] = [
  ...MEMORY_FIELDS.map((field) => toSlot(field, false)),
  ...CONTEXT_FIELDS.map((field) => toSlot(field, true)),
];
/** The properties of a relationship that fields describe; its id is none of them. */
export const RELATIONSHIP_SLOTS: readonly Slot[] = RELATIONSHIP_FIELDS.map((field) => toSlot(field, false));

const byName = (slots: readonly Slot[]) => new Map(slots.map((slot) => [slot.stored, slot]));
const MEMORY_SLOT_OF = byName(MEMORY_SLOTS);
const RELATIONSHIP_SLOT_OF = byName(RELATIONSHIP_SLOTS);

/** What a record keeps in a property; undefined for nothing. */
export function slotValue(slot: Slot, record: Memory | Relationship): JsonValue | undefined {
  const { field, inContext } = slot;
  const holder = inContext ? (record as Memory).context : record;
  const value = (holder as Record<string, JsonValue | undefined> | undefined)?.[field.key];
  if (value === undefined || (slot.onlyIfNotDefault && isDefault(field, value))) return undefined;
  return inContext && Array.isArray(value) && value.length === 0 ? "[]" : value;
}

/** A memory as its flat property map. The result shares arrays with the memory. */
export function memoryToProperties(memory: Memory): Properties {
  return withExtra(fieldProperties(MEMORY_SLOTS, memory), memory.extra);
}

/** A relationship's own properties, with its id and without its type and ends. */
export function relationshipToProperties(relationship: Relationship): Properties {
  const properties = fieldProperties(RELATIONSHIP_SLOTS, relationship);
  properties.id = relationship.id;
  return withExtra(properties, relationship.extra);
}

function fieldProperties(slots: readonly Slot[], record: Memory | Relationship): Properties {
  const properties: Properties = {};
  for (const slot of slots) {
    const value = slotValue(slot, record);
    if (value !== undefined) properties[slot.stored] = value;
  }
  return properties;
}

function withExtra(properties: Properties, extra: Extra | undefined): Properties {
  // In Deno `__proto__` is a key like any other, also for an assignment.
  for (const key in extra) properties[key] = extra[key]!;
  return properties;
}

/**
 * The memory that a property map holds. `id` is the one the backend keeps as key; it wins over a property of
 * that name. Whatever does not fit a field goes to `extra`, so nothing is lost and nothing throws.
 */
export function memoryFromProperties(id: string, properties: Properties): Memory {
  const memory: Record<string, unknown> = { id, type: "", title: "", content: "", ...memoryDefaults() };
  let context: Record<string, unknown> | undefined;
  let extra: Extra | undefined;
  for (const stored in properties) {
    const value = properties[stored];
    if (value === null || value === undefined || stored === "id") continue;
    const slot = MEMORY_SLOT_OF.get(stored);
    if (slot ? slot.inContext : stored.startsWith(CONTEXT_PREFIX)) context ??= contextDefaults();
    const decoded = slot && decodeValue(slot.field, value);
    if (decoded === undefined) (extra ??= plainObject())[stored] = value;
    else (slot!.inContext ? context! : memory)[slot!.field.key] = decoded;
  }
  if (context) memory.context = context;
  if (extra) memory.extra = extra;
  return memory as Memory;
}

const memoryDefaults = defaultsOf(MEMORY_FIELDS);
const contextDefaults = defaultsOf(CONTEXT_FIELDS);
const relationshipDefaults = defaultsOf(RELATIONSHIP_FIELDS);

/** What makes an object of the fields' defaults, with lists that nothing else has. */
function defaultsOf(fields: readonly Field[]): () => Record<string, unknown> {
  const values = Object.fromEntries(
    fields.filter((field) => field.default !== undefined).map((field) => [field.key, field.default]),
  );
  const lists = Object.keys(values).filter((key) => Array.isArray(values[key]));
  return () => {
    const defaults: Record<string, unknown> = { ...values };
    for (const key of lists) defaults[key] = [];
    return defaults;
  };
}

/** The relationship that a property map holds; `ref` is what the backend keeps outside the map. */
export function relationshipFromProperties(ref: RelationshipRef, properties: Properties): Relationship {
  const { id, fromId, toId, type } = ref;
  const relationship: Record<string, unknown> = { id, fromId, toId, type, ...relationshipDefaults() };
  let extra: Extra | undefined;
  for (const stored in properties) {
    const value = properties[stored];
    if (value === null || value === undefined || stored === "id") continue;
    const field = RELATIONSHIP_SLOT_OF.get(stored)?.field;
    const decoded = field && decodeValue(field, value);
    if (decoded === undefined) (extra ??= plainObject())[stored] = value;
    else relationship[field!.key] = decoded;
  }
  if (extra) relationship.extra = extra;
  return relationship as unknown as Relationship;
}

/** A stored value as the field's kind, or undefined when it is something else. */
function decodeValue(field: Field, value: JsonValue): unknown {
  if (hasKind(field.kind, value)) return value;
  // Only lists are decoded from text: upstream decodes any text that looks like JSON, and then loses a
  // memory whose project path is "[1]".
  if (field.kind !== "texts" || typeof value !== "string" || !value.startsWith("[")) return undefined;
  try {
    const list = parseJson(value);
    return hasKind("texts", list) ? list : undefined;
  } catch {
    return undefined;
  }
}

/** Parses the JSON text of a property map. Throws SyntaxError when it is not a JSON object, or nested too deep. */
export function parseProperties(text: string): Properties {
  const value = parseShallowJson(text);
  if (!isJsonObject(value)) throw new SyntaxError("not a JSON object");
  return value;
}
