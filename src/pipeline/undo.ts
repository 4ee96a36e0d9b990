import type { GraphStore } from "../store/store.ts";
import type { RecordState, WorkFile, WorkRecord } from "../workfile/workfile.ts";
import { batchOf, deleteRecords, hashRecord, readSame, RECORD_KINDS, sameHash } from "./records.ts";

/** Options of {@linkcode undo}. */
export interface UndoOptions {
  batchSize: number;
  onProgress?: (done: number) => void;
}

/** States in which a record may be in the target because of us. */
const TOUCHED: readonly RecordState[] = ["intended", "written"];

/**
 * Takes back everything that the work file says was, or may have been, written: created records are deleted,
 * overwritten ones get their before-image back. Safe to repeat after it was broken off. Returns how many
 * records were taken back.
 */
export async function undo(workFile: WorkFile, target: GraphStore, options: UndoOptions): Promise<number> {
  let done = 0;
  const each = async (
    kind: "memory" | "relationship",
    plan: "create" | "overwrite",
    revert: (records: WorkRecord[]) => Promise<void>,
  ) => {
    const selection = { plans: [plan], states: TOUCHED };
    for (const records of workFile.batches(kind, options.batchSize, selection)) {
      const ours = await writtenByUs(kind, records, target);
      if (ours.length > 0) await revert(ours);
      workFile.transaction(() => workFile.setState(records.map((item) => item.seq), "exported"));
      done += records.length;
      options.onProgress?.(done);
    }
  };
  // Relationships first: an overwritten one may hang on a memory that is to be deleted.
  for (const kind of RECORD_KINDS.toReversed()) {
    if (kind === "relationship") {
      await each(
        kind,
        "create",
        (records) => deleteRecords(target, kind, records.map((item) => item.record)),
      );
    }
    await each(
      kind,
      "overwrite",
      (records) => target.write(batchOf(kind, records.map((item) => item.before!)), { mode: "overwrite" }),
    );
    if (kind === "memory") {
      await each(
        kind,
        "create",
        (records) => deleteRecords(target, kind, records.map((item) => item.record)),
      );
    }
  }
  return done;
}

/**
 * Of records that were to be written, those that are there. A batch whose write was about to start counts
 * only where the target holds exactly what we would have written: the write may have failed because someone
 * else put a record there.
 */
async function writtenByUs(
  kind: "memory" | "relationship",
  records: WorkRecord[],
  target: GraphStore,
): Promise<WorkRecord[]> {
  const uncertain = records.filter((item) => item.state === "intended");
  if (uncertain.length === 0) return records;
  const found = await readSame(target, kind, uncertain.map((item) => item.record));
  return records.filter((item) =>
    item.state !== "intended" ||
    (found.get(item.record.id) ?? []).some((record) => sameHash(item.hash, hashRecord(kind, record)))
  );
}
