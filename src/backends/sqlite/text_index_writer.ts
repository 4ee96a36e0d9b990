/** Brings the word index up to date with the nodes. */
import type { DatabaseSync } from "node:sqlite";
import type { Memory } from "../../model/memory.ts";
import { FIELD_NAMES, memoryWords } from "../../search/hits.ts";
import { describeMemory } from "../../search/rank.ts";
import { stemOf } from "../../search/words.ts";
import { encodeWord, TABLES } from "./text_index_tables.ts";

/** Words that are known to be in the vocabulary, so that they need not be written again. */
const MAX_KNOWN = 200_000;

/** Writes memories into the index's tables. The caller owns the transaction. */
export class TextIndexWriter {
  readonly #database: DatabaseSync;
  #known = new Set<string>();
  #statements: ReturnType<typeof prepareAll> | undefined;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Puts a memory into the index, in place of what was there of it; undefined takes it out. */
  put(id: string, memory: Memory | undefined): void {
    const { findDoc, deleteWords, deleteDoc, insertDoc, insertWords } = this.#prepared();
    const old = findDoc.get(id) as { doc: number } | undefined;
    if (old) {
      deleteWords.run(old.doc);
      deleteDoc.run(old.doc);
    }
    if (!memory) return;
    const { type, importance, created, projectPath, tags } = describeMemory(memory);
    const { lastInsertRowid } = insertDoc.run(
      id,
      type,
      importance,
      created,
      projectPath ?? null,
      JSON.stringify(tags),
    );
    const words = memoryWords(memory);
    const texts = FIELD_NAMES.map((field) => {
      const distinct = [...new Set(words[field])];
      for (const word of distinct) this.#learn(word);
      return distinct.map(encodeWord).join(" ");
    });
    insertWords.run(lastInsertRowid, ...texts);
  }

  /** Forgets what it knew to be there, after a transaction was rolled back. */
  reset(): void {
    this.#known.clear();
  }

  #learn(word: string): void {
    if (this.#known.has(word)) return;
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.add(word);
    this.#prepared().insertWord.run(word, stemOf(word));
  }

  #prepared() {
    return this.#statements ??= prepareAll(this.#database);
  }
}

function prepareAll(database: DatabaseSync) {
  const columns = FIELD_NAMES.join(", ");
  return {
    findDoc: database.prepare(`SELECT doc FROM ${TABLES.docs} WHERE id = ?`),
    deleteWords: database.prepare(`DELETE FROM ${TABLES.words} WHERE rowid = ?`),
    deleteDoc: database.prepare(`DELETE FROM ${TABLES.docs} WHERE doc = ?`),
    insertDoc: database.prepare(
      `INSERT INTO ${TABLES.docs} (id, type, importance, created, project, tags) VALUES (?, ?, ?, ?, ?, ?)`,
    ),
    insertWords: database.prepare(
      `INSERT INTO ${TABLES.words} (rowid, ${columns}) VALUES (?, ?, ?, ?, ?)`,
    ),
    insertWord: database.prepare(`INSERT OR IGNORE INTO ${TABLES.vocabulary} (word, stem) VALUES (?, ?)`),
  };
}
