import type {
  NodeContent,
  RelationshipContent,
  StoredNode,
  StoredRelationship,
  StoredValue,
} from "./values.ts";
import type { GraphError } from "../../errors.ts";

/** Named parameters of a statement. */
export type Parameters = Readonly<Record<string, StoredValue>>;

/**
 * One clause sequence of an atomic write. It has no RETURN: the driver appends the count of its rows, and
 * fails the whole write with {@linkcode RowCountError} when `expected` is another number.
 */
export interface WritePart {
  /** The clauses after `UNWIND ... AS row`. */
  readonly text: string;
  readonly rows: readonly StoredValue[];
  /** How many rows must come out, where that matters. */
  readonly expected?: number;
}

/** A part whose rows are in the form in which they are sent. */
export interface EncodedPart extends Omit<WritePart, "rows"> {
  readonly rows: readonly Uint8Array[];
}

/** Names in a graph, as they are stored. */
export interface GraphNames {
  readonly labels?: readonly string[];
  readonly types?: readonly string[];
  readonly properties?: readonly string[];
}

/** A part of a write gave another number of rows than expected; nothing was written. */
export class RowCountError extends Error {
  override name = "RowCountError";
}

/** Options of a scan. */
export interface ScanOptions {
  /** Records in a page at the most. */
  readonly pageSize: number;
  readonly signal?: AbortSignal;
}

/**
 * Wire access to one database. Methods throw what the client library throws; {@linkcode Driver.explain} turns
 * that into a GraphError. Reads are retried where the client can; writes whose outcome is unknown never are.
 */
export interface Driver extends AsyncDisposable {
  /** Product and version, such as "FalkorDB 4.16.3". */
  readonly product: string;

  /** Rows that one result may have; Infinity where there is no limit. A longer one throws, and is never cut. */
  readonly maxRows: number;

  /** The expression for the database's own id of `variable`, and an internal id as a parameter beside it. */
  internalId(variable: string): string;
  internalIdParameter(internalId: string): StoredValue;

  /** Rows of a statement that only reads and returns no nodes or relationships. */
  rows(text: string, parameters?: Parameters): Promise<StoredValue[][]>;

  /** The nodes bound to `m` by the clauses of `match`. */
  nodes(match: string, parameters?: Parameters): Promise<StoredNode[]>;

  /** The relationships bound to `r`, from `a` to `b`, by the clauses of `match`. */
  relationships(match: string, parameters?: Parameters): Promise<StoredRelationship[]>;

  /** Relationships between memories with one of these stored ids, wherever they are; slower than by their ends. */
  relationshipsById(ids: readonly string[]): Promise<StoredRelationship[]>;

  /** Every memory node exactly once, in pages, in the database's own order. */
  scanNodes(options: ScanOptions): AsyncIterable<NodeContent[]>;

  /** Every relationship between two memory nodes exactly once, in pages. */
  scanRelationships(options: ScanOptions): AsyncIterable<RelationshipContent[]>;

  /** Runs all the parts in order, or none of them. A write that is `repeatable` may be run again by itself. */
  write(parts: readonly WritePart[], options: { repeatable: boolean }): Promise<void>;

  /** As `write`, for a client whose parameters can be made ahead; it never runs again by itself. */
  writeEncoded?(parts: readonly EncodedPart[]): Promise<void>;

  /**
   * Makes the labels and types that a write is about to use, before that can fail. Absent where a write that fails
   * leaves no trace.
   */
  makeNames?(names: GraphNames): Promise<void>;

  /** Runs one schema statement by itself. */
  schema(text: string): Promise<void>;

  /** A thrown value as a GraphError that says what to do about it. */
  explain(error: unknown): GraphError;
}
