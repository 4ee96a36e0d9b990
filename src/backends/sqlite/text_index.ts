/** The word index of a SQLite store: FTS5 finds memories by exact words, a vocabulary finds the words. */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { IndexedMemory, TextIndex } from "../../store/queries.ts";
import { FIELD_NAMES, withLevel } from "../../search/hits.ts";
import { trimSlash } from "../../search/rank.ts";
import { instantKey } from "../../model/instant.ts";
import { type Memory, normalizeTags } from "../../model/memory.ts";
import type { SearchQuery } from "../../search/query.ts";
import { type Level, levelOf, LEVELS, stemOf, type WordQuery, wordsOf } from "../../search/words.ts";
import { inTransaction, Statements } from "../../sqlite_statements.ts";
import { textCell, textOf } from "../../sqlite_text.ts";
import type { SqliteAccess } from "./access.ts";
import { RowRejected } from "./codec.ts";
import {
  anyWord,
  anyWordFrom,
  CREATE_TABLES,
  CREATE_TRIGGERS,
  DROP_OLDER,
  hasTables,
  TABLES,
} from "./text_index_tables.ts";
import { TextIndexWriter } from "./text_index_writer.ts";
import { Vocabulary } from "./vocabulary.ts";

/** Memories indexed in one transaction: other processes wait no longer than for these. */
const CHUNK = 2000;
/** Words in one FTS5 expression. */
const WORDS_AT_ONCE = 200;
/** Rows handed on at a time. */
const BATCH = 500;

const DOC_COLUMNS = `d.doc, ${textCell("d.id")} AS id, d.type, d.importance, d.created, d.project, d.tags`;

/**
 * In a store that can write, the index is kept in the file and other processes use it too. In one that only
 * reads, a complete index in the file is used, else one is built in memory, anew after each change.
 */
export class SqliteTextIndex implements TextIndex {
  readonly #access: SqliteAccess;
  /** Where the index is that is used. */
  #database: DatabaseSync | undefined;
  #writer: TextIndexWriter | undefined;
  #vocabulary: Vocabulary | undefined;
  #builtAt: number | undefined;
  #statements: Statements | undefined;

  constructor(access: SqliteAccess) {
    this.#access = access;
  }

  async prepare(): Promise<void> {
    if (this.#access.isWritable) {
      await this.#access.run(() => this.#createInFile());
      let hasMore = true;
      while (hasMore) hasMore = await this.#access.run(() => this.#catchUp());
    } else await this.#access.run(() => this.#prepareReadOnly());
  }

