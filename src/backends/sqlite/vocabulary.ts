import type { DatabaseSync } from "node:sqlite";
import { TABLES } from "./text_index_tables.ts";

/** Letters that a word and its stem may be longer or shorter by, and still be similar: see `levelOf`. */
const MAX_SLIPS = 2;

/** The words of the index, held in memory for fuzzy searches: reading them each time would take longer than all else. */
export class Vocabulary {
  readonly #database: DatabaseSync;
  readonly #words: string[] = [];
  readonly #stemLengths: number[] = [];
  #last = 0;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Words that may be similar to one: of about its length, or with it in them. */
  near(word: string, stem: string): string[] {
    this.#catchUp();
    return this.#words.filter((candidate, index) =>
      Math.abs(candidate.length - word.length) <= MAX_SLIPS ||
      Math.abs(this.#stemLengths[index]! - stem.length) <= MAX_SLIPS ||
      candidate.includes(word) || candidate.includes(stem)
    );
  }

  /** Words with a word or its stem in them. */
  around(word: string, stem: string): string[] {
    this.#catchUp();
    return this.#words.filter((candidate) => candidate.includes(word) || candidate.includes(stem));
  }

  /** The vocabulary only ever grows. */
  #catchUp(): void {
    const rows = this.#database.prepare(
      `SELECT n, word, length(stem) AS stemLength FROM ${TABLES.vocabulary} WHERE n > ? ORDER BY n`,
    ).all(this.#last);
    for (const { n, word, stemLength } of rows) {
      this.#words.push(word as string);
      this.#stemLengths.push(Number(stemLength));
      this.#last = Number(n);
    }
  }
}
