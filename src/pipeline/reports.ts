/** The errors that a migration ends with: what happened, the first records by name, the way out. */
import { GraphError } from "../errors.ts";
import type { RecordKind } from "../model/record.ts";
import { shownId } from "../model/shown_id.ts";
import type { WorkFile } from "../workfile/workfile.ts";
import type { MigrationResult } from "./migration_types.ts";
import type { ConflictPolicy } from "./plan.ts";
import type { Verification } from "./verify.ts";

/** How many records a result or an error's details name; the counts are exact. */
export const MAX_NAMED = 100;
/** How many of them are in a message. */
const MAX_IN_MESSAGE = 10;

function list(lines: readonly string[], count: number): string {
  const shown = lines.slice(0, MAX_IN_MESSAGE);
  const more = count > shown.length ? [`and ${count - shown.length} more`] : [];
  return [...shown, ...more].map((line) => `\n  ${line}`).join("");
}

const named = (kind: RecordKind, id: string) => `${kind} ${shownId(id)}`;

/** Records by name, as indented lines of a message. */
export function listRecords(records: readonly { kind: RecordKind; id: string }[], count: number): string {
  return list(records.map(({ kind, id }) => named(kind, id)), count);
}

/** Records that cannot be carried, before anything was written. */
export function invalidError(workFile: WorkFile, count: number): GraphError {
  const problems = workFile.problems.first("error", MAX_NAMED);
  const lines = problems.map(({ kind, id, field, reason }) =>
    `${named(kind, id)}: ${field ? `${field} ` : ""}${reason}`
  );
  return new GraphError(
    "RECORD_INVALID",
    `${count} records cannot be carried (repair them, or leave them out with --skip-invalid):${
      list(lines, count)
    }`,
    { end: "source", details: { count, records: problems } },
  );
}

/** Records that differ from the target's, before anything was written. */
export function conflictError(
  { conflicts, conflictCount }: { conflicts: MigrationResult["conflicts"]["records"]; conflictCount: number },
  policy: ConflictPolicy,
): GraphError {
  const lines = conflicts.map(({ kind, id }) => named(kind, id));
  return new GraphError(
    "CONFLICT",
    `The target holds ${conflictCount} records with the same ids and other contents; nothing was written ` +
      `(choose --on-conflict skip, overwrite or newer):${list(lines, conflictCount)}`,
    { end: "target", details: { count: conflictCount, records: conflicts, onConflict: policy } },
  );
}

/** Records that are not in the target as they should be. */
export function differenceError({ differences, differenceCount, checked }: Verification): GraphError {
  const lines = differences.map(({ kind, id, type, fields }) =>
    `${named(kind, id)}: ${type}${fields ? ` in ${fields.join(", ")}` : ""}`
  );
  return new GraphError(
    "VERIFICATION_FAILED",
    `${differenceCount} differences in ${checked} migrated records:${list(lines, differenceCount)}`,
    { end: "target", details: { checked, differenceCount, differences } },
  );
}

/** What a failure or an interrupt becomes when the work file stays: how to go on, or back. */
export function resumableError(error: GraphError, id: string): GraphError {
  return new GraphError(
    error.code,
    `${error.message}
Continue with \`memorygraph migrate --resume ${id}\`, or undo with \`memorygraph rollback ${id}\``,
    { cause: error, end: error.end ?? "target", details: { ...error.details, migration: id } },
  );
}

/** What a failure becomes after everything was taken back. */
export function undoneError(error: GraphError, id: string): GraphError {
  return new GraphError(
    "ROLLED_BACK",
    `The migration failed and was undone; the target is as it was before. The failure: ${error.message}`,
    { cause: error, end: error.end, details: { ...error.details, migration: id, cause: error.code } },
  );
}
