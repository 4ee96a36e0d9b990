/** Records as nodes and relationships: the flat property map in a database's own types, and back. */
import { GraphError } from "../../errors.ts";
import { derivedId, type Ordinals } from "../../model/derived_id.ts";
import { type FieldKind, plainObject } from "../../model/fields.ts";
import { isJsonObject, type JsonValue, parseJson, stringifyJson } from "../../model/json.ts";
import type { Memory } from "../../model/memory.ts";
import type { Relationship } from "../../model/relationship.ts";
import { shownId } from "../../model/shown_id.ts";
import type { Reject } from "../../store/store.ts";
import {
  MEMORY_SLOTS,
  memoryFromProperties,
  type Properties,
  RELATIONSHIP_SLOTS,
  relationshipFromProperties,
  type Slot,
  slotValue,
} from "../../model/properties.ts";
import type { Storable } from "./dialect.ts";
import { decodeName, ENCODED, encodeName } from "./names.ts";
import { NATIVE_TIMESTAMPS, nativeTimestamp, TIMESTAMPS, timestampText } from "./temporal.ts";
import {
  NATIVE_TYPES,
  NativeValue,
  type NodeContent,
  type RelationshipContent,
  type StoredMap,
  type StoredValue,
} from "./values.ts";

/** The label that makes a node a memory. */
export const MEMORY_LABEL = "Memory";
/** The entry of `extra` that carries a node's other labels, in ascending order. */
const LABELS = "memorygraph_labels";
/** The member that says which native type an object in `extra` stands for. */
const NATIVE = "memorygraph_native";

/** A memory ready to be written: its properties, and its labels beside {@linkcode MEMORY_LABEL}. */
export interface NodeRow {
  readonly labels: readonly string[];
  readonly properties: StoredMap;
}

/** A record's properties as a list, which leaves their names to the statement. */
export interface PropertyList {
  /** The id, then the value of each property that a field describes, null where there is none. */
  readonly values: StoredValue[];
  /** What no field describes; undefined for nothing. */
  readonly others: StoredMap | undefined;
}

// An id is encoded in its own way.
const MEMORY_SLOTS_BUT_ID = MEMORY_SLOTS.filter(({ stored }) => stored !== "id");
const columnsOf = (slots: readonly Slot[]) => ["id", ...slots.map(({ stored }) => stored)];
/** The names of a memory's {@linkcode PropertyList.values}. */
export const MEMORY_COLUMNS: readonly string[] = columnsOf(MEMORY_SLOTS_BUT_ID);
/** The names of a relationship's {@linkcode PropertyList.values}. */
export const RELATIONSHIP_COLUMNS: readonly string[] = columnsOf(RELATIONSHIP_SLOTS);

const kindsOf = (slots: readonly Slot[]) =>
  new Map<string, FieldKind>(slots.map(({ stored, field: { kind } }) => [stored, kind]));
const MEMORY_KINDS = kindsOf(MEMORY_SLOTS);
const RELATIONSHIP_KINDS = kindsOf(RELATIONSHIP_SLOTS);

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** Why an id cannot be kept in a database, as the end of a sentence about it; undefined where it can. */
export function whyIdRefused(
  id: string,
  storable: Pick<Storable, "id" | "maxIdBytes">,
): string | undefined {
  if (id === "" || !id.isWellFormed()) return "is empty or not Unicode";
  const { maxIdBytes } = storable;
  const stored = encodeName(id, (text) => storable.id(text));
  return isLongerThan(stored, maxIdBytes) ? `has more than ${maxIdBytes} bytes, as it is stored` : undefined;
}

/** Codec for one database: what it can hold decides what is kept as marked JSON text. */
export class CypherCodec {
  readonly #storable: Storable;
  readonly #isText = (text: string) => this.#storable.text(text);
  readonly #isId = (id: string) => this.#storable.id(id);
  readonly #isName = (name: string) => this.#storable.name(name);

  constructor(storable: Storable) {
    this.#storable = storable;
  }

