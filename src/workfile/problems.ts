import { parseJson, stringifyJson } from "../model/json.ts";
import { RECORD_KINDS, type RecordKind } from "../model/record.ts";
import type { Reject } from "../store/store.ts";
import type { Prepare } from "../sqlite_statements.ts";
import { kindCode, type Problem } from "./work_record.ts";

/** What is wrong with the records of a migration. Ids are kept as JSON, since a text is cut at a NUL when it is read. */
export class Problems {
  readonly #prepare: Prepare;

  constructor(prepare: Prepare) {
    this.#prepare = prepare;
  }

  /** Notes a problem, with the record's text where it goes into the reject file. */
  add({ severity, kind, id, field, reason }: Problem, stored?: string): void {
    this.#prepare("INSERT INTO problems VALUES (?, ?, ?, ?, ?, ?)")
      .run(severity, kindCode(kind), stringifyJson(id), field ?? null, reason, stored ?? null);
  }

  /** Notes a stored record that does not decode. */
  addReject({ kind, id, field, reason, stored }: Reject): void {
    this.add({ severity: "error", kind, id, field, reason }, stored);
  }

  /** How many there are of one severity. */
  count(severity: Problem["severity"]): number {
    return this.#prepare("SELECT count(*) AS n FROM problems WHERE severity = ?").get(severity)!.n as number;
  }

  /** The first `limit` of one severity, in the order in which they were found. */
  first<Severity extends Problem["severity"]>(
    severity: Severity,
    limit: number,
  ): (Problem & { severity: Severity })[] {
    const sql = "SELECT kind, id, field, reason FROM problems WHERE severity = ? ORDER BY rowid LIMIT ?";
    return this.#prepare(sql).all(severity, limit).map((row) => ({
      severity,
      kind: RECORD_KINDS[row.kind as number]!,
      id: parseJson(row.id as string) as string,
      ...(row.field === null ? {} : { field: row.field as string }),
      reason: row.reason as string,
    }));
  }

  /** Whether the source has a record with this id that cannot be carried. */
  isRejected(kind: RecordKind, id: string): boolean {
    const sql = "SELECT 1 FROM problems WHERE severity = 'error' AND kind = ? AND id = ? LIMIT 1";
    return this.#prepare(sql).get(kindCode(kind), stringifyJson(id)) !== undefined;
  }

  /** Every record that cannot be carried, with its text, one by one. Add no problem meanwhile. */
  *rejects(): Generator<Reject> {
    const rows = this.#prepare("SELECT * FROM problems WHERE severity = 'error' ORDER BY rowid").iterate();
    for (const row of rows) {
      yield {
        kind: RECORD_KINDS[row.kind as number]!,
        id: parseJson(row.id as string) as string,
        field: (row.field ?? undefined) as string | undefined,
        reason: row.reason as string,
        stored: (row.stored ?? undefined) as string | undefined,
      };
    }
  }
}
