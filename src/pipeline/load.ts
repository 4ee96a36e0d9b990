import { GraphError, throwIfInterrupted } from "../errors.ts";
import { refOf } from "../model/relationship.ts";
import type { GraphStore, RecordKind } from "../store/store.ts";
import type { Plan, WorkFile, WorkRecord } from "../workfile/workfile.ts";
import { batchOf, deleteRecords, RECORD_KINDS } from "./records.ts";
import { withRetry } from "./retry.ts";
import { placeRecords } from "./standing.ts";

/** Options of {@linkcode load}. */
export interface LoadOptions {
  batchSize: number;
  signal?: AbortSignal;
  onProgress?: (done: number) => void;
}

/**
 * Writes what the plan says into the target, memories first, then deletes what it says, relationships first.
 * Before a batch is written the work file says
 * so durably, with the before-images of what is overwritten: whatever happens, it is known what may be in
 * the target. Stops between batches when the signal is aborted.
 */
export async function load(
  workFile: WorkFile,
  target: GraphStore,
  { batchSize, signal, onProgress }: LoadOptions,
): Promise<void> {
  let done = 0;
  let written: number[] = [];
  const attempt = async (items: readonly { seq: number }[], write: () => Promise<void>) => {
    throwIfInterrupted(signal);
    const seqs = items.map(({ seq }) => seq);
    // The batch before is noted as written in the same commit, which spares one sync a batch.
    workFile.transaction(() => {
      workFile.setState(written, "written");
      workFile.setState(seqs, "intended");
    });
    written = [];
    await write();
    written = seqs;
    done += items.length;
    onProgress?.(done);
  };
  const ends = { workFile, target, signal };
  try {
    for (const kind of RECORD_KINDS) {
      for (const plan of ["create", "overwrite"] as const satisfies Plan[]) {
        const batches = workFile.batches(kind, batchSize, { plans: [plan], states: ["exported"] });
        for (let next = batches.next(); !next.done;) {
          const records = next.value;
          // A server works while the next batch is fetched.
          await attempt(records, async () => {
            const writing = writeBatch(kind, records, ends);
            try {
              next = batches.next();
            } finally {
              await writing;
            }
          });
        }
      }
    }
    for (const kind of RECORD_KINDS.toReversed()) {
      for (const items of workFile.refs(kind, batchSize, { plans: ["delete"], states: ["exported"] })) {
        const refs = items.map(({ ref }) => ref);
        await attempt(items, () => withRetry(() => deleteRecords(target, kind, { refs }), signal));
      }
    }
  } finally {
    if (written.length > 0) workFile.transaction(() => workFile.setState(written, "written"));
  }
}

interface Ends {
  workFile: WorkFile;
  target: GraphStore;
  signal: AbortSignal | undefined;
}

async function writeBatch(kind: RecordKind, records: WorkRecord[], ends: Ends): Promise<void> {
  const { workFile, target, signal } = ends;
  const mode = records[0]!.plan === "create" ? "fail" : "overwrite";
  let isFirst = true;
  try {
    await withRetry(async (isRepeat) => {
      isFirst = !isRepeat;
      const missing = isRepeat ? await stillMissing(kind, records, ends) : records;
      if (missing.length > 0) await target.write(batchOf(kind, missing.map((item) => item.record)), { mode });
    }, signal);
  } catch (error) {
    // A refusal of a whole batch: what is there is someone else's, and undoing must leave it.
    if (isFirst && error instanceof GraphError && error.code === "CONFLICT") {
      workFile.transaction(() => workFile.setState(records.map((item) => item.seq), "exported"));
    }
    throw error;
  }
}

/** Of a batch whose answer was lost, what did not arrive. Throws CONFLICT where something else is there. */
async function stillMissing(
  kind: RecordKind,
  records: WorkRecord[],
  { workFile, target }: Ends,
): Promise<WorkRecord[]> {
  const refs = records.map((item) => ({ ...item, ref: refOf(item.record) }));
  const placed = await placeRecords(kind, refs, { workFile, target });
  const other = placed.find(({ standing }) => standing === "other");
  if (other) {
    const id = other.item.ref.id;
    throw new GraphError("CONFLICT", `Something else wrote ${kind} ${JSON.stringify(id)} meanwhile`, {
      details: { ids: [id] },
    });
  }
  return records.filter((_, index) => placed[index]!.standing !== "ours");
}
