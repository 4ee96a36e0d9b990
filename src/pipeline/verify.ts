import { throwIfInterrupted } from "../errors.ts";
import type { GraphStore } from "../store/store.ts";
import type { WorkFile } from "../workfile/workfile.ts";
import { type Difference, differingFields } from "./differences.ts";
import { hashRecord, readSame, RECORD_KINDS, sameHash } from "./records.ts";

/** Options of {@linkcode verify}. */
export interface VerifyOptions {
  batchSize: number;
  signal?: AbortSignal;
  onProgress?: (done: number) => void;
}

/** What a verification found. */
export interface Verification {
  /** Records read back and compared. */
  readonly checked: number;
  readonly differenceCount: number;
  /** The first differences; the count is exact. */
  readonly differences: Difference[];
}

/** How many differences a report names; the count is always exact. */
const MAX_NAMED = 1000;

/**
 * Reads every migrated record back from the target and compares its hash with the snapshot's: those that
 * were written, and those that were found alike before. Records that the target kept are not compared.
 */
export async function verify(
  workFile: WorkFile,
  target: GraphStore,
  { batchSize, signal, onProgress }: VerifyOptions,
): Promise<Verification> {
  const differences: Difference[] = [];
  let checked = 0;
  let differenceCount = 0;
  const report = (difference: Difference) => {
    differenceCount++;
    if (differences.length < MAX_NAMED) differences.push(difference);
  };
  for (const kind of RECORD_KINDS) {
    for (const batch of workFile.refs(kind, batchSize, { plans: ["create", "overwrite", "same"] })) {
      throwIfInterrupted(signal);
      const found = await readSame(target, kind, batch.map((item) => item.ref));
      for (const { seq, ref: { id }, hash } of batch) {
        const [first, ...others] = found.get(id) ?? [];
        if (!first) report({ kind, id, type: "missing" });
        else if (!sameHash(hash, hashRecord(kind, first))) {
          report({ kind, id, type: "changed", fields: differingFields(kind, workFile.recordAt(seq), first) });
        }
        for (const _ of others) report({ kind, id, type: "extra" });
      }
      checked += batch.length;
      onProgress?.(checked);
    }
  }
  return { checked, differenceCount, differences };
}
