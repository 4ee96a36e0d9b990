/** The second half of a migration, from a planned work file on: the same for a new one and a resumed one. */
import { asGraphError, atEnd, GraphError } from "../errors.ts";
import { redact, redactUris } from "../redact.ts";
import { type GraphStore, totalOf } from "../store/store.ts";
import type { StateFiles } from "../workfile/history.ts";
import { WRITING } from "../workfile/work_record.ts";
import type { WorkFile } from "../workfile/workfile.ts";
import { type Lease, leaseOfExisting } from "./lease.ts";
import { load } from "./load.ts";
import type { MigrationContext, MigrationResult, MigrationTarget } from "./migration_types.ts";
import { type PhaseRunner, secondsSince } from "./phases.ts";
import { differenceError, resumableError, undoneError } from "./reports.ts";
import { discardEmpty } from "./preflight.ts";
import { countPlan, resultOf } from "./result.ts";
import { undo } from "./undo.ts";
import { findStrays, type Verification, verify } from "./verify.ts";

/** A migration whose work file is open and whose target is locked. */
export interface Run {
  readonly workFile: WorkFile;
  readonly target: MigrationTarget;
  readonly files: StateFiles;
  readonly phases: PhaseRunner;
  readonly context: MigrationContext;
  /** A `performance.now()`. */
  readonly start: number;
  /** The target's lease, where it was taken before. */
  readonly lease?: Lease;
  /** Called with the open target before anything is written. When it fails, nothing is taken back. */
  readonly prepare?: (target: GraphStore) => Promise<void>;
}

/**
 * Imports what the work file plans, verifies it and keeps the summary. On failure everything is taken back
 * (ROLLED_BACK), unless the facts say otherwise; an interrupt leaves the work file, so that the migration can
 * be resumed.
 */
export async function finishMigration(run: Run): Promise<MigrationResult> {
  const { workFile, phases, files } = run;
  const notes: string[] = [];
  let verification: Verification | undefined;
  workFile.enter("import");
  // Closed before a rollback's result is reported, so that a database we made can be discarded.
  const { store, lease } = await openToWrite(run);
  try {
    await importRecords(run, store, lease);
    if (workFile.facts().options.verify) verification = await verifyRecords(run, store, notes);
  } catch (error) {
    throw await afterFailure(asGraphError(error), run, store);
  } finally {
    await store[Symbol.asyncDispose]();
    await lease?.[Symbol.asyncDispose]();
  }
  const { id, options: { keepUndo } } = workFile.facts();
  const result = await phases.run("cleanup", undefined, () => {
    const seconds = secondsSince(run.start);
    const rejectFile = files.rejectFile(id);
    const extras = { dryRun: false, verification: verification ?? null, seconds, rejectFile, notes };
    return Promise.resolve(resultOf(workFile, { ...extras, phases: phases.reports }));
  });
  // Once all phases are in it. The summary goes first: until it is there, the migration is unfinished.
  files.saveSummary({ ...summaryOf(workFile), outcome: "done", undoable: keepUndo, result });
  workFile.enter("done");
  return result;
}

async function openToWrite(run: Run): Promise<{ store: GraphStore; lease: Lease | undefined }> {
  const { workFile, target, prepare } = run;
  const { id, targetExisted } = workFile.facts();
  let { lease } = run;
  let store: GraphStore | undefined;
  try {
    const open = store = await atEnd("target", () => target.open("create"));
    lease ??= await atEnd("target", () => leaseOfExisting(target, id, run.files));
    if (prepare) await atEnd("target", () => prepare(open));
    else if (!targetExisted) await assertStillEmpty(open);
    return { store: open, lease };
  } catch (error) {
    await store?.[Symbol.asyncDispose]();
    await lease?.[Symbol.asyncDispose]();
    if (workFile.isUntouched() && !prepare && await isLeftAsBefore(run)) {
      workFile.enter("undone");
      throw error;
    }
    throw resumable(asGraphError(error), workFile);
  }
}

/** Removes what opening the target may have made. False where nobody can tell, as of a server that is gone. */
async function isLeftAsBefore({ workFile, target }: Run): Promise<boolean> {
  if (workFile.facts().targetExisted) return true;
  try {
    await discardEmpty(target);
    return true;
  } catch {
    // Why it could not be opened is the reason to tell.
    return false;
  }
}

/** What was planned for an empty target must not meet what another machine has put there since. */
async function assertStillEmpty(store: GraphStore): Promise<void> {
  if (totalOf(await atEnd("target", () => store.count())) === 0) return;
  throw new GraphError(
    "CONFLICT",
    `Something else has filled "${store.location.display}" since it was found empty (start again)`,
    { end: "target" },
  );
}

