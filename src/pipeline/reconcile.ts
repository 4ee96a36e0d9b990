/** Brings a work file's idea of the target up to what the target really holds, before work goes on. */
import { GraphError, throwIfInterrupted } from "../errors.ts";
import { RECORD_KINDS, type RecordKind } from "../model/record.ts";
import type { GraphStore } from "../store/store.ts";
import { WRITING } from "../workfile/work_record.ts";
import type { WorkFile } from "../workfile/workfile.ts";
import type { ConflictPolicy } from "./plan.ts";
import { listRecords, MAX_NAMED } from "./reports.ts";
import { type Placed, placeRecords } from "./standing.ts";
import { withRetry } from "./retry.ts";

/** Options of {@linkcode reconcile}. */
export interface ReconcileOptions {
  batchSize: number;
  /** What to do with a record that someone else has changed or put there. `newer` is not among them. */
  onConflict: Exclude<ConflictPolicy, "newer">;
  signal?: AbortSignal;
  onProgress?: (done: number) => void;
}

/**
 * Reads every record that is to be written from the target and sets its state by what is there, whatever was
 * acknowledged: equal is written; absent, or as it was before, is still to be written. Anything else was
 * changed by someone: CONFLICT, naming the records and changing nothing more, unless the policy says which
 * one counts.
 */
export async function reconcile(
  workFile: WorkFile,
  target: GraphStore,
  { batchSize, onConflict, signal, onProgress }: ReconcileOptions,
): Promise<void> {
  const conflicts: { kind: RecordKind; id: string }[] = [];
  let conflictCount = 0;
  let done = 0;
  for (const kind of RECORD_KINDS) {
    for (const items of workFile.refs(kind, batchSize, { plans: WRITING })) {
      throwIfInterrupted(signal);
      const placed = await withRetry(() => placeRecords(kind, items, { workFile, target }), signal);
      workFile.transaction(() => {
        for (const place of placed) {
          if (settle(workFile, place, onConflict)) continue;
          conflictCount++;
          if (conflicts.length < MAX_NAMED) conflicts.push({ kind, id: place.item.ref.id });
        }
      });
      done += items.length;
      onProgress?.(done);
    }
  }
  if (conflictCount > 0) throw changedError(conflicts, conflictCount);
}

/** Sets a record's state and plan by where it stands; false for a conflict that nobody has decided. */
function settle(
  workFile: WorkFile,
  { item: { seq, state, plan }, standing, found }: Placed,
  onConflict: ReconcileOptions["onConflict"],
): boolean {
  if (standing === "ours") {
    // Without an intent it was not we who wrote it, and undoing must leave it there.
    if (state === "exported") workFile.setPlan(seq, plan === "delete" ? "excluded" : "same");
    else if (state !== "written") workFile.setState([seq], "written");
    return true;
  }
  if (standing === "other") {
    if (onConflict === "fail") return false;
    if (onConflict === "skip") {
      workFile.setPlan(seq, plan === "delete" ? "excluded" : "keep");
      return true;
    }
    workFile.setBefore(seq, found!);
    if (plan === "create") workFile.setPlan(seq, "overwrite");
  }
  if (state !== "exported") workFile.setState([seq], "exported");
  return true;
}

function changedError(records: { kind: RecordKind; id: string }[], count: number): GraphError {
  return new GraphError(
    "CONFLICT",
    `Since the migration broke off, ${count} records were changed in the target (choose --on-conflict skip, ` +
      `which keeps them, or overwrite):${listRecords(records, count)}`,
    { end: "target", details: { count, records } },
  );
}
