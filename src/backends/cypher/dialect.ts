import type { Driver } from "./driver.ts";
import type { NativeValue } from "./values.ts";

/** What a database can hold as it is; everything else is kept as marked JSON text. */
export interface Storable {
  text(value: string): boolean;
  /** A text as the `id` of a memory, which is indexed. */
  id(value: string): boolean;
  /** Bytes of an id at the most, as it is stored. */
  readonly maxIdBytes: number;
  /** A property name, label or relationship type. */
  name(value: string): boolean;
  /** NaN and infinities as doubles. */
  readonly nonFinite: boolean;
  /** Decimal digits of a second that a native timestamp keeps; 0 where timestamps are text. */
  readonly timestampDigits: number;
  /** A value of a native type that the database has, whose text it gives back as it is. */
  native(value: NativeValue): boolean;
}

/** What one database product does in its own way. */
export interface Dialect<D extends Driver = Driver> {
  /** The backend's name. */
  readonly name: string;
  readonly storable: Storable;
  /** Creates the constraint and the indexes that are missing. Waits until they are in use. */
  ensureSchema(driver: D): Promise<void>;
  /** Creates the full-text index if it is missing, and what else is cheaper to build after a load. */
  finishLoad(driver: D): Promise<void>;
  /** Whether the unique constraint on a memory's id is in use. */
  hasUniqueIds(driver: D): Promise<boolean>;
  readonly snapshotReads: boolean;
  readonly overlappingWrites: number;
  /**
   * Clauses that bind to `m` the memories with a word in the full-text index that `$pattern` matches: words with
   * `*` at both ends, joined by OR. Absent where the index does not promise to find all of them.
   */
  readonly fullTextMatch?: string;
  /** A relationship's type may be an expression, so that one statement writes relationships of all types. */
  readonly dynamicTypes: boolean;
  /**
   * New records are lists of values, and their statement says the names. In a map each name would be sent with each
   * record, which is about as much work as its value.
   */
  readonly listRows: boolean;
  /** Facts for a health report, beyond product and counts. */
  details(driver: D): Promise<Record<string, string | number | boolean>>;
}

/** Properties of a memory that upstream has indexes on, with the names of those indexes. */
export const MEMORY_INDEXES = [
  ["memory_type_index", "type"],
  ["memory_created_at_index", "created_at"],
  ["memory_importance_index", "importance"],
  ["memory_confidence_index", "confidence"],
  ["memory_project_path_index", "context_project_path"],
] as const;

/** The full-text index that upstream searches, and what it covers. */
export const FULL_TEXT_INDEX = {
  name: "memory_content_index",
  properties: ["title", "content", "summary"],
} as const;