  /** An id as it is stored and looked up. Throws RECORD_INVALID for one that cannot be kept. */
  encodeId(id: string): string {
    const stored = this.lookupId(id);
    if (stored !== undefined) return stored;
    const reason = whyIdRefused(id, this.#storable);
    throw new GraphError("RECORD_INVALID", `The id ${shownId(id)} cannot be stored: it ${reason}`, {
      details: { ids: [id] },
    });
  }

  /** An id as it is looked up; undefined for one that cannot be stored, and so is nowhere. */
  lookupId(id: string): string | undefined {
    if (id === "" || !id.isWellFormed()) return undefined;
    const stored = encodeName(id, this.#isId);
    return isLongerThan(stored, this.#storable.maxIdBytes) ? undefined : stored;
  }

  /** A relationship type as it is stored. */
  encodeType(type: string): string {
    return encodeName(type, this.#isName);
  }

  encodeMemory(memory: Memory): NodeRow {
    const { labels, ...list } = this.listMemory(memory);
    return { labels, properties: propertiesOf(MEMORY_COLUMNS, list) };
  }

  /** A memory as {@linkcode encodeMemory} gives it, with its properties as a list. */
  listMemory(memory: Memory): PropertyList & Pick<NodeRow, "labels"> {
    const labels = asLabels(memory.extra?.[LABELS]);
    const list = this.#encode(memory, {
      slots: MEMORY_SLOTS_BUT_ID,
      kinds: MEMORY_KINDS,
      leftOut: labels && LABELS,
    });
    return { labels: labels?.map((label) => encodeName(label, this.#isName)) ?? [], ...list };
  }

  encodeRelationship(relationship: Relationship): StoredMap {
    return propertiesOf(RELATIONSHIP_COLUMNS, this.listRelationship(relationship));
  }

  /** A relationship as {@linkcode encodeRelationship} gives it, with its properties as a list. */
  listRelationship(relationship: Relationship): PropertyList {
    return this.#encode(relationship, { slots: RELATIONSHIP_SLOTS, kinds: RELATIONSHIP_KINDS });
  }

  decodeMemory(node: NodeContent): Memory | Reject {
    const properties = this.#decode(node.properties, MEMORY_KINDS);
    const { id } = node.properties;
    if (typeof id !== "string" || id === "") return reject("memory", id, properties);
    if (node.labels.length > 1) {
      if (LABELS in properties) {
        const reason = `has both labels and a property "${LABELS}"`;
        return {
          kind: "memory",
          id: decodeName(id),
          field: LABELS,
          reason,
          stored: stringifyJson(properties),
        };
      }
      const others = node.labels.filter((label) => label !== MEMORY_LABEL);
      if (others.length > 0) properties[LABELS] = others.map(decodeName).sort();
    }
    return memoryFromProperties(decodeName(id), properties);
  }

  /**
   * `ordinals` counts the relationships without an id that are alike; give one to all the calls of a read, so
   * that each of them has an id of its own.
   */
  decodeRelationship(stored: RelationshipContent, ordinals: Ordinals): Relationship | Reject {
    const properties = this.#decode(stored.properties, RELATIONSHIP_KINDS);
    const { from, to, properties: { id = null } } = stored;
    for (const end of [from, to]) {
      if (typeof end !== "string" || end === "") {
        const reason = "touches a memory without a usable id";
        return { kind: "relationship", id: idText(id), reason, stored: stringifyJson(properties) };
      }
    }
    if (id !== null && (typeof id !== "string" || id === "")) return reject("relationship", id, properties);
    const ref = {
      id: id === null ? "" : decodeName(id),
      fromId: decodeName(from as string),
      toId: decodeName(to as string),
      type: decodeName(stored.type),
    };
    const relationship = relationshipFromProperties(ref, properties);
    return id === null ? { ...relationship, id: derivedId(relationship, ordinals) } : relationship;
  }

  #encode(
    record: Memory | Relationship,
    { slots, kinds, leftOut }: {
      slots: readonly Slot[];
      kinds: ReadonlyMap<string, FieldKind>;
      /** The entry of `extra` that is no property. */
      leftOut?: string;
    },
  ): PropertyList {
    const { id, extra } = record;
    const values: StoredValue[] = [this.encodeId(id)];
    let encoded: string[] | undefined;
    const encode = (name: string, value: JsonValue, kind: FieldKind | undefined): StoredValue => {
      const stored = this.#toStored(value, name, kind);
      if (stored !== undefined) return stored;
      (encoded ??= []).push(name);
      return stringifyJson(value);
    };
    for (const slot of slots) {
      const { stored: name, field: { kind } } = slot;
      // What has the name of a field and another type is in `extra`, and is what is stored.
      const value = extra && Object.hasOwn(extra, name) ? null : slotValue(slot, record) ?? null;
      values.push(value === null ? null : encode(name, value, kind));
    }
    let others: StoredMap | undefined;
    for (const key in extra) {
      const value = extra[key];
      if (value === null || value === undefined || key === leftOut || key === "id") continue;
      const kind = kinds.get(key);
      const name = kind ? key : encodeName(key, this.#isName);
      (others ??= {})[name] = encode(name, value, kind);
    }
    if (encoded) (others ??= {})[ENCODED] = encoded.sort();
    return { values, others };
  }

  /** The value in the database's types, or undefined where it has none that gives the value back. */
  #toStored(value: JsonValue, key: string, kind: FieldKind | undefined): StoredValue | undefined {
    switch (typeof value) {
      case "string":
        return this.#timestamp(key, value) ?? (this.#storable.text(value) ? value : undefined);
      case "boolean":
        return value;
      case "bigint":
        return isInt64(value) ? value : undefined;
      case "number":
        return kind !== "number" && isInteger(value) ? BigInt(value) : this.#double(value);
      default:
        return Array.isArray(value) ? this.#list(value) : this.#native(value);
    }
  }

  #timestamp(key: string, text: string): NativeValue | undefined {
    const { timestampDigits } = this.#storable;
    return timestampDigits > 0 && NATIVE_TIMESTAMPS.has(key)
      ? nativeTimestamp(text, timestampDigits)
      : undefined;
  }

  #double(value: number): number | undefined {
    return this.#storable.nonFinite || Number.isFinite(value) ? value : undefined;
  }

  /** Only lists of one type: Neo4j turns `[1, 1.5]` into doubles and refuses other mixtures. */
  #list(items: JsonValue[]): StoredValue[] | undefined {
    const all = (test: (item: JsonValue) => boolean) => items.every(test);
    if (all((item) => typeof item === "string" && this.#isText(item))) return items as string[];
    if (all((item) => typeof item === "boolean")) return items as boolean[];
    if (all((item) => typeof item === "bigint" ? isInt64(item) : isInteger(item))) {
      return items.map((item) => BigInt(item as number | bigint));
    }
    const doubles = all((item) => typeof item === "number" && this.#double(item) !== undefined);
    return doubles ? items as number[] : undefined;
  }

  #native(value: JsonValue): NativeValue | undefined {
    const native = asNative(value);
    return native && this.#storable.native(native) ? native : undefined;
  }

  /** Reuses the map where no name is encoded: one more for each record takes a good part of a read's time. */
  #decode(stored: StoredMap, kinds: ReadonlyMap<string, FieldKind>): Properties {
    const properties = stored as Properties;
    for (const name in stored) {
      // That a value is decoded twice then makes no difference.
      if (name.startsWith(ENCODED)) return this.#decodeNames(stored, kinds);
      const value = stored[name]!;
      if (typeof value !== "string") properties[name] = fromStored(value, name, kinds);
    }
    return properties;
  }

  #decodeNames(stored: StoredMap, kinds: ReadonlyMap<string, FieldKind>): Properties {
    const properties: Properties = {};
    const marker = stored[ENCODED];
    const encoded = Array.isArray(marker) && marker.every((name) => typeof name === "string")
      ? marker
      : undefined;
    for (const name in stored) {
      if (name === ENCODED && encoded) continue;
      const value = stored[name]!;
      const json = encoded?.includes(name) && typeof value === "string" ? tryParse(value) : undefined;
      properties[decodeName(name)] = json === undefined ? fromStored(value, name, kinds) : json;
    }
    return properties;
  }
}

/** The properties of a list by their names. */
export function propertiesOf(columns: readonly string[], { values, others }: PropertyList): StoredMap {
  const map: StoredMap = {};
  for (let index = 0; index < columns.length; index++) {
    const value = values[index]!;
    if (value !== null) map[columns[index]!] = value;
  }
  return others ? Object.assign(map, others) : map;
}

function fromStored(value: StoredValue, name: string, kinds: ReadonlyMap<string, FieldKind>): JsonValue {
  if (value instanceof NativeValue && TIMESTAMPS.has(name) && kinds.has(name)) {
    return timestampText(value) ?? toJson(value);
  }
  return toJson(value);
}

/** A stored value as JSON: integers as numbers where they are safe, native types as objects that name them. */
function toJson(value: StoredValue): JsonValue {
  switch (typeof value) {
    case "bigint":
      return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    case "object": {
      if (value === null) return null;
      if (Array.isArray(value)) return value.map(toJson);
      if (value instanceof NativeValue) return { [NATIVE]: value.type, value: value.text };
      const object = plainObject();
      for (const key in value) object[key] = toJson(value[key]!);
      return object;
    }
    default:
      return value;
  }
}

/** The native value that an object of `extra` stands for. */
function asNative(value: JsonValue): NativeValue | undefined {
  if (!isJsonObject(value) || Object.keys(value).length !== 2) return undefined;
  const { [NATIVE]: name, value: text } = value;
  const type = NATIVE_TYPES.find((candidate) => candidate === name);
  return type && typeof text === "string" ? new NativeValue(type, text) : undefined;
}

function asLabels(value: JsonValue | undefined): string[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const isAscending = value.every((label, index) =>
    typeof label === "string" && label !== MEMORY_LABEL && label.isWellFormed() &&
    (index === 0 || (value[index - 1] as string) < label)
  );
  return isAscending ? value as string[] : undefined;
}

function isInteger(value: JsonValue): value is number {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

function isInt64(value: bigint): boolean {
  return value >= INT64_MIN && value <= INT64_MAX;
}

function isLongerThan(text: string, bytes: number): boolean {
  // A code unit has at most three bytes.
  return text.length * 3 > bytes && new TextEncoder().encode(text).length > bytes;
}

function tryParse(text: string): JsonValue | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function idText(id: StoredValue | undefined): string {
  return typeof id === "string" ? decodeName(id) : "";
}

function reject(kind: Reject["kind"], id: StoredValue | undefined, properties: Properties): Reject {
  const reason = id === undefined || id === null
    ? "has no id"
    : id === ""
    ? "has an empty id"
    : "has an id that is not text";
  return { kind, id: "", field: "id", reason, stored: stringifyJson(properties) };
}
