import { throwIfInterrupted } from "../errors.ts";
import { hashMemory, hashRelationship } from "../model/canonical.ts";
import { stringifyJson } from "../model/json.ts";
import type { Memory } from "../model/memory.ts";
import type { Relationship } from "../model/relationship.ts";
import type { Batch } from "../store/store.ts";
import type { Problem, WorkFile } from "../workfile/workfile.ts";
import { planOfMemory, planOfRelationship, renameTenant, type Scope } from "./scope.ts";
import { checkMemory, checkRelationship } from "./check_record.ts";

/** Options of {@linkcode takeSnapshot}. */
export interface SnapshotOptions {
  signal?: AbortSignal;
  /** Which records are moved, and as whose. Default: all, as they are. */
  scope?: Scope;
  /** Called after each batch with the records taken so far. */
  onProgress?: (done: number) => void;
}

/**
 * Copies a stream of batches into the work file with each record's hash and what is odd about it. Reads the
 * source once; afterwards it is not needed any more.
 */
export async function takeSnapshot(
  batches: AsyncIterable<Batch>,
  workFile: WorkFile,
  { scope = {}, signal, onProgress }: SnapshotOptions = {},
): Promise<void> {
  let done = 0;
  for await (const batch of batches) {
    throwIfInterrupted(signal);
    workFile.transaction(() => addBatch(workFile, batch, scope));
    done += batch.items.length;
    onProgress?.(done);
  }
  workFile.index();
}

function addBatch(workFile: WorkFile, batch: Batch, scope: Scope): void {
  for (const reject of batch.rejects ?? []) workFile.addReject(reject);
  if (batch.kind === "memory") {
    for (const memory of batch.items) {
      if (!carries(workFile, memory, checkMemory(memory))) continue;
      const carried = renameTenant(memory, scope);
      workFile.addMemory(carried, hashMemory(carried), planOfMemory(memory, scope));
    }
  } else {
    for (const relationship of batch.items) {
      if (carries(workFile, relationship, checkRelationship(relationship))) {
        workFile.addRelationship(
          relationship,
          hashRelationship(relationship),
          planOfRelationship(relationship, scope),
        );
      }
    }
  }
}

/** Notes a record's problems; false when one of them keeps it from being carried. */
function carries(workFile: WorkFile, record: Memory | Relationship, problems: readonly Problem[]): boolean {
  let usable = true;
  for (const problem of problems) {
    const isError = problem.severity === "error";
    workFile.addProblem(problem, isError ? stringifyJson(record) : undefined);
    if (isError) usable = false;
  }
  return usable;
}
