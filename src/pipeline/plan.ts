import { throwIfInterrupted } from "../errors.ts";
import { instantKey } from "../model/instant.ts";
import type { Memory } from "../model/memory.ts";
import { type GraphRecord, hashRecord, RECORD_KINDS, type RecordKind } from "../model/record.ts";
import type { Relationship } from "../model/relationship.ts";
import type { GraphStore } from "../store/store.ts";
import type { Plan } from "../workfile/work_record.ts";
import type { WorkFile } from "../workfile/workfile.ts";
import { readSame } from "./records.ts";
import { MAX_NAMED } from "./reports.ts";

/** What to do when the target holds another record with the same id. */
export const CONFLICT_POLICIES = ["fail", "skip", "overwrite", "newer"] as const;
/** One of {@linkcode CONFLICT_POLICIES}. */
export type ConflictPolicy = (typeof CONFLICT_POLICIES)[number];

/** Options of {@linkcode planAgainstTarget}. */
export interface PlanOptions {
  onConflict: ConflictPolicy;
  batchSize: number;
  signal?: AbortSignal;
  onProgress?: (done: number) => void;
}

/**
 * Compares the snapshot with what the target holds under the same ids and sets each record's plan. With the
 * policy `fail`, records that differ get the plan `overwrite` all the same and are counted in the result,
 * for the caller to refuse. Records that are to be overwritten keep the target's as before-image.
 */
export async function planAgainstTarget(
  workFile: WorkFile,
  target: GraphStore,
  { onConflict, batchSize, signal, onProgress }: PlanOptions,
): Promise<{ conflicts: { kind: RecordKind; id: string }[]; conflictCount: number }> {
  const conflicts: { kind: RecordKind; id: string }[] = [];
  let conflictCount = 0;
  let done = 0;
  for (const kind of RECORD_KINDS) {
    for (const batch of workFile.refs(kind, batchSize, { plans: ["create"] })) {
      throwIfInterrupted(signal);
      const existing = await readSame(target, kind, batch.map((item) => item.ref));
      workFile.transaction(() => {
        for (const { seq, ref, hash } of batch) {
          const [before] = existing.get(ref.id) ?? [];
          if (!before) continue;
          const same = hash === hashRecord(kind, before);
          const plan = same
            ? "same"
            : planForConflict(onConflict, kind, { source: workFile.recordAt(seq), target: before });
          workFile.setPlan(seq, plan);
          if (plan === "overwrite") workFile.setBefore(seq, before);
          if (same) continue;
          conflictCount++;
          if (conflicts.length < MAX_NAMED) conflicts.push({ kind, id: ref.id });
        }
      });
      done += batch.length;
      onProgress?.(done);
    }
  }
  return { conflicts, conflictCount };
}

function planForConflict(
  policy: ConflictPolicy,
  kind: RecordKind,
  { source, target }: { source: GraphRecord; target: GraphRecord },
): Plan {
  if (policy === "skip") return "keep";
  if (policy !== "newer") return "overwrite";
  return lastChanged(kind, source) > lastChanged(kind, target) ? "overwrite" : "keep";
}

/** The latest instant a record tells of itself, invalidation included, as its `instantKey`; empty when it tells of none. */
export function lastChanged(kind: RecordKind, record: GraphRecord): string {
  const times = kind === "memory"
    ? [(record as Memory).updatedAt, (record as Memory).createdAt]
    : relationshipTimes(record as Relationship);
  return times.map(instantKey).reduce((latest, time) => (time > latest ? time : latest), "");
}

function relationshipTimes({ createdAt, lastValidated, recordedAt, validUntil }: Relationship) {
  return [createdAt, lastValidated, recordedAt, validUntil];
}
