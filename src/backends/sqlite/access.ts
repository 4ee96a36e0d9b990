import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { LayoutReader } from "./reader.ts";

/** What the store lends to the files that write and answer queries for it. */
export interface SqliteAccess {
  readonly path: string;
  readonly database: DatabaseSync;
  readonly isWritable: boolean;
  /** How the file's layout is read now. */
  reader(): LayoutReader;
  /** Whether the file has upstream's table `nodes`. */
  hasNodes(): boolean;
  /** A statement that is prepared once; `configure` is for its first time. */
  prepare(sql: string, configure?: (statement: StatementSync) => StatementSync): StatementSync;
  /** Runs `action` later, and turns what SQLite throws into a GraphError. */
  run<T>(action: () => T): Promise<T>;
  /** Runs `action` in a transaction that no other process can write beside. */
  transaction<T>(action: () => T): T;
}