/** What a migration's history entry has in any case. */
export function summaryOf(workFile: WorkFile) {
  const { id, startedAt, source, target } = workFile.facts();
  return { id, startedAt, endedAt: new Date().toISOString(), source, target };
}

async function importRecords(
  { workFile, phases, context: { signal } }: Run,
  store: GraphStore,
  lease: Lease | undefined,
) {
  const { targetExisted, options: { batchSize } } = workFile.facts();
  const total = countPlan(workFile, WRITING);
  if (total === 0 && targetExisted) return;
  await phases.run("import", total, (onProgress) =>
    atEnd("target", async () => {
      await store.ensureSchema({ forLoad: true });
      const onBatch = (done: number) => {
        onProgress(done);
        lease?.assertHeld();
      };
      await load(workFile, store, { batchSize, signal, onProgress: onBatch });
      await store.finishLoad();
    }));
}

async function verifyRecords(
  { workFile, phases, context: { signal } }: Run,
  store: GraphStore,
  notes: string[],
): Promise<Verification> {
  const { targetCounts, options: { batchSize } } = workFile.facts();
  const total = countPlan(workFile, [...WRITING, "same"]);
  const verification = await phases.run(
    "verification",
    total,
    (onProgress) => atEnd("target", () => verify(workFile, store, { batchSize, signal, onProgress })),
  );
  if (verification.differenceCount > 0) throw differenceError(verification);
  const counts = await atEnd("target", () => store.count());
  const growth = countPlan(workFile, ["create"]) - countPlan(workFile, ["delete"]);
  const unexpected = totalOf(counts) - totalOf(targetCounts) - growth;
  if (unexpected !== 0) {
    const options = { batchSize, signal };
    const strays = await atEnd("target", () => findStrays(workFile, store, options));
    if (strays.differenceCount > 0) throw differenceError(strays);
    notes.push(
      `The target holds ${Math.abs(unexpected)} records ${unexpected > 0 ? "more" : "less"} than this ` +
        "migration explains: something else wrote to it meanwhile",
    );
  }
  return verification;
}

/** Undoes what was imported, if it should be; returns the error to end with. */
async function afterFailure(error: GraphError, run: Run, store: GraphStore): Promise<GraphError> {
  const { workFile, files, phases } = run;
  const { id, options: { batchSize, rollbackOnFailure } } = workFile.facts();
  // Without the lease another run may be at work in the target.
  const isLocked = error.code === "RUN_LOCKED";
  if (error.code === "INTERRUPTED" || isLocked || !rollbackOnFailure) return resumable(error, workFile);
  try {
    await phases.run(
      "rollback",
      undefined,
      (onProgress) => takeBack(run, { batchSize, changed: "own", onProgress }, store),
    );
  } catch (undoError) {
    const { message: why } = asGraphError(undoError);
    const reason = why === error.message ? ", for the same reason" : `: ${why}`;
    const message = `${error.message}. It could not be undone either${reason}`;
    const { code, end = "target", details } = error;
    return resumable(new GraphError(code, message, { cause: error, end, details }), workFile);
  }
  const undone = undoneError(error, id);
  try {
    files.saveSummary({
      ...summaryOf(workFile),
      outcome: "rolled back",
      undoable: false,
      error: keepable(error),
    });
    workFile.enter("undone");
  } catch (noteError) {
    // A full disk may be why all this happened; the target is as it was, which is what counts.
    run.context.log?.warn(`The history could not be written: ${asGraphError(noteError).message}`);
  }
  return undone;
}

/** The error to end with where the work file stays, which also keeps the reason. */
function resumable(error: GraphError, workFile: WorkFile): GraphError {
  try {
    workFile.set("error", keepable(error));
  } catch {
    // A full disk, which is the error itself.
  }
  return resumableError(error, workFile.facts().id);
}

/** An error's message as it may be kept on disk. */
function keepable({ message }: GraphError): string {
  return redact(redactUris(message));
}

/**
 * Undoes a migration in its target, and discards a database that it made and that nothing else has used
 * since. Closes the store.
 */
export async function takeBack(
  { workFile, target }: Pick<Run, "workFile" | "target">,
  options: Parameters<typeof undo>[2],
  store: GraphStore,
): Promise<number> {
  const { targetExisted } = workFile.facts();
  await using open = store;
  const undone = await undo(workFile, open, options);
  const counts = await open.count();
  await open[Symbol.asyncDispose]();
  const isEmpty = Object.values(counts).every((count) => count === 0);
  if (!targetExisted && isEmpty) await target.discard();
  return undone;
}
