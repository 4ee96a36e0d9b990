/**
 * The text of a work file's records, many of them in one row: records are written once and nearly always read
 * in order, and a row for each would cost more than the text in it.
 */
import type { Prepare } from "../sqlite_statements.ts";
import { parseJson } from "../model/json.ts";
import type { GraphRecord } from "../model/record.ts";

/** A row ends with the record that brings it to so many... */
const MAX_RECORDS = 64;
/** ...or to so many UTF-16 units. */
const MAX_LENGTH = 256_000;

/** The texts of a work file. */
export class RecordTexts {
  readonly #prepare: Prepare;
  /** The row that was read last. Never out of date, since rows do not change. */
  #read: { first: number; last: number; records: readonly GraphRecord[] } | undefined;

  constructor(prepare: Prepare) {
    this.#prepare = prepare;
  }

  /** The highest number that was ever given away; 0 at first. */
  last(): number {
    const row = this.#prepare("SELECT last FROM texts ORDER BY first DESC LIMIT 1").get();
    return (row?.last as number | undefined) ?? 0;
  }

  /** Adds texts of records whose numbers follow one another from `first` on. */
  add(first: number, texts: readonly string[]): void {
    const insert = this.#prepare("INSERT INTO texts VALUES (?, ?, ?)");
    let [start, length] = [0, 0];
    texts.forEach((text, index) => {
      length += text.length;
      const end = index + 1;
      if (end < texts.length && end - start < MAX_RECORDS && length < MAX_LENGTH) return;
      insert.run(first + start, first + index, `[${texts.slice(start, end).join(",")}]`);
      [start, length] = [end, 0];
    });
  }

  /** The record of a number that was given to it. */
  at(seq: number): GraphRecord {
    if (!this.#read || seq < this.#read.first || seq > this.#read.last) this.#read = this.#rowOf(seq);
    return this.#read.records[seq - this.#read.first]!;
  }

  #rowOf(seq: number) {
    const row = this.#prepare("SELECT * FROM texts WHERE first <= ? ORDER BY first DESC LIMIT 1").get(seq)!;
    return {
      first: row.first as number,
      last: row.last as number,
      records: parseJson(row.body as string) as unknown as GraphRecord[],
    };
  }
}
