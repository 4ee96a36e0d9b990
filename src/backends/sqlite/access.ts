import type { DatabaseSync } from "node:sqlite";
import type { Prepare } from "../../sqlite_statements.ts";
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
  readonly prepare: Prepare;
  /** Runs `action` later, and turns what SQLite throws into a GraphError. */
  run<T>(action: () => T): Promise<T>;
  /** Runs `action` in a transaction that no other process can write beside. */
  transaction<T>(action: () => T): T;
}
