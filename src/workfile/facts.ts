/** What a work file says about its migration, apart from the records. */
import type { Counts, StoreLocation } from "../store/store.ts";

/**
 * How far a migration has come, as its work file says it durably. `snapshot`: the target has not been
 * touched. `import`: it may have been. `done`: everything is there and verified; kept only for undoing.
 * `undone`: everything was taken back.
 */
export type Stage = "snapshot" | "import" | "done" | "undone";

/** A place that can be opened again, for which the secrets come from the environment or from flags. */
export interface KnownPlace extends StoreLocation {
  /** Connection settings without secrets. Absent where the program that migrated had none to give. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Facts about a migration that outlive the process it ran in. Never a secret. */
export interface MigrationFacts {
  readonly id: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly source: StoreLocation;
  /** Undefined where counting would have meant reading everything. */
  readonly sourceCounts?: Counts;
  readonly target: KnownPlace;
  readonly targetExisted: boolean;
  /** What the target held before. */
  readonly targetCounts: Counts;
  readonly options: {
    readonly onConflict: string;
    readonly verify: boolean;
    readonly batchSize: number;
    readonly rollbackOnFailure: boolean;
    readonly keepUndo: boolean;
  };
  /** What the user is told with the result, as far as it is known before the import. */
  readonly notes: readonly string[];
}
