/** What goes into a migration and what comes out of it. */
import type { GraphRecord, RecordKind } from "../model/record.ts";
import type {
  Batch,
  Counts,
  EncodedRecord,
  GraphStore,
  OpenMode,
  ReadOptions,
  RecordCounts,
  StoreLocation,
} from "../store/store.ts";
import type { Plan, Problem } from "../workfile/work_record.ts";
import type { Difference } from "./differences.ts";
import type { ConflictPolicy } from "./plan.ts";
import type { Scope } from "./scope.ts";
import type { Phase, ProgressSink } from "./progress.ts";
import type { Logger } from "../log.ts";

/** Where records come from: an open store, or a file that is being imported. */
export interface SourceStream extends AsyncDisposable {
  /** Undefined where counting would mean reading everything. */
  count(): Promise<Counts | undefined>;
  read(options?: ReadOptions): AsyncIterable<Batch>;
  /** What the user should know about this kind of source, such as fields that its format lacks. */
  readonly notes?: readonly string[];
  /** The digest that a file claims for its records; known once it has been read. */
  claimedDigest?(): string | undefined;
}

/** A source that is not open yet. */
export interface MigrationSource {
  readonly location: StoreLocation;
  open(): Promise<SourceStream>;
}

/** A target that is not open yet and may not exist yet. */
export interface MigrationTarget {
  readonly location: StoreLocation;
  /** Settings without secrets, kept in the work file so that the target can be found again. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Whether other machines can reach it, so that its store keeps leases. */
  readonly keepsLeases?: boolean;
  /** Throws NOT_FOUND in mode `read` when it does not exist. */
  open(mode: OpenMode): Promise<GraphStore>;
  /** Throws PERMISSION_DENIED or ENGINE_MISSING when it could not be written. Changes nothing. */
  checkWritable(): Promise<void>;
  /** Why no record with this id can be kept, as the end of a sentence about it. Absent where any can. */
  whyIdRefused?(id: string): string | undefined;
  /** A record for its store's `writeEncoded`, where that has one; undefined for one that cannot be kept. */
  readonly encode?: (kind: RecordKind, record: GraphRecord) => EncodedRecord | undefined;
  /** Removes a database that opening in mode `create` made. Called after everything in it was taken back. */
  discard(): Promise<void>;
}

/** How a migration is done; every member has a default. */
export interface MigrationOptions {
  /** Stop after validation, having changed nothing at all. */
  dryRun?: boolean;
  /** Read every migrated record back. Default true. */
  verify?: boolean;
  /** Take everything back after a failure. Default true. */
  rollbackOnFailure?: boolean;
  /** What to do where the target has another record with the same id. Default `fail`. */
  onConflict?: ConflictPolicy;
  /** Move less than everything. */
  scope?: Scope;
  /** Also delete what the source does not hold, up to so many per cent of the target's records. */
  mirror?: { maxDeletePercent: number };
  /** Leave records out that cannot be carried, and keep them in a reject file. */
  skipInvalid?: boolean;
  /** Keep the work file after success, so that the migration can be rolled back later. */
  keepUndo?: boolean;
  /** Records written at a time. Default 1000. */
  batchSize?: number;
  /** Called with the snapshot, once it is valid and before the target is touched. */
  onSnapshot?: (snapshot: Snapshot) => Promise<void>;
}

/** The validated snapshot of a source, as a stream that can be read more than once. */
export interface Snapshot {
  readonly counts: RecordCounts;
  readonly digest: string;
  read(): AsyncIterable<Batch>;
}

/** What a migration needs from where it runs. */
export interface MigrationContext {
  /** The migration's id, from `StateFiles.newId`, where the caller has to know it beforehand. */
  readonly id?: string;
  readonly stateDirectory: string;
  readonly signal?: AbortSignal;
  readonly progress?: ProgressSink;
  readonly log?: Logger;
}

/** The result of a migration or of its dry run. */
export interface MigrationResult {
  /** For history, resuming and rolling back. */
  readonly id: string;
  readonly dryRun: boolean;
  /** What the source held; `location` is for people, without a password. */
  readonly source: { backend: string; location: string } & RecordCounts;
  /** Whether the target was there, and what it held before. */
  readonly target: { backend: string; location: string; existed: boolean; before: RecordCounts };
  /** What the plan is, or was, for the records that can be carried. */
  readonly plan: Readonly<Record<Plan, RecordCounts>>;
  /** Records written by this run; zero in a dry run. */
  readonly written: RecordCounts;
  /** Records that differ from the target's with the same id, first ones by name. */
  readonly conflicts: { count: number; records: { kind: RecordKind; id: string }[] };
  /** Nodes and relationships that are not part of a memory graph: left where they are. */
  readonly foreign: { nodes: number; relationships: number };
  /** What is odd about records that were carried all the same, first ones by name. */
  readonly warnings: { count: number; records: (Problem & { severity: "warning" })[] };
  /** Records that were left out, or would be, first ones by name. */
  readonly rejected: { count: number; records: (Problem & { severity: "error" })[]; file: string | null };
  /** Null in a dry run, and where it was turned off. */
  readonly verification:
    | { checked: number; differenceCount: number; differences: Difference[] }
    | null;
  /**
   * Digest of the source's records that can be carried, the same in whatever backend they are. The target has it
   * too unless it kept versions of its own.
   */
  readonly digest: string;
  /** Sentences for the user. */
  readonly notes: string[];
  /** Each phase with its seconds, to the millisecond, and the records that went through it. */
  readonly phases: { phase: Phase; seconds: number; records: number }[];
  /** From the first look at both ends to the result, to the millisecond. */
  readonly seconds: number;
}
