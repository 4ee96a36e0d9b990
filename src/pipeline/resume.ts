import { GraphError } from "../errors.ts";
import type { MigrationFacts } from "../workfile/facts.ts";
import { StateFiles } from "../workfile/history.ts";
import { listWorkFiles, reopenWorkFile, type WorkFileSummary } from "../workfile/keep.ts";
import { acquireLock } from "../workfile/lock.ts";
import { finishMigration } from "./finish.ts";
import type { MigrationContext, MigrationResult, MigrationTarget } from "./migration_types.ts";
import { PhaseRunner } from "./phases.ts";
import { reconcile, type ReconcileOptions } from "./reconcile.ts";
import { countPlan } from "./result.ts";
import { WRITING } from "../workfile/work_record.ts";

/** A migration that broke off in or after its import. */
export interface Unfinished {
  readonly id: string;
  readonly facts: MigrationFacts;
}

/**
 * The unfinished migration with this id, or the newest one that `isMeant` accepts. Throws NOT_FOUND when there
 * is none, and NOT_SUPPORTED for one that had not begun to write: it has to be started anew.
 */
export function findUnfinished(
  stateDirectory: string,
  id: string | undefined,
  isMeant: (facts: MigrationFacts) => boolean = () => true,
): Unfinished {
  const workFiles = listWorkFiles(new StateFiles(stateDirectory));
  const found = id === undefined
    ? workFiles.findLast(({ stage, facts }) => stage === "import" && facts && isMeant(facts))
    : workFiles.find((workFile) => workFile.id === id);
  if (found?.stage === "import" && found.facts) return { id: found.id, facts: found.facts };
  throw noneToResume(id, found);
}

function noneToResume(id: string | undefined, found: WorkFileSummary | undefined): GraphError {
  if (!found) {
    const which = id === undefined ? "" : ` with the id "${id}"`;
    return new GraphError(
      "NOT_FOUND",
      `There is no unfinished migration${which} (see \`memorygraph history\`)`,
      { end: "source" },
    );
  }
  const reason = found.stage === "snapshot"
    ? "broke off before it wrote anything: start it anew"
    : `is ${found.stage}: there is nothing to resume`;
  return new GraphError("NOT_SUPPORTED", `Migration ${found.id} ${reason}`);
}

/** How a migration is resumed. */
export interface ResumeOptions {
  /** What counts where someone has changed the target since. Default `fail`. */
  onConflict?: ReconcileOptions["onConflict"];
}

/**
 * Continues a migration from its work file, without its source. First reads from the target what of it
 * arrived, whatever was acknowledged. Throws as `runMigration` does, and CONFLICT when records were changed in
 * the target since; the migration can then still be resumed or rolled back.
 */
export async function resumeMigration(
  { id, facts }: Unfinished,
  target: MigrationTarget,
  { onConflict = "fail" }: ResumeOptions,
  context: MigrationContext,
): Promise<MigrationResult> {
  assertSameTarget(id, facts, target);
  const files = new StateFiles(context.stateDirectory);
  using _lock = acquireLock(files.locks, target.location.identity, id);
  using workFile = reopenWorkFile(files, id);
  const phases = new PhaseRunner(context.progress);
  const { batchSize } = facts.options;
  const { signal } = context;
  const start = performance.now();
  const total = countPlan(workFile, WRITING);
  return await finishMigration({
    workFile,
    target,
    files,
    phases,
    context,
    start,
    prepare: (store) =>
      phases.run("reconciliation", total, async (onProgress) => {
        await store.ensureSchema({ forLoad: true });
        await reconcile(workFile, store, { batchSize, onConflict, signal, onProgress });
      }),
  });
}

/** Throws USAGE when a migration went into another database than the one that was opened. */
export function assertSameTarget(id: string, facts: MigrationFacts, target: MigrationTarget): void {
  if (facts.target.identity === target.location.identity) return;
  throw new GraphError(
    "USAGE",
    `Migration ${id} went into "${facts.target.display}", not into "${target.location.display}" (leave the ` +
      "target's flags out)",
  );
}
