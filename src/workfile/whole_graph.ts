/** What concerns all records of a work file at once: SQL answers it, however many they are. */
import { RECORD_KINDS, type RecordKind } from "../model/record.ts";
import type { Prepare } from "../sqlite_statements.ts";
import { kindCode, type Plan, planCode } from "./work_record.ts";

const MEMORY = kindCode("memory");
const RELATIONSHIP = kindCode("relationship");

/** Records that have one id. */
export interface Duplicate {
  readonly kind: RecordKind;
  /** Their numbers, ascending. */
  readonly seqs: readonly number[];
  /** How many different contents they have. */
  readonly contents: number;
}

// Records are told by seq, and ids are looked up by it: a statement's text result is cut at a NUL.
const DUPLICATES = `
  SELECT kind, min(seq) AS first,
    (SELECT count(DISTINCT hash) FROM records AS o WHERE o.id = r.id AND o.kind = r.kind) AS contents
  FROM records AS r GROUP BY id, kind HAVING count(*) > 1`;
const COPIES =
  "SELECT seq FROM records WHERE (id, kind) = (SELECT id, kind FROM records WHERE seq = ?1) ORDER BY seq";

const WITHOUT_END = (column: "from_id" | "to_id") => `
  SELECT seq FROM records AS r WHERE kind = ${RELATIONSHIP}
  AND NOT EXISTS (SELECT 1 FROM records AS m WHERE m.id = r.${column} AND m.kind = ${MEMORY})`;

const WITH_UNKNOWN_INVALIDATION = `
  SELECT seq FROM records AS r WHERE kind = ${RELATIONSHIP} AND invalidated_by IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM records AS o WHERE o.kind = ${RELATIONSHIP} AND o.id = r.invalidated_by)`;

const hasEnd = (plan: string) =>
  `EXISTS (SELECT 1 FROM records AS m
    WHERE m.kind = ${MEMORY} AND m.id IN (records.from_id, records.to_id) AND m.plan ${plan})`;
const HAS_EXCLUDED_END = hasEnd(`= ${planCode("excluded")}`);
const HAS_OTHER_END = hasEnd(`<> ${planCode("excluded")}`);
const IS_END = `EXISTS (SELECT 1 FROM records AS r WHERE r.kind = ${RELATIONSHIP}
  AND r.plan = ${planCode("create")} AND (r.from_id = records.id OR r.to_id = records.id))`;

/** Questions about a work file's records, and changes of their plans, that need all of them. */
export class WholeGraph {
  readonly #prepare: Prepare;

  constructor(prepare: Prepare) {
    this.#prepare = prepare;
  }

  /** Ids that several records have. The work file may be changed meanwhile. */
  *duplicates(): Generator<Duplicate> {
    for (const { kind, first, contents } of this.#prepare(DUPLICATES).all()) {
      yield {
        kind: RECORD_KINDS[kind as number]!,
        seqs: this.#seqs(COPIES, first as number),
        contents: contents as number,
      };
    }
  }

  /** Relationships whose memory at this end is not among the records. */
  withoutEnd(end: "from" | "to"): number[] {
    return this.#seqs(WITHOUT_END(`${end}_id`));
  }

  /** Relationships that are invalidated by one that is not among the records. */
  withUnknownInvalidation(): number[] {
    return this.#seqs(WITH_UNKNOWN_INVALIDATION);
  }

  /**
   * Excludes relationships that touch a memory which is excluded. Returns how many of them lead from one that is not
   * to one that is.
   */
  excludeCrossing(): number {
    const from = ["create", "unchanged"] as const;
    const where = `${HAS_EXCLUDED_END} AND ${HAS_OTHER_END}`;
    const crossing = this.#replan("relationship", { from, to: "excluded", where });
    this.#replan("relationship", { from, to: "excluded", where: HAS_EXCLUDED_END });
    return crossing;
  }

  /** Creates unchanged memories after all where a relationship that is created needs them. */
  createEnds(): void {
    for (const column of ["from", "to"]) {
      this.#prepare(
        `CREATE INDEX IF NOT EXISTS records_by_${column} ON records (${column}_id) WHERE kind = ${RELATIONSHIP}`,
      ).run();
    }
    this.#replan("memory", { from: ["unchanged"], to: "create", where: IS_END });
  }

  #seqs(sql: string, ...parameters: number[]): number[] {
    return this.#prepare(sql).all(...parameters).map(({ seq }) => seq as number);
  }

  /** Sets the plan of the records of a kind and of some plans that a condition holds for, and counts them. */
  #replan(kind: RecordKind, { from, to, where }: { from: readonly Plan[]; to: Plan; where: string }): number {
    const sql = `UPDATE records SET plan = ? WHERE kind = ? AND plan IN (${from.map(planCode)}) AND ${where}`;
    return Number(this.#prepare(sql).run(planCode(to), kindCode(kind)).changes);
  }
}