  #createInFile(): void {
    const { database, transaction } = this.#access;
    this.#use(database);
    if (hasTables(database)) return;
    transaction(() => {
      // Another process may have been faster.
      if (!hasTables(database)) database.exec(DROP_OLDER + CREATE_TABLES + CREATE_TRIGGERS);
    });
  }

  /** Indexes some of the nodes that have changed; false when there was none. */
  #catchUp(): boolean {
    if (!this.#prepared(`SELECT 1 FROM ${TABLES.pending} LIMIT 1`).get()) return false;
    try {
      return this.#access.transaction(() => {
        const rows = this.#prepared(
          `SELECT p.n AS n, ${
            textCell("p.id")
          } AS id FROM ${TABLES.pending} AS p ORDER BY p.n LIMIT ${CHUNK}`,
        ).all() as unknown as { n: number; id: string | Uint8Array }[];
        const read = this.#memoryReader();
        for (const row of rows) {
          const id = textOf(row.id)!;
          this.#writer!.put(id, read(id));
        }
        if (rows.length > 0) {
          this.#prepared(`DELETE FROM ${TABLES.pending} WHERE n <= ?`).run(rows.at(-1)!.n);
        }
        return rows.length > 0;
      });
    } catch (error) {
      this.#writer!.reset();
      throw error;
    }
  }

  /** What reads a memory, unless it is gone or cannot be carried. */
  #memoryReader(): (id: string) => Memory | undefined {
    const find = this.#access.reader().memories.finder(this.#access.prepare, "AND m.id = ?");
    return (id) => {
      try {
        return find(id)[0];
      } catch (error) {
        if (error instanceof RowRejected) return undefined;
        throw error;
      }
    };
  }

  #prepareReadOnly(): void {
    const { database } = this.#access;
    const isComplete = hasTables(database) &&
      !database.prepare(`SELECT 1 FROM ${TABLES.pending} LIMIT 1`).get();
    if (isComplete) return this.#use(database);
    const version = Number(database.prepare("PRAGMA data_version").get()!.data_version);
    if (this.#builtAt === version) return;
    const memory = new DatabaseSync(":memory:");
    memory.exec(CREATE_TABLES);
    this.#use(memory);
    const ids = database.prepare(`SELECT ${textCell("id")} AS id FROM nodes WHERE label = 'Memory'`).all();
    const read = this.#memoryReader();
    inTransaction(memory, () => {
      for (const row of ids) {
        const id = textOf(row.id as string | Uint8Array)!;
        this.#writer!.put(id, read(id));
      }
    });
    this.#builtAt = version;
  }

  #use(database: DatabaseSync): void {
    if (this.#database === database) return;
    this.close();
    this.#database = database;
    this.#writer = new TextIndexWriter(database);
    this.#vocabulary = new Vocabulary(database);
    this.#statements = new Statements(database);
  }

  /** Frees an index in memory. */
  close(): void {
    this.#statements?.clear();
    if (this.#database !== this.#access.database && this.#database?.isOpen) this.#database.close();
    this.#database = undefined;
    this.#builtAt = undefined;
  }

  find(query: WordQuery): Promise<Map<number, number>> {
    return this.#access.run(() => {
      const hits = new Map<number, number>();
      for (const [level, expressions] of this.#expressions(query)) {
        for (const expression of expressions) this.#collect(expression, level, hits);
      }
      return hits;
    });
  }

  /** FTS5 expressions that find the words of each level, the best level last. */
  #expressions(query: WordQuery): [Level, string[]][] {
    const { word, tolerance } = query;
    if (tolerance === "strict") return [[LEVELS.exact, [anyWord([word])]]];
    const byLevel = new Map<Level, string[]>();
    for (const candidate of this.#similarWords(query)) {
      const level = levelOf(query, candidate);
      if (level === LEVELS.none || level === LEVELS.prefix) continue;
      byLevel.set(level, [...byLevel.get(level) ?? [], candidate]);
    }
    const expressions = [...byLevel]
      .map(([level, words]): [Level, string[]] => [level, chunks(words).map(anyWord)]);
    if (this.#hasLonger(query)) {
      // FTS5 finds beginnings by itself. What has the word itself in the field need not be found once more.
      expressions.push([LEVELS.prefix, [`(${anyWordFrom(word)}) NOT (${anyWord([word])})`]]);
    }
    return expressions.sort(([a], [b]) => a - b);
  }

  /** Whether the vocabulary has words that begin with a word that is long enough for it. */
  #hasLonger(query: WordQuery): boolean {
    const { word } = query;
    if (levelOf(query, `${word}\u{10ffff}`) === LEVELS.none) return false;
    const select = this.#prepared(
      `SELECT 1 FROM ${TABLES.vocabulary} WHERE word > ?1 AND word < ?1 || char(1114111) LIMIT 1`,
    );
    return select.get(word) !== undefined;
  }

  /** Words of the vocabulary that may match, beginnings aside. */
  #similarWords({ word, tolerance }: WordQuery): string[] {
    const stem = stemOf(word);
    if (tolerance === "fuzzy") return this.#vocabulary!.near(word, stem);
    if (tolerance === "inside") return this.#vocabulary!.around(word, stem);
    return this.#prepared(`SELECT word FROM ${TABLES.vocabulary} WHERE stem = ? OR word = ?`).all(stem, word)
      .map((row) => row.word as string);
  }

  #collect(expression: string, level: Level, hits: Map<number, number>): void {
    // As one text: a common word has tens of thousands of rows, and a row costs more to hand over than to find.
    const select = this.#prepared(
      `SELECT json_group_array(rowid) AS docs FROM ${TABLES.words} WHERE ${TABLES.words} MATCH ?`,
    );
    for (const field of FIELD_NAMES) {
      const docs: number[] = JSON.parse(select.get(`${field} : (${expression})`)!.docs as string);
      for (const doc of docs) hits.set(doc, withLevel(hits.get(doc) ?? 0, field, level));
    }
  }

  describe(keys: readonly number[]): Promise<Map<number, IndexedMemory>> {
    return this.#access.run(() => {
      const rows = this.#prepared(
        `SELECT ${DOC_COLUMNS} FROM json_each(?) AS k JOIN ${TABLES.docs} AS d ON d.doc = k.value`,
      ).all(JSON.stringify(keys)) as unknown as DocRow[];
      return new Map(rows.map((row) => [row.doc, describeRow(row)]));
    });
  }

  async *all(query: SearchQuery): AsyncIterable<readonly IndexedMemory[]> {
    const { conditions, values } = conditionsOf(query);
    const rows = await this.#access.run(() =>
      this.#prepared(
        `SELECT ${DOC_COLUMNS} FROM ${TABLES.docs} AS d WHERE ${conditions} ` +
          "ORDER BY d.importance DESC, d.created DESC, d.id",
      ).iterate(...values)
    );
    let batch: IndexedMemory[] = [];
    for (const row of rows) {
      batch.push(describeRow(row as unknown as DocRow));
      if (batch.length < BATCH) continue;
      yield batch;
      batch = [];
    }
    yield batch;
  }

  #prepared(sql: string): StatementSync {
    return this.#statements!.prepare(sql);
  }
}

