import { atEnd, GraphError } from "../errors.ts";
import { type RecordCounts, totalOf } from "../store/store.ts";
import type { MigrationFacts } from "../workfile/facts.ts";
import { type HistoryEntry, StateFiles } from "../workfile/history.ts";
import { listWorkFiles, reopenWorkFile } from "../workfile/keep.ts";
import { acquireLock } from "../workfile/lock.ts";
import type { Plan } from "../workfile/work_record.ts";
import type { WorkFile } from "../workfile/workfile.ts";
import { leaseOfExisting } from "./lease.ts";
import { summaryOf, takeBack } from "./finish.ts";
import type { MigrationContext, MigrationTarget } from "./migration_types.ts";
import { PhaseRunner } from "./phases.ts";
import type { Unfinished } from "./resume.ts";
import { assertSameTarget } from "./resume.ts";

/**
 * The migration with this id, if its before-images are still there. Throws NOT_FOUND for an unknown one and
 * NOT_SUPPORTED for one that cannot be undone any more.
 */
export function findUndoable(stateDirectory: string, id: string): Unfinished {
  const files = new StateFiles(stateDirectory);
  const found = listWorkFiles(files).find((workFile) => workFile.id === id);
  if (found?.facts && (found.stage === "import" || found.stage === "done")) {
    return { id, facts: found.facts };
  }
  const entry = files.summary(id);
  if (!entry && !found) {
    throw new GraphError(
      "NOT_FOUND",
      `There is no migration with the id "${id}" (see \`memorygraph history\`)`,
    );
  }
  const reason = entry?.outcome === "rolled back"
    ? "was rolled back already"
    : entry
    ? "ended without --keep-undo, so what it replaced is not known any more"
    : "broke off before it wrote anything: there is nothing to undo";
  throw new GraphError("NOT_SUPPORTED", `Migration ${id} ${reason}`);
}

/** How a migration is rolled back. */
export interface RollbackOptions {
  /** Take back also what was changed since. */
  force?: boolean;
}

/** What a rollback did. */
export interface RollbackResult {
  readonly id: string;
  readonly target: { backend: string; location: string };
  readonly deleted: RecordCounts;
  readonly restored: RecordCounts;
  /** What the target held before the migration; it is as it was, and was read to make sure. */
  readonly before: RecordCounts;
}

/**
 * Undoes a migration, finished or not. Throws CONFLICT, naming the records, when one was changed since or when
 * a later migration went into the same target, unless `force` is on. Safe to repeat after it broke off.
 */
export async function rollBack(
  { id, facts }: Unfinished,
  target: MigrationTarget,
  { force = false }: RollbackOptions,
  context: MigrationContext,
): Promise<RollbackResult> {
  assertSameTarget(id, facts, target);
  const files = new StateFiles(context.stateDirectory);
  using _lock = acquireLock(files.locks, target.location.identity, id);
  if (!force) assertLatest(files, id, facts);
  using workFile = reopenWorkFile(files, id);
  const result = resultOf(workFile, facts);
  const total = totalOf(result.deleted) + totalOf(result.restored);
  await new PhaseRunner(context.progress).run(
    "rollback",
    total,
    (onProgress) =>
      atEnd("target", () => undoInTarget(workFile, target, { force, onProgress, context, files })),
  );
  files.saveSummary({
    ...files.summary(id),
    ...summaryOf(workFile),
    outcome: "rolled back",
    undoable: false,
  });
  workFile.enter("undone");
  return result;
}

async function undoInTarget(
  workFile: WorkFile,
  target: MigrationTarget,
  { force, onProgress, context, files }: {
    force: boolean;
    files: StateFiles;
    onProgress: (done: number) => void;
    context: MigrationContext;
  },
): Promise<void> {
  const { options: { batchSize }, targetCounts, id } = workFile.facts();
  try {
    await using _lease = await leaseOfExisting(target, id, files);
    const store = await target.open("write");
    const { signal } = context;
    const changed = force ? "revert" : "refuse";
    await takeBack({ workFile, target }, { batchSize, changed, signal, onProgress }, store);
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    // Nothing was there before, and nothing is there now: made by us, or lost by a server that keeps nothing.
    if (error.code === "NOT_FOUND" && Object.values(targetCounts).every((count) => count === 0)) return;
    if (error.code !== "INTERRUPTED") throw error;
    throw new GraphError(
      "INTERRUPTED",
      `Interrupted; repeat \`memorygraph rollback ${id}\` to undo the rest`,
      {
        cause: error,
        details: { migration: id },
      },
    );
  }
}

/**
 * Migrations are undone from the last one back: a later one may have found, or kept, what this one wrote. One that
 * changed nothing stands in nobody's way, unless it is not known what it did.
 */
function assertLatest(files: StateFiles, id: string, { target, startedAt }: MigrationFacts): void {
  const isLater = (other: Pick<HistoryEntry, "id" | "startedAt" | "target">) =>
    other.id !== id && other.target.identity === target.identity && other.startedAt > startedAt;
  const workFiles = listWorkFiles(files);
  const later =
    files.summaries().findLast((entry) => entry.outcome === "done" && hasChanged(entry) && isLater(entry)) ??
      workFiles.find(({ stage, facts }) => stage === "import" && facts && isLater(facts))?.facts;
  if (!later) return;
  const advice = workFiles.some((workFile) => workFile.id === later.id)
    ? "roll that back first, or use --force"
    : "that one cannot be rolled back any more; --force undoes this one all the same";
  throw new GraphError(
    "CONFLICT",
    `Migration ${later.id} went into the same target later and may rest on this one (${advice})`,
    { end: "target", details: { later: later.id } },
  );
}

function hasChanged({ result }: HistoryEntry): boolean {
  return !result || totalOf(result.written) + totalOf(result.plan.delete) > 0;
}

function resultOf(workFile: WorkFile, { id, target, targetCounts }: MigrationFacts): RollbackResult {
  const { memories, relationships } = targetCounts;
  return {
    id,
    target: { backend: target.backend, location: target.display },
    deleted: touchedOf(workFile, ["create"]),
    restored: touchedOf(workFile, ["overwrite", "delete"]),
    before: { memories, relationships },
  };
}

function touchedOf(workFile: WorkFile, plans: readonly Plan[]): RecordCounts {
  const touched = { plans, states: ["intended", "written"] } as const;
  return {
    memories: workFile.counts("memory", touched),
    relationships: workFile.counts("relationship", touched),
  };
}
