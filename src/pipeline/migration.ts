/** A migration from its first look at both ends to the summary that stays: the six phases in order. */
import { atEnd, GraphError } from "../errors.ts";
import { RECORD_KINDS } from "../model/record.ts";
import { shownId } from "../model/shown_id.ts";
import { type Batch, type Counts, DEFAULT_BATCH_SIZE, type GraphStore, totalOf } from "../store/store.ts";
import type { MigrationFacts } from "../workfile/facts.ts";
import { StateFiles } from "../workfile/history.ts";
import { openWorkFile, sweep, unfinishedInto } from "../workfile/keep.ts";
import { acquireLock, assertUnlocked } from "../workfile/lock.ts";
import { OF_SOURCE } from "../workfile/work_record.ts";
import type { WorkFile } from "../workfile/workfile.ts";
import { finishMigration } from "./finish.ts";
import { type Lease, leaseOfExisting } from "./lease.ts";
import type {
  MigrationContext,
  MigrationOptions,
  MigrationResult,
  MigrationSource,
  MigrationTarget,
  Snapshot,
} from "./migration_types.ts";
import { PhaseRunner, secondsSince } from "./phases.ts";
import { planAgainstTarget } from "./plan.ts";
import { planDeletions } from "./mirror.ts";
import { assertDiskSpace, type Before, openSource, openTarget, type Origin } from "./preflight.ts";
import { batchOf } from "./records.ts";
import { writeRejects } from "./reject_file.ts";
import { conflictError, invalidError } from "./reports.ts";
import { countPlan, countsOf, resultOf } from "./result.ts";
import { assertClaimed } from "./claimed_digest.ts";
import { closeScope } from "./scope.ts";
import { takeSnapshot } from "./snapshot.ts";
import { validateSnapshot } from "./validate.ts";

/**
 * Moves a graph from a source into a target. On failure after the import began, everything is taken back
 * (ROLLED_BACK) unless `rollbackOnFailure` is off; an interrupt leaves the work file, so that the migration
 * can be resumed. Throws the errors of both ends, RECORD_INVALID, CONFLICT, VERIFICATION_FAILED, RUN_LOCKED.
 */
export async function runMigration(
  source: MigrationSource,
  target: MigrationTarget,
  options: MigrationOptions,
  context: MigrationContext,
): Promise<MigrationResult> {
  const migration = new Migration(source, target, options, context);
  return await migration.run();
}

class Migration {
  readonly #id: string;
  readonly #startedAt = new Date();
  readonly #start = performance.now();
  readonly #source: MigrationSource;
  readonly #target: MigrationTarget;
  readonly #options: MigrationOptions;
  readonly #context: MigrationContext;
  readonly #files: StateFiles;
  readonly #phases: PhaseRunner;
  readonly #notes: string[] = [];
  #lease: Lease | undefined;
  readonly #batchSize: number;

  constructor(
    source: MigrationSource,
    target: MigrationTarget,
    options: MigrationOptions,
    context: MigrationContext,
  ) {
    this.#source = source;
    this.#target = target;
    this.#options = options;
    this.#context = context;
    this.#id = context.id ?? StateFiles.newId(this.#startedAt);
    this.#files = new StateFiles(context.stateDirectory);
    this.#phases = new PhaseRunner(context.progress);
    this.#batchSize = options.batchSize ?? DEFAULT_BATCH_SIZE;
  }

