/** What every user of node:sqlite here needs of it beyond its own API. */
import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Gives the statement of a text, prepared at its first use; `configure` is called that time. */
export type Prepare = (sql: string, configure?: (fresh: StatementSync) => StatementSync) => StatementSync;

/** Prepared statements of one database, by their text. They go with {@linkcode Statements.clear}. */
export class Statements {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** A function of its own, so that it can be lent to others. */
  readonly prepare: Prepare = (sql, configure = (fresh) => fresh) => {
    let statement = this.#prepared.get(sql);
    if (!statement) this.#prepared.set(sql, statement = configure(this.#database.prepare(sql)));
    return statement;
  };

  /** Forgets all of them. Their memory is not V8's: what is not forgotten stays until it is collected. */
  clear(): void {
    this.#prepared.clear();
  }
}

/** Runs `action` in a transaction that no other process can write beside; nothing of it stays when it throws. */
export function inTransaction<T>(database: DatabaseSync, action: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = action();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    // A full disk has ended it already.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
