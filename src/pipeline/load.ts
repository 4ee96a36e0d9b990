import { GraphError, throwIfInterrupted } from "../errors.ts";
import type { Batch, GraphStore } from "../store/store.ts";
import type { Plan, WorkFile, WorkRecord } from "../workfile/workfile.ts";
import { batchOf, RECORD_KINDS } from "./records.ts";

/** Options of {@linkcode load}. */
export interface LoadOptions {
  batchSize: number;
  signal?: AbortSignal;
  onProgress?: (done: number) => void;
}

/** How long to wait before a write is repeated after a failure that may pass. */
const RETRY_DELAYS_MS = [200, 1000, 3000];

/**
 * Writes what the plan says into the target, memories first. Before a batch is written the work file says
 * so durably, with the before-images of what is overwritten: whatever happens, it is known what may be in
 * the target. Stops between batches when the signal is aborted.
 */
export async function load(
  workFile: WorkFile,
  target: GraphStore,
  { batchSize, signal, onProgress }: LoadOptions,
): Promise<void> {
  workFile.makeDurable();
  let done = 0;
  let written: number[] = [];
  for (const kind of RECORD_KINDS) {
    for (const plan of ["create", "overwrite"] as const satisfies Plan[]) {
      for (const records of workFile.batches(kind, batchSize, { plans: [plan], states: ["exported"] })) {
        throwIfInterrupted(signal);
        const seqs = records.map((item: WorkRecord) => item.seq);
        // The batch before is noted as written in the same commit, which spares one sync a batch.
        workFile.transaction(() => {
          workFile.setState(written, "written");
          workFile.setState(seqs, "intended");
        });
        written = [];
        const batch = batchOf(kind, records.map((item: WorkRecord) => item.record));
        await writeWithRetry(target, batch, plan === "create" ? "fail" : "overwrite", signal);
        written = seqs;
        done += records.length;
        onProgress?.(done);
        await new Promise<void>((resume) => setImmediate(resume));
      }
    }
  }
  workFile.transaction(() => workFile.setState(written, "written"));
}

async function writeWithRetry(
  target: GraphStore,
  batch: Batch,
  mode: "fail" | "overwrite",
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const delayMs of RETRY_DELAYS_MS) {
    try {
      return await target.write(batch, { mode });
    } catch (error) {
      if (!(error instanceof GraphError && error.retry)) throw error;
      await new Promise((resume) => setTimeout(resume, delayMs));
      throwIfInterrupted(signal);
      // The write may have happened although its answer was lost; overwriting is safe to repeat.
      mode = "overwrite";
    }
  }
  await target.write(batch, { mode });
}
