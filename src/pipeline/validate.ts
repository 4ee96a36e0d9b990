/** Is the snapshot a whole graph? Questions about all records at once are asked of the work file in SQL. */
import type { Problem, WorkFile } from "../workfile/workfile.ts";

const DUPLICATES = `
  SELECT kind, id, min(seq) AS first, count(*) AS n, count(DISTINCT hash) AS contents
  FROM records GROUP BY id, kind HAVING count(*) > 1`;

const MISSING_END = (column: string) => `
  SELECT seq, id, ${column} AS missing FROM records AS r WHERE kind = 1
  AND NOT EXISTS (SELECT 1 FROM records AS m WHERE m.id = r.${column} AND m.kind = 0)`;

const UNKNOWN_INVALIDATION = `
  SELECT r.body AS body FROM records AS r WHERE r.kind = 1 AND r.body LIKE '%"invalidatedBy":%'
  AND NOT EXISTS (SELECT 1 FROM records AS o WHERE o.kind = 1 AND o.id = json_extract(r.body, '$.invalidatedBy'))`;

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
  for (const { kind, id, first, n, contents } of workFile.query(DUPLICATES)) {
    const [key, code] = [id as string, kind as number];
    const problem = { kind: code === 0 ? "memory" : "relationship", id: key, field: "id" } as const;
    if (contents === 1) {
      workFile.addProblem({
        ...problem,
        severity: "warning",
        reason: `is stored ${n} times, each time alike`,
      });
      workFile.execute(
        "DELETE FROM records WHERE kind = ? AND id = ? AND seq <> ?",
        code,
        key,
        first as number,
      );
      continue;
    }
    const reason = `is used by ${n} records with ${contents} different contents`;
    for (const { seq } of workFile.query("SELECT seq FROM records WHERE kind = ? AND id = ?", code, key)) {
      reject(workFile, seq as number, { ...problem, severity: "error", reason });
    }
  }
}

function removeDangling(workFile: WorkFile): void {
  for (const [column, field] of [["from_id", "from_memory_id"], ["to_id", "to_memory_id"]] as const) {
    for (const { seq, id, missing } of workFile.query(MISSING_END(column))) {
      const reason = `names memory ${JSON.stringify(missing)}, which is not there`;
      reject(workFile, seq as number, {
        severity: "error",
        kind: "relationship",
        id: id as string,
        field,
        reason,
      });
    }
  }
}

function reject(workFile: WorkFile, seq: number, problem: Problem): void {
  const [row] = workFile.query("SELECT body FROM records WHERE seq = ?", seq);
  workFile.addProblem(problem, row!.body as string);
  workFile.execute("DELETE FROM records WHERE seq = ?", seq);
}

function warnOfUnknownInvalidations(workFile: WorkFile): void {
  for (const { body } of workFile.query(UNKNOWN_INVALIDATION)) {
    const { id, invalidatedBy } = JSON.parse(body as string);
    if (invalidatedBy === undefined) continue;
    const reason = `names relationship ${JSON.stringify(invalidatedBy)}, which is not there`;
    workFile.addProblem({ severity: "warning", kind: "relationship", id, field: "invalidated_by", reason });
  }
}
