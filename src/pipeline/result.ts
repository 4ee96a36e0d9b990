/** What a work file says as a migration's result. */
import { type RecordCounts, totalOf } from "../store/store.ts";
import type { Plan } from "../workfile/work_record.ts";
import { WorkFile } from "../workfile/workfile.ts";
import type { MigrationResult } from "./migration_types.ts";
import { MAX_NAMED } from "./reports.ts";

/** What a result has beside what is in the work file. */
export interface ResultExtras
  extends Pick<MigrationResult, "dryRun" | "verification" | "phases" | "seconds"> {
  /** The file with the records that were left out. */
  readonly rejectFile: string;
  readonly notes?: readonly string[];
}

/** The result of a migration, as far as it has come. */
export function resultOf(workFile: WorkFile, extras: ResultExtras): MigrationResult {
  const { id, source, sourceCounts, target, targetExisted, targetCounts, notes } = workFile.facts();
  const { rejectFile, notes: lateNotes = [], ...rest } = extras;
  const conflicts = workFile.get<{
    conflictCount: number;
    conflicts: MigrationResult["conflicts"]["records"];
  }>("conflicts");
  const errors = workFile.problems.count("error");
  const [plan, carried] = [planOf(workFile), countsOf(workFile)];
  const written = {
    memories: plan.create.memories + plan.overwrite.memories,
    relationships: plan.create.relationships + plan.overwrite.relationships,
  };
  return {
    id,
    source: {
      backend: source.backend,
      location: source.display,
      memories: sourceCounts?.memories ?? carried.memories,
      relationships: sourceCounts?.relationships ?? carried.relationships,
    },
    target: {
      backend: target.backend,
      location: target.display,
      existed: targetExisted,
      before: { memories: targetCounts.memories, relationships: targetCounts.relationships },
    },
    plan,
    written: extras.dryRun ? { memories: 0, relationships: 0 } : written,
    conflicts: { count: conflicts?.conflictCount ?? 0, records: conflicts?.conflicts ?? [] },
    foreign: {
      nodes: sourceCounts?.foreignNodes ?? 0,
      relationships: sourceCounts?.foreignRelationships ?? 0,
    },
    warnings: {
      count: workFile.problems.count("warning"),
      records: workFile.problems.first("warning", MAX_NAMED),
    },
    rejected: {
      count: errors,
      records: workFile.problems.first("error", MAX_NAMED),
      file: errors > 0 && !extras.dryRun ? rejectFile : null,
    },
    digest: workFile.digest(),
    ...rest,
    notes: [...notes, ...lateNotes, ...keptNote(plan.keep)],
  };
}

/** Where the target keeps records of its own, the end of the migration is not the equality that it otherwise is. */
function keptNote(keep: RecordCounts): string[] {
  const kept = totalOf(keep);
  return kept === 0 ? [] : [`Source and target differ in the ${kept} records that the target keeps`];
}

function planOf(workFile: WorkFile): MigrationResult["plan"] {
  const of = (plan: Plan) => countsOf(workFile, [plan]);
  return {
    create: of("create"),
    overwrite: of("overwrite"),
    same: of("same"),
    keep: of("keep"),
    delete: of("delete"),
    unchanged: of("unchanged"),
    excluded: of("excluded"),
  };
}

/** How many records of each kind have one of these plans; all records without them. */
export function countsOf(workFile: WorkFile, plans?: readonly Plan[]): RecordCounts {
  const selection = plans ? { plans } : {};
  return {
    memories: workFile.counts("memory", selection),
    relationships: workFile.counts("relationship", selection),
  };
}

/** How many records have one of these plans. */
export function countPlan(workFile: WorkFile, plans: readonly Plan[]): number {
  return totalOf(countsOf(workFile, plans));
}
