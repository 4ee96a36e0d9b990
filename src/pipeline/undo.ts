/** Takes a migration back out of its target. */
import { GraphError, throwIfInterrupted } from "../errors.ts";
import { RECORD_KINDS, type RecordKind } from "../model/record.ts";
import type { GraphStore } from "../store/store.ts";
import { type RecordState, WRITING } from "../workfile/work_record.ts";
import type { WorkFile } from "../workfile/workfile.ts";
import { batchOf, deleteRecords } from "./records.ts";
import { listRecords, MAX_NAMED } from "./reports.ts";
import { withRetry } from "./retry.ts";
import { type Placed, placeRecords, type Standing } from "./standing.ts";

/** Options of {@linkcode undo}. */
export interface UndoOptions {
  batchSize: number;
  /**
   * What to do with records that are neither as the migration wrote them nor as they were before. `refuse`:
   * CONFLICT, naming them, before anything is touched. `revert`: take them back all the same, with
   * relationships that someone hung on a created memory. `own`: take back those whose write was acknowledged
   * and leave the others, which someone else may have written; for an undo right after a failure.
   */
  changed: "refuse" | "revert" | "own";
  signal?: AbortSignal;
  onProgress?: (done: number) => void;
}

/** States in which a record may be in the target because of us. */
const TOUCHED: readonly RecordState[] = ["intended", "written"];

type WritingPlan = "create" | "overwrite" | "delete";

/** The order of undoing: a relationship comes back after its ends, a memory goes when nothing hangs on it. */
const ORDER: readonly [RecordKind, WritingPlan][] = [
  ["relationship", "create"],
  ["memory", "delete"],
  ["relationship", "delete"],
  ["relationship", "overwrite"],
  ["memory", "overwrite"],
  ["memory", "create"],
];

/**
 * Takes back everything that the work file says was, or may have been, written: created records are deleted,
 * overwritten and deleted ones get their before-image back; then all of them are read once more. Looks at the target,
 * not at what was acknowledged, so it can be repeated after it was broken off at any moment. Returns how many
 * records it touched. Throws CONFLICT as `changed` says, and VERIFICATION_FAILED when the target did not keep
 * what was taken back.
 */
export async function undo(workFile: WorkFile, target: GraphStore, options: UndoOptions): Promise<number> {
  const { batchSize, changed, signal } = options;
  if (changed === "refuse") await assertUnchanged(workFile, target, options);
  let done = 0;
  for (const [kind, plan] of ORDER) {
    for (const items of workFile.refs(kind, batchSize, { plans: [plan], states: TOUCHED })) {
      throwIfInterrupted(signal);
      await withRetry(async () => {
        const placed = await placeRecords(kind, items, { workFile, target });
        const due = placed.filter((place) => isDue(place, changed));
        if (due.length === 0) return;
        if (plan === "create") {
          const refs = due.map(({ item, found }) => kind === "memory" ? item.ref : { ...item.ref, ...found });
          await deleteRecords(target, kind, { refs, detach: changed === "revert" });
        } else {
          const before = due.map(({ item }) => workFile.beforeAt(item.seq)!);
          await target.write(batchOf(kind, before), { mode: "overwrite" });
        }
      }, signal);
      done += items.length;
      options.onProgress?.(done);
    }
  }
  await assertUndone(workFile, target, options);
  return done;
}

/** Where a record stands once it is taken back. */
const RESTED: Record<WritingPlan, Standing> = { create: "absent", overwrite: "before", delete: "before" };

/** Whether a record has to be taken back, and may be. */
function isDue({ item: { plan, state }, standing }: Placed, changed: UndoOptions["changed"]): boolean {
  if (standing === RESTED[plan as WritingPlan]) return false;
  return standing === "ours" || changed === "revert" || (changed === "own" && state === "written");
}

async function assertUnchanged(workFile: WorkFile, target: GraphStore, options: UndoOptions): Promise<void> {
  const isChanged = ({ item, standing }: Placed) =>
    standing !== "ours" && standing !== RESTED[item.plan as WritingPlan];
  const changed = await findTouched({ workFile, target }, options, isChanged);
  await findHangers(workFile, target, { ...options, found: changed });
  if (changed.count === 0) return;
  throw new GraphError(
    "CONFLICT",
    `${changed.count} records were changed in the target since; nothing was undone (--force undoes them all ` +
      `the same):${listRecords(changed.records, changed.count)}`,
    { end: "target", details: { ...changed } },
  );
}

async function assertUndone(workFile: WorkFile, target: GraphStore, options: UndoOptions): Promise<void> {
  const left = await findTouched({ workFile, target }, options, (place) => isDue(place, options.changed));
  if (left.count === 0) return;
  throw new GraphError(
    "VERIFICATION_FAILED",
    `${left.count} records are not as they were before, although they were taken back:${
      listRecords(left.records, left.count)
    }`,
    { end: "target", details: { ...left } },
  );
}

interface Found {
  count: number;
  records: { kind: RecordKind; id: string }[];
}

function note(found: Found, kind: RecordKind, id: string): void {
  found.count++;
  if (found.records.length < MAX_NAMED) found.records.push({ kind, id });
}

/** The touched records that a question is true of. */
async function findTouched(
  { workFile, target }: { workFile: WorkFile; target: GraphStore },
  { batchSize, signal }: UndoOptions,
  question: (place: Placed) => boolean,
): Promise<Found> {
  const found: Found = { count: 0, records: [] };
  for (const kind of RECORD_KINDS) {
    const selection = { plans: WRITING, states: TOUCHED };
    for (const items of workFile.refs(kind, batchSize, selection)) {
      throwIfInterrupted(signal);
      const placed = await withRetry(() => placeRecords(kind, items, { workFile, target }), signal);
      for (const place of placed) if (question(place)) note(found, kind, place.item.ref.id);
    }
  }
  return found;
}

/**
 * Notes relationships that are not the migration's and touch a memory it created. A store has no question for
 * that, so all relationships are read: their number tells nothing, since others may have been deleted.
 */
async function findHangers(
  workFile: WorkFile,
  target: GraphStore,
  { batchSize, signal, found }: UndoOptions & { found: Found },
): Promise<void> {
  if (workFile.counts("memory", { plans: ["create"], states: TOUCHED }) === 0) return;
  for await (const batch of target.read({ batchSize, signal })) {
    if (batch.kind !== "relationship") continue;
    for (const { id, fromId, toId } of batch.items) {
      if (workFile.isTouched("relationship", id)) continue;
      if ([fromId, toId].some((end) => workFile.isTouched("memory", end, ["create"]))) {
        note(found, "relationship", id);
      }
    }
  }
}
