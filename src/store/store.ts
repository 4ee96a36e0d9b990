/** What every backend promises. Behaviour above it (progress, verification, retry, undo) lives in pipeline/. */
import type { Memory } from "../model/memory.ts";
import type { GraphRecord, RecordKind } from "../model/record.ts";
import type { Relationship, RelationshipRef } from "../model/relationship.ts";
import type { LeaseBoard } from "./leases.ts";
import type { StoreQueries } from "./queries.ts";

/** A stored record that cannot be carried: its properties do not decode, or its id is not usable. */
export interface Reject {
  /** What it would be. */
  readonly kind: RecordKind;
  /** The id as far as it is known; may be empty. */
  readonly id: string;
  /** The stored field at fault, by its upstream name, where one can be named. */
  readonly field?: string;
  /** The end of a sentence about the record, such as "has no id". */
  readonly reason: string;
  /** What is stored, as text, for the reject file. */
  readonly stored?: string;
}

/** Whether what was decoded is no record but the reason why there is none. */
export function isReject(decoded: GraphRecord | Reject): decoded is Reject {
  return "reason" in decoded;
}

/** Records moved together, all of one kind. All memories of a stream precede any relationship. */
export type Batch =
  & { readonly rejects?: readonly Reject[] }
  & (
    | { readonly kind: "memory"; readonly items: readonly Memory[] }
    | { readonly kind: "relationship"; readonly items: readonly Relationship[] }
  );

/** A number for each kind of record. */
export interface RecordCounts {
  readonly memories: number;
  readonly relationships: number;
}

/** Both numbers as one. */
export function totalOf({ memories, relationships }: RecordCounts): number {
  return memories + relationships;
}

/** How many records there are, and how many that cannot be carried and are never touched. */
export interface Counts extends RecordCounts {
  /** Nodes that are not memories, and relationships that touch one. */
  readonly foreignNodes: number;
  /** See `foreignNodes`. */
  readonly foreignRelationships: number;
}

/**
 * How a store is opened. `read` never changes or creates anything; `write` needs what exists to be a memory
 * graph that can be written; `create` also makes the database when there is none.
 */
export type OpenMode = "read" | "write" | "create";

/** What a backend may lack, or does in its own way. Tests prove each both ways. */
export interface Capabilities {
  /** A read sees the graph as of its start, whatever is written meanwhile. */
  readonly snapshotReads: boolean;
  /** The database refuses a second memory with the same id. */
  readonly uniqueIds: boolean;
  /** Calls of `write` with other records of one kind that may be under way at once, where that makes it quicker. */
  readonly overlappingWrites: number;
  /** The fewer types the relationships of a batch have, the quicker it is written. */
  readonly prefersFewTypes: boolean;
}

/** Options of a streaming read. */
export interface ReadOptions {
  /** Records in a batch at the most. */
  readonly batchSize?: number;
  /** Aborting it ends the stream with INTERRUPTED between two batches. */
  readonly signal?: AbortSignal;
}

/**
 * What to do when a record's id is there already: `fail` makes the whole batch fail with CONFLICT and may be
 * faster, since the caller vouches that the ids are new; `overwrite` replaces the record entirely, also
 * properties that are gone, and is safe to repeat.
 */
export type WriteMode = "fail" | "overwrite";

/** Options of a batched write. */
export interface WriteOptions {
  /** What to do when an id is there already. */
  readonly mode: WriteMode;
  /** Looked at before the write begins; one that has begun runs to its end. */
  readonly signal?: AbortSignal;
}

/**
 * A record that is to be created, as the backend's `encode` made it while the source was read: all that a load then does
 * with it is to send it. For the process that made it.
 */
export interface EncodedRecord {
  readonly id: string;
  /** What creates it in the target, and others that have the same statement with it. */
  readonly statement: string;
  /** Names that the statement brings into the target. */
  readonly names: readonly string[];
  /** The record in that statement. */
  readonly row: Uint8Array;
}