  async run(): Promise<MigrationResult> {
    const { dryRun = false } = this.#options;
    const files = this.#files;
    await using held = new AsyncDisposableStack();
    const { origin, before } = await this.#phases.run("preflight", undefined, () => this.#preflight(held));
    using workFile = openWorkFile(files, dryRun ? undefined : this.#id);
    workFile.setFacts(this.#facts(origin, before));
    await this.#export(workFile, origin, before);
    // Not needed any more; the target may be the same file, opened in another way.
    await origin[Symbol.asyncDispose]();
    await this.#validate(workFile, before);
    workFile.setFacts({ ...workFile.facts(), notes: this.#notes });
    if (dryRun) {
      const extras = { dryRun, verification: null, phases: this.#phases.reports };
      const seconds = secondsSince(this.#start);
      return resultOf(workFile, { ...extras, seconds, rejectFile: files.rejectFile(this.#id) });
    }
    await this.#options.onSnapshot?.(snapshotOf(workFile, this.#batchSize));
    await before.store?.[Symbol.asyncDispose]();
    return await finishMigration({
      workFile,
      target: this.#target,
      files,
      phases: this.#phases,
      context: this.#context,
      start: this.#start,
      lease: this.#lease,
    });
  }

  /** Opens both ends and takes the target's lock; `held` owns them. */
  async #preflight(held: AsyncDisposableStack): Promise<{ origin: Origin; before: Before }> {
    const [target, files] = [this.#target, this.#files];
    const { identity } = target.location;
    const origin = held.use(await openSource(this.#source, target));
    if (this.#options.dryRun) {
      // It changes nothing, so it can only look whether the real run would be let in.
      assertUnlocked(files.locks, identity);
      this.#noteUnfinished(unfinishedInto(files, identity));
    } else {
      assertDiskSpace(this.#context.stateDirectory, origin.counts);
      // Before the target is looked at: what another run is writing would be taken for what it holds.
      const lock = held.use(acquireLock(files.locks, identity, this.#id));
      this.#noteUnfinished(sweep(files, identity, lock));
      this.#lease = await atEnd("target", () => leaseOfExisting(target, this.#id, files));
      if (this.#lease) held.use(this.#lease);
    }
    return { origin, before: held.use(await openTarget(target)) };
  }

  #noteUnfinished(ids: readonly string[]): void {
    for (const id of ids) {
      this.#notes.push(`Migration ${id} into this target is unfinished (resume it or roll it back)`);
    }
  }

  #facts(origin: Origin, before: Before): MigrationFacts {
    const { onConflict = "fail", verify = true, rollbackOnFailure = true, keepUndo = false } = this.#options;
    const { location, settings } = this.#target;
    return {
      id: this.#id,
      startedAt: this.#startedAt.toISOString(),
      source: this.#source.location,
      sourceCounts: origin.counts,
      target: { ...location, settings },
      targetExisted: before.existed,
      targetCounts: before.counts,
      options: { onConflict, verify, batchSize: this.#batchSize, rollbackOnFailure, keepUndo },
      notes: [],
    };
  }

  async #export(
    workFile: WorkFile,
    { stream, counts: sourceCounts }: Origin,
    { counts: targetCounts }: Before,
  ): Promise<void> {
    const { signal } = this.#context;
    const { scope, dryRun, keepUndo } = this.#options;
    // Not of what may be there already, and not in a file that stays.
    const isLoaded = totalOf(targetCounts) === 0 && !dryRun && !keepUndo;
    const encode = isLoaded ? this.#target.encode : undefined;
    const total = sourceCounts && totalOf(sourceCounts);
    await this.#phases.run("export", total, (onProgress) =>
      atEnd("source", async () => {
        const batches = stream.read({ batchSize: this.#batchSize, signal });
        const whyIdRefused = (id: string) => this.#target.whyIdRefused?.(id);
        await takeSnapshot(batches, workFile, { scope, whyIdRefused, encode, signal, onProgress });
        assertComplete(workFile, sourceCounts, await stream.count());
      }));
    this.#notes.push(...stream.notes ?? []);
    assertClaimed(stream, this.#source.location, () => workFile.digestRead());
  }

  async #validate(workFile: WorkFile, { store: existing, counts: targetCounts }: Before): Promise<void> {
    const { skipInvalid = false, dryRun = false } = this.#options;
    const total = workFile.counts("memory") + workFile.counts("relationship");
    await this.#phases.run("validation", total, async (onProgress) => {
      validateSnapshot(workFile);
      const errors = workFile.problems.count("error");
      if (errors > 0 && !skipInvalid) throw invalidError(workFile, errors);
      this.#closeScope(workFile);
      if (existing && totalOf(targetCounts) > 0) {
        await this.#plan(workFile, existing, onProgress);
      } else onProgress(total);
      if (errors === 0 || dryRun) return;
      // Last, so that a migration that is refused leaves no file.
      writeRejects(workFile, this.#files.rejectFile(this.#id));
      this.#notes.push(`Records left out are in "${this.#files.rejectFile(this.#id)}"`);
    });
  }

  async #plan(workFile: WorkFile, existing: GraphStore, onProgress: (done: number) => void): Promise<void> {
    const { onConflict = "fail", scope = {}, mirror } = this.#options;
    const { signal } = this.#context;
    const planning = { onConflict, batchSize: this.#batchSize, signal, onProgress };
    const conflicts = await atEnd("target", () => planAgainstTarget(workFile, existing, planning));
    workFile.set("conflicts", conflicts);
    if (conflicts.conflictCount > 0 && onConflict === "fail") throw conflictError(conflicts, onConflict);
    if (!mirror) return;
    const deleting = { scope, ...mirror, batchSize: this.#batchSize, signal };
    await atEnd("target", () => planDeletions(workFile, existing, deleting));
  }

  #closeScope(workFile: WorkFile): void {
    const { since, tenants } = this.#options.scope ?? {};
    if (since === undefined && !tenants) return;
    const crossing = closeScope(workFile);
    const excluded = workFile.counts("memory", { plans: ["excluded"] });
    if (tenants && excluded > 0 && excluded === workFile.counts("memory", { plans: OF_SOURCE })) {
      // More often a mistyped name than a tenant that has nothing yet.
      this.#notes.push(`The source has no memory of tenant ${[...tenants].map(shownId).join(", ")}`);
    }
    if (crossing > 0) {
      this.#notes.push(`Left out ${crossing} relationships that lead to another tenant's memory`);
    }
  }
}

function snapshotOf(workFile: WorkFile, batchSize: number): Snapshot {
  return {
    counts: countsOf(workFile),
    digest: workFile.digest(),
    async *read(): AsyncGenerator<Batch> {
      for (const kind of RECORD_KINDS) {
        for (const records of workFile.batches(kind, batchSize)) {
          yield batchOf(kind, records.map((item) => item.record));
        }
      }
    },
  };
}

/** Throws SOURCE_CHANGED when fewer records were read than the source says it holds, before and after. */
function assertComplete(workFile: WorkFile, before: Counts | undefined, after: Counts | undefined): void {
  if (!before || !after) return;
  const read = countPlan(workFile, OF_SOURCE) + workFile.problems.count("error");
  if (read >= Math.min(totalOf(before), totalOf(after))) return;
  throw new GraphError(
    "SOURCE_CHANGED",
    `Only ${read} of ${
      totalOf(before)
    } records were read: the source changed meanwhile, or cut its answer short`,
  );
}
