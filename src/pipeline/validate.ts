/** Is the snapshot a whole graph? */
import { rejectedText } from "../formats/record.ts";
import type { Relationship } from "../model/relationship.ts";
import { shownId } from "../model/shown_id.ts";
import type { Problem } from "../workfile/work_record.ts";
import type { WorkFile } from "../workfile/workfile.ts";

/**
 * Finds what makes the snapshot less than a whole graph and notes it in the work file: one id with several
 * contents, a relationship whose end is missing (errors), a record stored twice (the copy is dropped), an
 * unknown invalidating relationship (warnings). A record with an error leaves the snapshot, its stored form
 * kept with the problem, and so do relationships that then lack an end.
 */
export function validateSnapshot(workFile: WorkFile): void {
  workFile.transaction(() => {
    removeDuplicates(workFile);
    removeDangling(workFile);
    warnOfUnknownInvalidations(workFile);
  });
}

function removeDuplicates(workFile: WorkFile): void {
  for (const { kind, seqs, contents } of workFile.whole.duplicates()) {
    const { id } = workFile.recordAt(seqs[0]!);
    const problem = { kind, id, field: "id" };
    if (contents === 1) {
      const reason = `is stored ${seqs.length} times, each time alike`;
      workFile.problems.add({ ...problem, severity: "warning", reason });
      workFile.remove(seqs.slice(1));
      continue;
    }
    const reason = `is used by ${seqs.length} records with ${contents} different contents`;
    for (const seq of seqs) reject(workFile, seq, { ...problem, severity: "error", reason });
  }
}

function removeDangling(workFile: WorkFile): void {
  for (const end of ["from", "to"] as const) {
    for (const seq of workFile.whole.withoutEnd(end)) {
      const { id, [`${end}Id` as const]: memoryId } = workFile.recordAt(seq) as Relationship;
      const field = `${end}_memory_id`;
      const reason = `names memory ${shownId(memoryId)}, which is not there`;
      reject(workFile, seq, { severity: "error", kind: "relationship", id, field, reason });
    }
  }
}

function reject(workFile: WorkFile, seq: number, problem: Problem): void {
  workFile.problems.add(problem, rejectedText(problem.kind, workFile.recordAt(seq)));
  workFile.remove([seq]);
}

function warnOfUnknownInvalidations(workFile: WorkFile): void {
  for (const seq of workFile.whole.withUnknownInvalidation()) {
    const { id, invalidatedBy } = workFile.recordAt(seq) as Relationship;
    const reason = `names relationship ${shownId(invalidatedBy!)}, which is not there`;
    const problem = { kind: "relationship", id, field: "invalidated_by", reason } as const;
    workFile.problems.add({ ...problem, severity: "warning" });
  }
}
