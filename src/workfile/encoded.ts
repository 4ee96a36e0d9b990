/**
 * Records as their target takes them, many of them in one row, as in texts.ts. They are for the process that put them
 * in: the program that resumes a migration may be another version, which encodes in another way.
 */
import { Buffer } from "node:buffer";
import type { Prepare } from "../sqlite_statements.ts";
import type { EncodedRecord } from "../store/store.ts";

/** A row ends with the record that brings it to so many... */
const MAX_RECORDS = 64;
/** ...or to so many bytes. */
const MAX_BYTES = 256_000;

/** Number of the statement, id, and bytes of the row; null for a record that was not encoded. */
type Head = [statement: number, id: string, bytes: number] | null;

/** The encoded records of a work file. */
export class EncodedRecords {
  readonly #prepare: Prepare;
  readonly #statements: Pick<EncodedRecord, "statement" | "names">[] = [];
  readonly #numbers = new Map<string, number>();
  /** The row that was read last. */
  #read: { first: number; last: number; records: readonly (EncodedRecord | undefined)[] } | undefined;

  constructor(prepare: Prepare) {
    this.#prepare = prepare;
  }

  /** Adds records whose numbers follow one another from `first` on. Nothing where none was encoded. */
  add(first: number, records: readonly (EncodedRecord | undefined)[]): void {
    let [start, bytes] = [0, 0];
    records.forEach((record, index) => {
      bytes += record?.row.length ?? 0;
      const end = index + 1;
      if (end < records.length && end - start < MAX_RECORDS && bytes < MAX_BYTES) return;
      this.#insert(first + start, records.slice(start, end));
      [start, bytes] = [end, 0];
    });
  }

  #insert(first: number, records: readonly (EncodedRecord | undefined)[]): void {
    const rows = records.flatMap((record) => record ? [record.row] : []);
    if (rows.length === 0) return;
    const heads = records.map((record): Head =>
      record ? [this.#number(record), record.id, record.row.length] : null
    );
    this.#prepare("INSERT INTO encoded VALUES (?, ?, ?, ?)")
      .run(first, first + records.length - 1, JSON.stringify(heads), Buffer.concat(rows));
  }

  #number({ statement, names }: EncodedRecord): number {
    let number = this.#numbers.get(statement);
    if (number === undefined) {
      this.#numbers.set(statement, number = this.#statements.length);
      this.#statements.push({ statement, names });
    }
    return number;
  }

  /** The record of a number; undefined where it was not encoded, or not by this process. */
  at(seq: number): EncodedRecord | undefined {
    if (this.#statements.length === 0) return undefined;
    if (!this.#read || seq < this.#read.first || seq > this.#read.last) this.#read = this.#rowOf(seq);
    return this.#read?.records[seq - this.#read.first];
  }

  #rowOf(seq: number) {
    const row = this.#prepare("SELECT * FROM encoded WHERE first <= ? ORDER BY first DESC LIMIT 1").get(seq);
    if (!row || (row.last as number) < seq) return undefined;
    const rows = row.rows as Uint8Array;
    let at = 0;
    const records = (JSON.parse(row.heads as string) as Head[]).map((head) =>
      head ? { ...this.#statements[head[0]]!, id: head[1], row: rows.subarray(at, at += head[2]) } : undefined
    );
    return { first: row.first as number, last: row.last as number, records };
  }
}
