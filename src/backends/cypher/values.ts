/**
 * Values as a graph database holds them. An integer is a bigint and a double is a number, always, so that 1
 * and 1.0 stay apart on the way in and nothing is rounded on the way out.
 */

/** A value of a database's own type that JSON does not have, by the type's name and its text. */
export class NativeValue {
  constructor(readonly type: NativeType, readonly text: string) {}
}

/** Types that one of the databases has beyond JSON. */
export const NATIVE_TYPES = [
  "DateTime",
  "LocalDateTime",
  "Date",
  "Time",
  "LocalTime",
  "Duration",
  "Point",
  "Bytes",
  "Vector",
] as const;
/** One of {@linkcode NATIVE_TYPES}. */
export type NativeType = (typeof NATIVE_TYPES)[number];

/** A property's value, a parameter, or a column of a result. */
export type StoredValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | NativeValue
  | StoredValue[]
  | StoredMap;
/** A map with string keys from outside. In Deno `__proto__` is one like any other, also for an assignment. */
export interface StoredMap {
  [key: string]: StoredValue;
}

/** What a node holds. */
export interface NodeContent {
  readonly labels: readonly string[];
  readonly properties: StoredMap;
}

/** What a relationship holds, with the `id` properties of its ends. */
export interface RelationshipContent {
  readonly type: string;
  readonly from: StoredValue;
  readonly to: StoredValue;
  readonly properties: StoredMap;
}

/** What the database itself knows a record by. */
interface Stored {
  /** The database's own id; stable during one read, not longer. */
  readonly internalId: string;
}

/** A node as it is stored. */
export interface StoredNode extends NodeContent, Stored {}

/** A relationship as it is stored. */
export interface StoredRelationship extends RelationshipContent, Stored {}