interface DocRow {
  doc: number;
  id: string | Uint8Array;
  type: string;
  importance: number;
  created: string;
  project: string | null;
  tags: string;
}

function describeRow({ id, type, importance, created, project, tags }: DocRow): IndexedMemory {
  return {
    id: textOf(id)!,
    type,
    importance,
    created,
    projectPath: project ?? undefined,
    tags: JSON.parse(tags),
  };
}

/** What SQLite can filter by; the search filters again. */
function conditionsOf(query: SearchQuery) {
  const { memoryTypes = [], minImportance, projectPath, tags = [] } = query;
  const conditions = ["TRUE"];
  const values: (string | number)[] = [];
  if (memoryTypes.length > 0) {
    conditions.push(`d.type IN (${memoryTypes.map(() => "?").join(", ")})`);
    values.push(...memoryTypes);
  }
  if (minImportance !== undefined) {
    conditions.push("d.importance >= ?");
    values.push(minImportance);
  }
  if (projectPath !== undefined) {
    conditions.push("d.project = ?");
    values.push(trimSlash(projectPath));
  }
  for (const [bound, sign] of [[query.createdAfter, ">="], [query.createdBefore, "<="]] as const) {
    const instant = instantKey(bound);
    if (instant === "") continue;
    conditions.push(`d.created ${sign} ?`);
    values.push(instant);
  }
  const expressions = normalizeTags(tags).map((tag) =>
    wordsOf(tag).map((word) => anyWord([word])).join(" AND ")
  );
  // A tag without a word in it is not in the index.
  if (expressions.length > 0 && !expressions.includes("")) {
    conditions.push(`d.doc IN (SELECT rowid FROM ${TABLES.words} WHERE ${TABLES.words} MATCH ?)`);
    values.push(`tags : (${expressions.map((expression) => `(${expression})`).join(" OR ")})`);
  }
  return { conditions: conditions.join(" AND "), values };
}

function chunks(words: readonly string[]): string[][] {
  const result: string[][] = [];
  for (let start = 0; start < words.length; start += WORDS_AT_ONCE) {
    result.push(words.slice(start, start + WORDS_AT_ONCE));
  }
  return result;
}
