import { DatabaseSync } from "node:sqlite";
import { parseJson, stringifyJson } from "../model/json.ts";
import type { Memory } from "../model/memory.ts";
import type { Relationship } from "../model/relationship.ts";
import { inTransaction, Statements } from "../sqlite_statements.ts";
import type { Batch } from "../store/store.ts";
import type { Link } from "./markdown.ts";

// Everything is kept as JSON text: SQLite cuts other text at a NUL when it is read.
const SCHEMA = `
CREATE TABLE memories (seq INTEGER PRIMARY KEY, id TEXT NOT NULL, title TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE links (id TEXT NOT NULL, other TEXT NOT NULL, body TEXT NOT NULL);
`;
const INDEXES = "CREATE INDEX memories_id ON memories (id); CREATE INDEX links_id ON links (id);";

/** A graph in a temporary database, asked for each memory's relationships once all of it is there. */
export class MarkdownStage implements Disposable {
  // No name: SQLite makes a temporary file, and deletes it when it is closed.
  readonly #database = new DatabaseSync("");
  readonly #statements = new Statements(this.#database);

  constructor() {
    this.#database.exec(SCHEMA);
  }

  add(batch: Batch): void {
    inTransaction(this.#database, () => this.#insert(batch));
  }

  #insert(batch: Batch): void {
    if (batch.kind === "memory") {
      const insert = this.#statements.prepare("INSERT INTO memories (id, title, body) VALUES (?, ?, ?)");
      for (const memory of batch.items) {
        insert.run(stringifyJson(memory.id), stringifyJson(memory.title), stringifyJson(memory));
      }
    } else {
      const insert = this.#statements.prepare("INSERT INTO links VALUES (?, ?, ?)");
      for (const relationship of batch.items) {
        const body = stringifyJson(relationship);
        const [from, to] = [stringifyJson(relationship.fromId), stringifyJson(relationship.toId)];
        insert.run(from, to, body);
        if (to !== from) insert.run(to, from, body);
      }
    }
  }

  /** The memories in their order. Call it when all batches have been added. */
  *memories(): Generator<Memory> {
    this.#database.exec(INDEXES);
    for (const { body } of this.#database.prepare("SELECT body FROM memories ORDER BY seq").iterate()) {
      yield parseJson(body as string) as unknown as Memory;
    }
  }

  /** The relationships from and to a memory, each once. */
  *linksOf(id: string): Generator<Link> {
    const links = this.#statements.prepare(
      "SELECT links.body, other, title FROM links LEFT JOIN memories ON memories.id = other " +
        "WHERE links.id = ? ORDER BY links.rowid",
    );
    for (const { body, other, title } of links.all(stringifyJson(id))) {
      yield {
        relationship: parseJson(body as string) as unknown as Relationship,
        other: {
          id: parseJson(other as string) as string,
          title: title === null ? "" : parseJson(title as string) as string,
        },
      };
    }
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
