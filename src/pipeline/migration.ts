/** A migration from its first look at both ends to the summary that stays: the six phases in order. */
import { asGraphError, atEnd, GraphError } from "../errors.ts";
import { type Batch, type Counts, DEFAULT_BATCH_SIZE, type GraphStore } from "../store/store.ts";
import { StateFiles } from "../workfile/history.ts";
import { acquireLock } from "../workfile/lock.ts";
import { type Plan, WorkFile } from "../workfile/workfile.ts";
import { load } from "./load.ts";
import type {
  MigrationContext,
  MigrationOptions,
  MigrationResult,
  MigrationSource,
  MigrationTarget,
  RecordCounts,
} from "./migration_types.ts";
import { PhaseRunner, secondsSince } from "./phases.ts";
import { planAgainstTarget } from "./plan.ts";
import { assertDiskSpace, type Preflight, preflight } from "./preflight.ts";
import { batchOf, RECORD_KINDS } from "./records.ts";
import { writeRejects } from "./reject_file.ts";
import { takeSnapshot } from "./snapshot.ts";
import { undo } from "./undo.ts";
import {
  conflictError,
  differenceError,
  invalidError,
  MAX_NAMED,
  resumableError,
  undoneError,
} from "./reports.ts";
import { validateSnapshot } from "./validate.ts";
import { type Verification, verify } from "./verify.ts";

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
  readonly #id = StateFiles.newId(new Date());
  readonly #startedAt = new Date();
  readonly #start = performance.now();
  readonly #source: MigrationSource;
  readonly #target: MigrationTarget;
  readonly #options: MigrationOptions;
  readonly #context: MigrationContext;
  readonly #files: StateFiles;
  readonly #phases: PhaseRunner;
  readonly #notes: string[] = [];
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
    this.#files = new StateFiles(context.stateDirectory);
    this.#phases = new PhaseRunner(context.progress);
    this.#batchSize = options.batchSize ?? DEFAULT_BATCH_SIZE;
  }

  async run(): Promise<MigrationResult> {
    const { dryRun = false } = this.#options;
    const found = await this.#phases.run("preflight", undefined, () => preflight(this.#source, this.#target));
    await using existing = found.existing;
    await using _stream = found.stream;
    if (!dryRun) assertDiskSpace(this.#context.stateDirectory, found.sourceCounts);
    using _lock = dryRun
      ? undefined
      : acquireLock(this.#files.locks, this.#target.location.identity, this.#id);
    using workFile = WorkFile.create(dryRun ? undefined : this.#files.newWorkFile(this.#id));
    let keepWorkFile = false;
    try {
      this.#describe(workFile, found);
      await this.#export(workFile, found);
      await this.#validate(workFile, found, existing);
      if (dryRun) return this.#result(workFile, found, undefined);
      await this.#options.onSnapshot?.(snapshotOf(workFile, this.#batchSize));
      await existing?.[Symbol.asyncDispose]();
      keepWorkFile = true;
      const verification = await this.#importAndVerify(workFile, found);
      const result = this.#result(workFile, found, verification);
      await this.#phases.run("cleanup", undefined, () => {
        keepWorkFile = this.#options.keepUndo ?? false;
        this.#saveSummary("done", { result });
        return Promise.resolve();
      });
      return result;
    } catch (error) {
      if (error instanceof GraphError && error.code === "ROLLED_BACK") keepWorkFile = false;
      if (!dryRun && keepWorkFile) workFile.set("error", asGraphError(error).message);
      throw error;
    } finally {
      if (!keepWorkFile && !dryRun) {
        workFile[Symbol.dispose]();
        this.#files.removeWorkFile(this.#id);
      }
    }
  }

  #describe(workFile: WorkFile, { targetCounts, existing }: Preflight): void {
    const { onConflict = "fail", verify = true } = this.#options;
    workFile.set("migration", {
      id: this.#id,
      startedAt: this.#startedAt.toISOString(),
      source: this.#source.location,
      target: this.#target.location,
      targetExisted: existing !== undefined,
      targetCounts,
      options: { onConflict, verify, batchSize: this.#batchSize },
    });
  }

  async #export(workFile: WorkFile, { stream, sourceCounts }: Preflight): Promise<void> {
    const { signal } = this.#context;
    const total = sourceCounts && sourceCounts.memories + sourceCounts.relationships;
    await this.#phases.run("export", total, (onProgress) =>
      atEnd("source", async () => {
        const batches = stream.read({ batchSize: this.#batchSize, signal });
        await takeSnapshot(batches, workFile, { signal, onProgress });
        await assertComplete(workFile, sourceCounts, await stream.count());
      }));
    this.#notes.push(...stream.notes ?? []);
    const claimed = stream.claimedDigest?.();
    if (claimed !== undefined && claimed !== workFile.digest()) {
      throw new GraphError(
        "FILE_INVALID",
        `"${this.#source.location.display}" does not hold what its trailer says: the digests differ (it was changed)`,
      );
    }
  }

  async #validate(
    workFile: WorkFile,
    { targetCounts }: Preflight,
    existing: GraphStore | undefined,
  ): Promise<void> {
    const { onConflict = "fail", skipInvalid = false, dryRun = false } = this.#options;
    const total = workFile.counts("memory") + workFile.counts("relationship");
    await this.#phases.run("validation", total, async (onProgress) => {
      validateSnapshot(workFile);
      const errors = workFile.problemCount("error");
      if (errors > 0 && !skipInvalid) throw invalidError(workFile, errors);
      if (errors > 0 && !dryRun) {
        writeRejects(workFile, this.#files.rejectFile(this.#id));
        this.#notes.push(`Records left out are in "${this.#files.rejectFile(this.#id)}"`);
      }
      if (!existing || targetCounts.memories + targetCounts.relationships === 0) return onProgress(total);
      const { signal } = this.#context;
      const planning = { onConflict, batchSize: this.#batchSize, signal, onProgress };
      const conflicts = await atEnd("target", () => planAgainstTarget(workFile, existing, planning));
      workFile.set("conflicts", conflicts);
      if (conflicts.conflictCount > 0 && onConflict === "fail") throw conflictError(conflicts, onConflict);
    });
  }

  async #importAndVerify(workFile: WorkFile, found: Preflight): Promise<Verification | undefined> {
    const { signal } = this.#context;
    const total = countPlan(workFile, ["create", "overwrite"]);
    if (total === 0 && found.existing && !this.#options.verify) return undefined;
    // Closed before a rollback's result is reported, so that a database we made can be discarded.
    let store: GraphStore | undefined;
    try {
      const open = store = await atEnd("target", () => this.#target.open("create"));
      if (total > 0 || !found.existing) {
        await this.#phases.run("import", total, (onProgress) =>
          atEnd("target", async () => {
            await open.ensureSchema();
            await load(workFile, open, { batchSize: this.#batchSize, signal, onProgress });
            await open.finishLoad();
          }));
      }
      return this.#options.verify === false ? undefined : await this.#verify(workFile, open, found);
    } catch (error) {
      throw await this.#afterFailure(asGraphError(error), workFile, { store, found });
    } finally {
      await store?.[Symbol.asyncDispose]();
    }
  }

  async #verify(workFile: WorkFile, store: GraphStore, { targetCounts }: Preflight): Promise<Verification> {
    const { signal } = this.#context;
    const total = countPlan(workFile, ["create", "overwrite", "same"]);
    const verification = await this.#phases.run(
      "verification",
      total,
      (onProgress) =>
        atEnd("target", () => verify(workFile, store, { batchSize: this.#batchSize, signal, onProgress })),
    );
    if (verification.differenceCount > 0) throw differenceError(verification);
    const counts = await atEnd("target", () => store.count());
    const created = countsOf(workFile, ["create"]);
    const unexpected = counts.memories - targetCounts.memories - created.memories +
      (counts.relationships - targetCounts.relationships - created.relationships);
    if (unexpected !== 0) {
      this.#notes.push(
        `The target holds ${Math.abs(unexpected)} records ${
          unexpected > 0 ? "more" : "less"
        } than this migration ` +
          "explains: something else wrote to it meanwhile",
      );
    }
    return verification;
  }

  /** Undoes what was imported, if it should be; returns the error to end with. */
  async #afterFailure(
    error: GraphError,
    workFile: WorkFile,
    { store, found }: { store: GraphStore | undefined; found: Preflight },
  ): Promise<GraphError> {
    const { rollbackOnFailure = true } = this.#options;
    if (error.code === "INTERRUPTED") return resumableError(error, this.#id);
    if (!rollbackOnFailure) return resumableError(error, this.#id);
    try {
      const open = store ?? await this.#target.open("create");
      await this.#phases.run(
        "rollback",
        undefined,
        (onProgress) => undo(workFile, open, { batchSize: this.#batchSize, onProgress }),
      );
      await open[Symbol.asyncDispose]();
      if (!found.existing) await this.#target.discard();
    } catch (undoError) {
      const reason = asGraphError(undoError).message;
      return new GraphError(
        error.code,
        `${error.message}. It could not be undone either: ${reason} (run \`memorygraph rollback ${this.#id}\` later)`,
        { cause: error, end: error.end ?? "target", details: { ...error.details, migration: this.#id } },
      );
    }
    this.#saveSummary("rolled back", { error: error.message });
    return undoneError(error, this.#id);
  }

  #saveSummary(outcome: string, facts: { result?: MigrationResult; error?: string }): void {
    this.#files.saveSummary(this.#id, {
      id: this.#id,
      outcome,
      startedAt: this.#startedAt.toISOString(),
      endedAt: new Date().toISOString(),
      source: this.#source.location,
      target: this.#target.location,
      undoable: outcome === "done" && (this.#options.keepUndo ?? false),
      ...facts,
    });
  }

  #result(workFile: WorkFile, found: Preflight, verification: Verification | undefined): MigrationResult {
    const { dryRun = false } = this.#options;
    const conflicts = workFile.get<
      { conflictCount: number; conflicts: MigrationResult["conflicts"]["records"] }
    >("conflicts");
    const errors = workFile.problemCount("error");
    const { targetCounts, sourceCounts, existing } = found;
    const [plan, carried] = [planOf(workFile), countsOf(workFile)];
    const written = {
      memories: plan.create.memories + plan.overwrite.memories,
      relationships: plan.create.relationships + plan.overwrite.relationships,
    };
    return {
      id: this.#id,
      dryRun,
      source: {
        backend: this.#source.location.backend,
        location: this.#source.location.display,
        memories: sourceCounts?.memories ?? carried.memories,
        relationships: sourceCounts?.relationships ?? carried.relationships,
      },
      target: {
        backend: this.#target.location.backend,
        location: this.#target.location.display,
        existed: existing !== undefined,
        before: { memories: targetCounts.memories, relationships: targetCounts.relationships },
      },
      plan,
      written: dryRun ? { memories: 0, relationships: 0 } : written,
      conflicts: { count: conflicts?.conflictCount ?? 0, records: conflicts?.conflicts ?? [] },
      foreign: {
        nodes: sourceCounts?.foreignNodes ?? 0,
        relationships: sourceCounts?.foreignRelationships ?? 0,
      },
      warnings: { count: workFile.problemCount("warning"), records: workFile.problems("warning", MAX_NAMED) },
      rejected: { count: errors, file: errors > 0 && !dryRun ? this.#files.rejectFile(this.#id) : null },
      verification: verification ?? null,
      digest: workFile.digest(),
      notes: this.#notes,
      phases: this.#phases.reports,
      seconds: secondsSince(this.#start),
    };
  }
}

function planOf(workFile: WorkFile): MigrationResult["plan"] {
  const of = (plan: Plan) => countsOf(workFile, [plan]);
  return { create: of("create"), overwrite: of("overwrite"), same: of("same"), keep: of("keep") };
}

function countsOf(workFile: WorkFile, plans?: readonly Plan[]): RecordCounts {
  const selection = plans ? { plans } : {};
  return {
    memories: workFile.counts("memory", selection),
    relationships: workFile.counts("relationship", selection),
  };
}

function countPlan(workFile: WorkFile, plans: readonly Plan[]): number {
  const { memories, relationships } = countsOf(workFile, plans);
  return memories + relationships;
}

function snapshotOf(workFile: WorkFile, batchSize: number) {
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
async function assertComplete(workFile: WorkFile, before: Counts | undefined, after: Counts | undefined) {
  await Promise.resolve();
  if (!before || !after) return;
  const read = countPlan(workFile, ["create"]) + workFile.problemCount("error");
  const total = (counts: Counts) => counts.memories + counts.relationships;
  if (read >= Math.min(total(before), total(after))) return;
  throw new GraphError(
    "SOURCE_CHANGED",
    `Only ${read} of ${
      total(before)
    } records were read: the source changed meanwhile, or cut its answer short`,
  );
}
