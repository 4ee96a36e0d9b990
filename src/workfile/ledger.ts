import { DatabaseSync } from "node:sqlite";
import type { RecordKind } from "../store/store.ts";
import { digestOfRows } from "./hashes.ts";

/**
 * What has passed in a stream of records, on disk where it is much: the hashes, for the digest, and the
 * ids, to tell one that comes twice, or a relationship whose end is missing. A temporary database that SQLite deletes.
 */
export class Ledger implements Disposable {
  readonly #database = new DatabaseSync("");
  readonly #addHash;
  readonly #addId;
  readonly #findId;

  constructor() {
    this.#database.exec(`
      PRAGMA journal_mode = OFF;
      PRAGMA synchronous = OFF;
      CREATE TABLE hashes (hash BLOB NOT NULL);
      CREATE TABLE ids (kind TEXT, id TEXT, PRIMARY KEY (kind, id)) WITHOUT ROWID;
      BEGIN;
    `);
    this.#addHash = this.#database.prepare("INSERT INTO hashes VALUES (?)");
    this.#addId = this.#database.prepare("INSERT OR IGNORE INTO ids VALUES (?, ?)");
    this.#findId = this.#database.prepare("SELECT 1 FROM ids WHERE kind = ? AND id = ?");
  }

  addHash(hash: Uint8Array): void {
    this.#addHash.run(hash);
  }

  /** Notes a record's id. False when it was there already. */
  addId(kind: RecordKind, id: string): boolean {
    return this.#addId.run(kind, id).changes === 1;
  }

  hasId(kind: RecordKind, id: string): boolean {
    return this.#findId.get(kind, id) !== undefined;
  }

  /** The digest of all records whose hash was added. */
  digest(): string {
    return digestOfRows(this.#database, "hashes");
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
