/** What a mirrored target holds that its source does not. */
import { GraphError, throwIfInterrupted } from "../errors.ts";
import { type GraphRecord, hashRecord, type RecordKind } from "../model/record.ts";
import type { Relationship } from "../model/relationship.ts";
import type { GraphStore } from "../store/store.ts";
import type { WorkFile } from "../workfile/workfile.ts";
import { countPlan } from "./result.ts";
import type { Scope } from "./scope.ts";

/** Options of {@linkcode planDeletions}. */
export interface MirrorOptions {
  scope: Scope;
  /** How much of the target may be deleted, in per cent of its records. */
  maxDeletePercent: number;
  batchSize: number;
  signal?: AbortSignal;
}

/**
 * Plans to delete what the target holds and the source does not; with tenants, only of those. A source's record
 * that cannot be carried counts as there. Throws CONFLICT when that is more than may be deleted.
 */
export async function planDeletions(
  workFile: WorkFile,
  target: GraphStore,
  { scope, maxDeletePercent, batchSize, signal }: MirrorOptions,
): Promise<void> {
  const tenants = scope.tenants &&
    new Set([...scope.tenants].map((name) => scope.tenantNames?.get(name) ?? name));
  let total = 0;
  for await (const batch of target.read({ batchSize, signal })) {
    throwIfInterrupted(signal);
    total += batch.items.length;
    workFile.transaction(() => {
      const gone: GraphRecord[] = [];
      if (batch.kind === "memory") {
        for (const memory of batch.items) {
          const isInScope = !tenants || tenants.has(memory.context?.tenantId ?? "");
          if (isInScope && isGone(workFile, "memory", memory.id)) gone.push(memory);
        }
      } else {
        for (const relationship of batch.items) {
          const isDue = isGone(workFile, "relationship", relationship.id) &&
            (!tenants || isWithin(workFile, relationship));
          if (isDue) gone.push(relationship);
        }
      }
      const { kind } = batch;
      workFile.add(kind, gone.map((record) => ({ record, hash: hashRecord(kind, record), plan: "delete" })));
    });
  }
  const count = countPlan(workFile, ["delete"]);
  if (count <= total * maxDeletePercent / 100) return;
  throw new GraphError(
    "CONFLICT",
    `Mirroring would delete ${count} of the target's ${total} records, more than ${maxDeletePercent} per cent; ` +
      "nothing was written (raise --max-delete if that is right)",
    { end: "target", details: { count, total, maxDeletePercent } },
  );
}

function isGone(workFile: WorkFile, kind: RecordKind, id: string): boolean {
  return workFile.find(kind, id).length === 0 && !workFile.problems.isRejected(kind, id);
}

/** Whether a relationship belongs to the tenants: it hangs on a memory that goes, or both ends are theirs. */
function isWithin(workFile: WorkFile, { fromId, toId }: Relationship): boolean {
  const plans = [fromId, toId].map((id) => workFile.find("memory", id)[0]?.plan);
  return plans.includes("delete") || plans.every((plan) => plan !== undefined && plan !== "excluded");
}