/** Where a store is, for messages, reports and locks. */
export interface StoreLocation {
  /** The backend's name as in BACKENDS. */
  readonly backend: string;
  /** Path or URI for people; never holds a password. */
  readonly display: string;
  /** Equal for two stores exactly when they are the same database: real path, or host, port and database. */
  readonly identity: string;
}

/** What a health check found. */
export interface StoreHealth {
  /** Product and version, such as "SQLite 3.53.2". */
  readonly product: string;
  /** The stored layout, such as "memorygraphmcp 0.12". */
  readonly layout: string;
  /** What is stored. */
  readonly counts: Counts;
  /** Further facts by name, in the backend's terms. */
  readonly details: Readonly<Record<string, string | number | boolean>>;
}

/**
 * An open memory graph. Own it with `await using`; disposing of it again does nothing. Methods throw
 * GraphError only; none retries by itself.
 * Calls on one store must not overlap, except that a running `read` may be interleaved with other reads, and
 * as many calls of `write` as the capabilities say with those for other records of that kind.
 */
export interface GraphStore extends AsyncDisposable {
  /** Where it is. */
  readonly location: StoreLocation;
  /** What it lacks, or does in its own way. */
  readonly capabilities: Capabilities;

  /**
   * Creates the tables, indexes and constraints that are missing; calling it again changes nothing. `forLoad` leaves
   * to `finishLoad`, which must follow, what is cheaper after a load. Default: false.
   */
  ensureSchema(options?: { forLoad?: boolean }): Promise<void>;

  /** Builds what is cheaper to build after a load, such as a full-text index. Safe to repeat. */
  finishLoad(): Promise<void>;

  /** Counts what is stored, without reading the records. */
  count(): Promise<Counts>;

  /**
   * Streams every record exactly once, memories before relationships, in the backend's natural order. A
   * record that does not decode is in its batch's `rejects`; it never ends the stream.
   */
  read(options?: ReadOptions): AsyncIterable<Batch>;

  /** The memories with these ids, in any order; a missing id is missing from the result. */
  readMemories(ids: readonly string[]): Promise<Memory[]>;

  /**
   * The relationships with these ids. The refs' ends and type help to find them; a relationship that has the
   * id but other ends or another type is found too.
   */
  readRelationships(refs: readonly RelationshipRef[]): Promise<Relationship[]>;

  /**
   * Writes the whole batch or none of it. A relationship whose end is missing fails the batch with
   * RECORD_INVALID. In mode `fail`, an id that exists, or that the batch holds twice, fails it with CONFLICT.
   */
  write(batch: Batch, options: WriteOptions): Promise<void>;

  /**
   * As `write` in mode `fail`, but that a batch may be refused without the reason, which `write` gives, and that it is
   * also refused where only `write` can tell. Absent where the backend has no `encode`.
   */
  writeEncoded?(kind: RecordKind, records: readonly EncodedRecord[]): Promise<void>;

  /**
   * Deletes memories by id, and with `detach` also the relationships that touch them. Without it, a memory
   * that a relationship still touches fails the call with CONFLICT. Ids that do not exist are ignored.
   */
  deleteMemories(ids: readonly string[], options?: { detach?: boolean }): Promise<void>;

  /** Deletes relationships. Those that do not exist are ignored. */
  deleteRelationships(refs: readonly RelationshipRef[]): Promise<void>;

  /** Product, version, layout and counts. Changes nothing. */
  health(): Promise<StoreHealth>;

  /** Where runs on other machines are kept out; absent where only this machine can reach the database. */
  readonly leases?: LeaseBoard;

  /** What the backend answers better than a scan does. Used through src/memory/queries.ts. */
  readonly queries?: StoreQueries;
}

/** The batch size where none is asked for: large enough to amortise a round trip, small enough to undo. */
export const DEFAULT_BATCH_SIZE = 1000;
