/** Is the snapshot a whole graph? Questions about all records at once are asked of the work file in SQL. */
import { rejectedText } from "../formats/record.ts";
import type { Relationship } from "../model/relationship.ts";
import { shownId } from "../model/shown_id.ts";
import type { Problem } from "../workfile/work_record.ts";
import type { WorkFile } from "../workfile/workfile.ts";

// Ids are looked up by seq: a statement's text result is cut at a NUL.
const DUPLICATES = `
  SELECT kind, min(seq) AS first, count(*) AS n,
    (SELECT count(DISTINCT hash) FROM records AS o WHERE o.id = r.id AND o.kind = r.kind) AS contents
  FROM records AS r GROUP BY id, kind HAVING count(*) > 1`;

const COPIES =
  "SELECT seq FROM records WHERE (id, kind) = (SELECT id, kind FROM records WHERE seq = ?1) ORDER BY seq";

const MISSING_END = (column: string) => `
  SELECT seq FROM records AS r WHERE kind = 1
  AND NOT EXISTS (SELECT 1 FROM records AS m WHERE m.id = r.${column} AND m.kind = 0)`;

const UNKNOWN_INVALIDATION = `
  SELECT seq FROM records AS r WHERE kind = 1 AND invalidated_by IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM records AS o WHERE o.kind = 1 AND o.id = r.invalidated_by)`;

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
  for (const { kind, first, n, contents } of workFile.query(DUPLICATES)) {
    const { id } = workFile.recordAt(first as number);
    const problem = { kind: kind === 0 ? "memory" : "relationship", id, field: "id" } as const;
    const seqs = workFile.query(COPIES, first as number).map((row) => row.seq as number);
    if (contents === 1) {
      workFile.addProblem({
        ...problem,
        severity: "warning",
        reason: `is stored ${n} times, each time alike`,
      });
      workFile.remove(seqs.slice(1));
      continue;
    }
    const reason = `is used by ${n} records with ${contents} different contents`;
    for (const seq of seqs) reject(workFile, seq, { ...problem, severity: "error", reason });
  }
}

function removeDangling(workFile: WorkFile): void {
  const ends = [["from_id", "fromId", "from_memory_id"], ["to_id", "toId", "to_memory_id"]] as const;
  for (const [column, key, field] of ends) {
    for (const { seq } of workFile.query(MISSING_END(column))) {
      const relationship = workFile.recordAt(seq as number) as Relationship;
      const reason = `names memory ${shownId(relationship[key])}, which is not there`;
      const problem = {
        severity: "error",
        kind: "relationship",
        id: relationship.id,
        field,
        reason,
      } as const;
      reject(workFile, seq as number, problem);
    }
  }
}

function reject(workFile: WorkFile, seq: number, problem: Problem): void {
  workFile.addProblem(problem, rejectedText(problem.kind, workFile.recordAt(seq)));
  workFile.remove([seq]);
}

function warnOfUnknownInvalidations(workFile: WorkFile): void {
  for (const { seq } of workFile.query(UNKNOWN_INVALIDATION)) {
    const { id, invalidatedBy } = workFile.recordAt(seq as number) as Relationship;
    const reason = `names relationship ${shownId(invalidatedBy!)}, which is not there`;
    workFile.addProblem({ severity: "warning", kind: "relationship", id, field: "invalidated_by", reason });
  }
}
