/**
 * The tables of the word index, beside upstream's and known to us alone. Triggers only note which nodes have
 * changed, so that a load stays fast, upstream's writes are seen, and words are indexed in bulk.
 */
import type { DatabaseSync } from "node:sqlite";
import { Buffer } from "node:buffer";
import { FIELD_NAMES } from "../../search/hits.ts";

/** Another number for another way of cutting or keeping words: an index of an older one is made anew. */
const VERSION = 3;
const NAME = "memorygraph_words";
const PREFIX = `${NAME}${VERSION}`;

/** Names of the index's tables. */
export const TABLES = {
  /** The words of each memory, by field (FTS5, without the text itself). */
  words: PREFIX,
  /** What filters and the order of results need. */
  docs: `${PREFIX}_docs_of`,
  /** Every word that was ever indexed, with its stem. */
  vocabulary: `${PREFIX}_vocabulary`,
  /** Ids of nodes that have changed since they were indexed. */
  pending: `${PREFIX}_pending`,
} as const;

/** Creates the index's tables. `detail = column` keeps no positions: phrases are looked up in the text. */
export const CREATE_TABLES = `
CREATE VIRTUAL TABLE ${TABLES.words} USING fts5(
  ${
  FIELD_NAMES.join(", ")
}, content = '', contentless_delete = 1, detail = column, tokenize = "ascii tokenchars '_'"
);
CREATE TABLE ${TABLES.docs} (
  doc INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, importance REAL NOT NULL,
  created TEXT NOT NULL, project TEXT, tags TEXT NOT NULL
);
CREATE INDEX ${TABLES.docs}_order ON ${TABLES.docs} (importance DESC, created DESC, id);
CREATE INDEX ${TABLES.docs}_project ON ${TABLES.docs} (project);
CREATE INDEX ${TABLES.docs}_created ON ${TABLES.docs} (created);
CREATE TABLE ${TABLES.vocabulary} (n INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE, stem TEXT NOT NULL);
CREATE INDEX ${TABLES.vocabulary}_stem ON ${TABLES.vocabulary} (stem);
CREATE TABLE ${TABLES.pending} (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);
`;

// Not INSERT OR IGNORE: the conflict policy of the statement that fires a trigger goes before that of the
// trigger's own, so an upsert would fail.
const note = (event: string, when: string, row: string) =>
  `CREATE TRIGGER ${PREFIX}_${event} AFTER ${when} ON nodes BEGIN
  INSERT INTO ${TABLES.pending} (id) SELECT ${row}.id
    WHERE NOT EXISTS (SELECT 1 FROM ${TABLES.pending} WHERE id = ${row}.id);
END;`;

/** Notes every node that changes from now on, and all that are there. */
export const CREATE_TRIGGERS = `
${note("inserted", "INSERT", "NEW")}
${note("updated", "UPDATE OF properties, label, id", "NEW")}
${note("renamed", "UPDATE OF id", "OLD")}
${note("deleted", "DELETE", "OLD")}
INSERT OR IGNORE INTO ${TABLES.pending} (id) SELECT id FROM nodes WHERE label = 'Memory';
`;

/** Drops the indexes of older versions with their triggers, which would note every change for ever. */
export const DROP_OLDER: string = Array.from({ length: VERSION - 1 }, (_, index) => `${NAME}${index + 1}`)
  .flatMap((old) => [
    ...["inserted", "updated", "renamed", "deleted"].map((event) =>
      `DROP TRIGGER IF EXISTS ${old}_${event};`
    ),
    ...["", "_docs_of", "_vocabulary", "_pending"].map((table) => `DROP TABLE IF EXISTS ${old}${table};`),
  ]).join("\n");

/** Whether a database has the index. */
export function hasTables(database: DatabaseSync): boolean {
  return database.prepare("SELECT 1 FROM sqlite_master WHERE name = ?").get(TABLES.pending) !== undefined;
}

/** A word as the index keeps it: SQLite's tokenizers differ from ours outside ASCII. */
export function encodeWord(word: string): string {
  return /^[a-z0-9]+$/.test(word) ? word : `_${Buffer.from(word).toString("hex")}`;
}

/** An FTS5 expression for one of these words. */
export function anyWord(words: readonly string[]): string {
  return words.map((word) => `"${encodeWord(word)}"`).join(" OR ");
}

/** An FTS5 expression for words that begin so. */
export function anyWordFrom(start: string): string {
  const hexadecimal = `"_${Buffer.from(start).toString("hex")}"*`;
  return encodeWord(start).startsWith("_") ? hexadecimal : `"${start}"* OR ${hexadecimal}`;
}
