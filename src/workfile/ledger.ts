import { Buffer } from "node:buffer";
import { DatabaseSync } from "node:sqlite";
import { digestOf } from "../model/canonical.ts";
import type { RecordKind } from "../model/record.ts";
import { digestOfRows } from "./hashes.ts";

/** Ids of a kind that are kept in memory, 15 MB or so; more go to disk, where finding one takes ten times as long. */
const MAX_IDS = 200_000;
/** Hashes that are kept in memory, which are put in order only once; more go to disk. */
const MAX_HASHES = 50_000;

/**
 * What has passed in a stream of records, on disk where it is much: the hashes, for the digest, and the
 * ids, to tell one that comes twice, or a relationship whose end is missing. A temporary database that SQLite deletes.
 */
export class Ledger implements Disposable {
  readonly #database = new DatabaseSync("");
  readonly #addHashes;
  readonly #addId;
  readonly #findId;
  readonly #hashes: string[] = [];
  #hasMoreHashes = false;
  readonly #recent = { memory: new Set<string>(), relationship: new Set<string>() };
  #hasMoreIds = false;

  constructor() {
    this.#database.exec(`
      PRAGMA journal_mode = OFF;
      PRAGMA synchronous = OFF;
      CREATE TABLE hashes (hash BLOB NOT NULL);
      CREATE TABLE ids (kind TEXT, id TEXT, PRIMARY KEY (kind, id)) WITHOUT ROWID;
      BEGIN;
    `);
    this.#addHashes = this.#database.prepare("INSERT INTO hashes SELECT unhex(value) FROM json_each(?)");
    this.#addId = this.#database.prepare("INSERT INTO ids VALUES (?, ?)");
    this.#findId = this.#database.prepare("SELECT 1 FROM ids WHERE kind = ? AND id = ?");
  }

  addHash(hash: string): void {
    if (this.#hashes.push(hash) === MAX_HASHES) this.#spillHashes();
  }

  #spillHashes(): void {
    this.#addHashes.run(JSON.stringify(this.#hashes));
    this.#hashes.length = 0;
    this.#hasMoreHashes = true;
  }

  /** Notes a record's id. False when it was there already. */
  addId(kind: RecordKind, id: string): boolean {
    if (this.hasId(kind, id)) return false;
    const recent = this.#recent[kind].add(id);
    if (recent.size < MAX_IDS) return true;
    for (const each of recent) this.#addId.run(kind, each);
    recent.clear();
    this.#hasMoreIds = true;
    return true;
  }

  hasId(kind: RecordKind, id: string): boolean {
    return this.#recent[kind].has(id) || (this.#hasMoreIds && this.#findId.get(kind, id) !== undefined);
  }

  /** The digest of all records whose hash was added. */
  digest(): string {
    if (!this.#hasMoreHashes) return digestOf([Buffer.from(this.#hashes.toSorted().join(""), "hex")]);
    this.#spillHashes();
    return digestOfRows(this.#database, "hashes");
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
