import { throwIfInterrupted } from "../errors.ts";
import { rejectedText } from "../formats/record.ts";
import { hashMemory, hashRelationship } from "../model/canonical.ts";
import type { GraphRecord, RecordKind } from "../model/record.ts";
import type { Batch } from "../store/store.ts";
import type { MigrationTarget } from "./migration_types.ts";
import type { NewWorkRecord, Plan, Problem } from "../workfile/work_record.ts";
import type { WorkFile } from "../workfile/workfile.ts";
import { planOfMemory, planOfRelationship, renameTenant, type Scope } from "./scope.ts";
import { checkMemory, checkRelationship } from "./check_record.ts";

/** Options of {@linkcode takeSnapshot}. */
export interface SnapshotOptions {
  signal?: AbortSignal;
  /** Which records are moved, and as whose. Default: all, as they are. */
  scope?: Scope;
  /** Why the target cannot keep an id; see MigrationTarget. Default: it keeps all. */
  whyIdRefused?: (id: string) => string | undefined;
  /** What the target takes in place of a record that is created there; see MigrationTarget. Default: nothing. */
  encode?: MigrationTarget["encode"];
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
  { scope = {}, whyIdRefused, encode, signal, onProgress }: SnapshotOptions = {},
): Promise<void> {
  let done = 0;
  for await (const batch of batches) {
    throwIfInterrupted(signal);
    workFile.transaction(() => addBatch(workFile, batch, { scope, whyIdRefused, encode }));
    done += batch.items.length;
    onProgress?.(done);
  }
  workFile.index();
}

function addBatch(
  workFile: WorkFile,
  batch: Batch,
  { scope, whyIdRefused, encode }:
    & Required<Pick<SnapshotOptions, "scope">>
    & Pick<SnapshotOptions, "whyIdRefused" | "encode">,
): void {
  const refusalsOf = (kind: RecordKind, id: string, plan: Plan): Problem[] => {
    // What is not to be written need not fit. An id that is no text at all has been found already.
    const reason = plan === "create" && id !== "" && id.isWellFormed() ? whyIdRefused?.(id) : undefined;
    return reason === undefined ? [] : [{ severity: "error", kind, id, field: "id", reason }];
  };
  for (const reject of batch.rejects ?? []) workFile.problems.addReject(reject);
  const carried: NewWorkRecord[] = [];
  if (batch.kind === "memory") {
    for (const memory of batch.items) {
      const plan = planOfMemory(memory, scope);
      const problems = [...checkMemory(memory), ...refusalsOf("memory", memory.id, plan)];
      if (!carries(workFile, memory, problems)) {
        workFile.addRefused(hashMemory(memory));
        continue;
      }
      const record = renameTenant(memory, scope);
      const encoded = plan === "create" ? encode?.("memory", record) : undefined;
      carried.push({ record, hash: hashMemory(record), plan, encoded });
    }
  } else {
    for (const relationship of batch.items) {
      const plan = planOfRelationship(relationship, scope);
      const problems = [
        ...checkRelationship(relationship),
        ...refusalsOf("relationship", relationship.id, plan),
      ];
      const hash = hashRelationship(relationship);
      if (!carries(workFile, relationship, problems)) {
        workFile.addRefused(hash);
        continue;
      }
      const encoded = plan === "create" ? encode?.("relationship", relationship) : undefined;
      carried.push({ record: relationship, hash, plan, encoded });
    }
  }
  workFile.add(batch.kind, carried);
}

/** Notes a record's problems; false when one of them keeps it from being carried. */
function carries(workFile: WorkFile, record: GraphRecord, problems: readonly Problem[]): boolean {
  let usable = true;
  for (const problem of problems) {
    const isError = problem.severity === "error";
    workFile.problems.add(problem, isError ? rejectedText(problem.kind, record) : undefined);
    if (isError) usable = false;
  }
  return usable;
}
