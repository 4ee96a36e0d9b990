import { existsSync, rmSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { GraphError, throwIfInterrupted } from "../../errors.ts";
import type { Memory } from "../../model/memory.ts";
import type { Relationship, RelationshipRef } from "../../model/relationship.ts";
import {
  type Batch,
  type Capabilities,
  type Counts,
  DEFAULT_BATCH_SIZE,
  type GraphStore,
  type ReadOptions,
  type StoreHealth,
  type StoreLocation,
  type WriteOptions,
} from "../../store/store.ts";
import type { StoreQueries } from "../../store/queries.ts";
import { inTransaction, type Prepare, Statements } from "../../sqlite_statements.ts";
import { turn } from "../../turn.ts";
import type { OpenOptions } from "../backend.ts";
import type { SqliteAccess } from "./access.ts";
import { RowRejected } from "./codec.ts";
import { assertWritable, openForReading, openForWriting, sqliteError, type SqliteFile } from "./database.ts";
import { identityOf } from "./identity.ts";
import { LOCK_TIMEOUT_MS, OWN_TIMEOUT_MS, whenUnlocked } from "./lock_wait.ts";
import { SqliteQueries } from "./queries.ts";
import { type LayoutReader, layoutReader, readBatches, type RecordReader } from "./reader.ts";
import {
  assertWritableLayout,
  CREATE_RELATIONSHIP_INDEXES,
  CREATE_TABLES,
  detectLayout,
  LAYOUT_NAMES,
  type SqliteLayout,
  upgradePreTemporal,
} from "./schema.ts";
import { SqliteWriter } from "./writer.ts";

// A page that several batches change is moved out of the log once for all of them: 40 MB, not 4.
const DURABLE = "PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 10000";

/**
 * For a load into a database that held nothing, which a write-ahead log would write twice. A crash leaves a sound file
 * with the batches that were committed, and so does a power cut but on old file systems
 * (https://www.sqlite.org/pragma.html#pragma_synchronous); the work file has everything anyway.
 */
const FILLING = "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = NORMAL";

/** Opens the memory graph in a SQLite file. Throws as described at OpenMode and in database.ts. */
export function openSqliteStore(path: string, options: OpenOptions): SqliteStore {
  const file = options.mode === "read"
    ? openForReading(path)
    : openForWriting(path, options.mode === "create");
  try {
    const layout = detectLayout(file.database, path);
    if (layout === "empty" && options.mode !== "create") {
      throw new GraphError(
        "UNKNOWN_LAYOUT",
        `"${path}" is an empty SQLite database: it holds no memory graph`,
        // For a target that is as good as none.
        { details: { isEmpty: true } },
      );
    }
    if (options.mode !== "read") assertWritableLayout(layout, path);
    return new SqliteStore(path, file, layout, options);
  } catch (error) {
    file.close();
    throw sqliteError(error, path);
  }
}

/** Throws what opening the file for writing would, and changes nothing. */
export function assertStoreWritable(path: string): void {
  assertWritable(path);
  if (!existsSync(path)) return;
  const file = openForReading(path);
  try {
    assertWritableLayout(detectLayout(file.database, path), path);
  } catch (error) {
    throw sqliteError(error, path);
  } finally {
    file.close();
  }
}

/**
 * A memory graph in a SQLite file, in upstream's layout. Reads in mode `read` see one snapshot and change
 * neither the file nor its folder.
 */
export class SqliteStore implements GraphStore {
  readonly location: StoreLocation;
  readonly capabilities: Capabilities = {
    snapshotReads: true,
    uniqueIds: true,
    overlappingWrites: 1,
    prefersFewTypes: false,
  };
  readonly #path: string;
  readonly #file: SqliteFile;
  readonly #database: DatabaseSync;
  readonly #options: OpenOptions;
  readonly #statements: Statements;
  readonly #queries: SqliteQueries;
  readonly #writer: SqliteWriter;
  #layout: SqliteLayout;
  #reader: LayoutReader;
  #isFilling = false;
  /** The statements of the call that runs, for the log. */
  readonly #running = new Set<string>();

  constructor(path: string, file: SqliteFile, layout: SqliteLayout, options: OpenOptions) {
    this.#path = path;
    this.#file = file;
    this.#database = file.database;
    this.#statements = new Statements(file.database);
    this.#layout = layout;
    this.#reader = layoutReader(file.database, layout);
    this.#options = options;
    this.location = { backend: "sqlite", display: path, identity: identityOf(path) };
    const access: SqliteAccess = {
      path,
      database: file.database,
      isWritable: options.mode !== "read",
      reader: () => this.#reader,
      hasNodes: () => this.#layout === "current" || this.#layout === "pre-temporal",
      prepare: this.#prepare,
      run: (action) => this.#run(action),
      transaction: (action) => inTransaction(file.database, action),
    };
    if (access.isWritable) file.database.exec(`PRAGMA busy_timeout = ${OWN_TIMEOUT_MS}`);
    this.#queries = new SqliteQueries(access);
    this.#writer = new SqliteWriter(access);
  }

  get queries(): StoreQueries {
    return this.#queries;
  }

  ensureSchema({ forLoad = false }: { forLoad?: boolean } = {}): Promise<void> {
    return this.#run(() => {
      this.#assertWritable();
      this.#isFilling = forLoad && (this.#isFilling || this.#layout === "empty");
      this.#exec(this.#isFilling ? FILLING : DURABLE);
      if (this.#layout === "pre-temporal") this.#upgrade();
      inTransaction(this.#database, () => {
        this.#exec(CREATE_TABLES);
        const isIndexedLater = forLoad && !this.#prepare("SELECT 1 FROM relationships LIMIT 1").get();
        if (!isIndexedLater) this.#exec(CREATE_RELATIONSHIP_INDEXES);
      });
      this.#layout = "current";
      this.#reader = layoutReader(this.#database, this.#layout);
    });
  }

  #upgrade(): void {
    const backup = `${this.#path}.before-upgrade-${new Date().toISOString().replace(/[:.]/g, "-")}`;
    try {
      this.#prepare("VACUUM INTO ?").run(backup);
      Deno.chmodSync(backup, 0o600);
      inTransaction(this.#database, () => upgradePreTemporal(this.#database));
    } catch (error) {
      // The file is as it was: each attempt would leave one more.
      rmSync(backup, { force: true });
      throw error;
    }
    // A warning: the user's file is another one now, and one more of its size lies beside it.
    this.#options.log?.warn(`Upgraded the old layout of "${this.#path}"; the file as it was is "${backup}"`);
  }

  finishLoad(): Promise<void> {
    return this.#run(() => {
      // Together, which spares a sync for each.
      inTransaction(this.#database, () => this.#exec(CREATE_RELATIONSHIP_INDEXES));
      this.#exec(DURABLE);
      this.#isFilling = false;
      // Moves the load out of the write-ahead log and syncs it: the file alone then holds everything. Where it has to
      // wait for others in vain, closing the file does that.
      this.#exec(`PRAGMA busy_timeout = ${LOCK_TIMEOUT_MS}; PRAGMA wal_checkpoint(TRUNCATE)`);
      this.#exec(`PRAGMA busy_timeout = ${OWN_TIMEOUT_MS}`);
    });
  }

  count(): Promise<Counts> {
    return this.#run(() => this.#reader.count(this.#database));
  }

  async *read({ batchSize = DEFAULT_BATCH_SIZE, signal }: ReadOptions = {}): AsyncIterable<Batch> {
    // A reader of its own: its snapshot must not end, nor hold back, a transaction that writes.
    const own = this.#options.mode === "read" ? undefined : this.#open(() => openForReading(this.#path));
    const file = own ?? this.#file;
    try {
      const reader = layoutReader(file.database, this.#layout);
      let start = performance.now();
      for (const batch of readBatches(file.database, reader, batchSize)) {
        throwIfInterrupted(signal);
        const { select } = batch.kind === "memory" ? reader.memories : reader.relationships;
        this.#logStatement(`${select.quick} AND rowid > ? AND rowid <= ?`, start);
        yield batch;
        await turn();
        start = performance.now();
      }
      file.assertUnchanged();
    } catch (error) {
      throw sqliteError(error, this.#path);
    } finally {
      own?.close();
    }
  }

  readMemories(ids: readonly string[]): Promise<Memory[]> {
    return this.#run(() => this.#find(this.#reader.memories, "AND m.id = ?", ids));
  }

  readRelationships(refs: readonly RelationshipRef[]): Promise<Relationship[]> {
    return this.#run(() => this.#find(this.#reader.relationships, "AND r.id = ?", refs.map(({ id }) => id)));
  }

  #find<Item>(reader: RecordReader<Item>, condition: string, ids: readonly string[]): Item[] {
    const find = reader.finder(this.#prepare, condition);
    return [...new Set(ids)].flatMap((id) => find(id));
  }

  write(batch: Batch, { mode, signal }: WriteOptions): Promise<void> {
    return this.#run(() => {
      this.#assertWritable();
      throwIfInterrupted(signal);
      inTransaction(this.#database, () => this.#writer.write(batch, mode === "overwrite"));
    });
  }

  deleteMemories(ids: readonly string[], { detach = false }: { detach?: boolean } = {}): Promise<void> {
    return this.#run(() => {
      this.#assertWritable();
      inTransaction(this.#database, () => this.#writer.deleteMemories(ids, { detach }));
    });
  }

  deleteRelationships(refs: readonly RelationshipRef[]): Promise<void> {
    return this.#run(() => {
      this.#assertWritable();
      inTransaction(this.#database, () => this.#writer.deleteRelationships(refs.map(({ id }) => id)));
    });
  }

  async health(): Promise<StoreHealth> {
    const counts = await this.count();
    return await this.#run(() => {
      const { version } = this.#prepare("SELECT sqlite_version() AS version").get() as { version: string };
      const { journal_mode: journalMode } = this.#prepare("PRAGMA journal_mode").get() as {
        journal_mode: string;
      };
      return {
        product: `SQLite ${version}`,
        layout: LAYOUT_NAMES[this.#layout],
        counts,
        details: { journalMode, sizeBytes: Deno.statSync(this.#path).size },
      };
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#statements.clear();
    this.#queries.close();
    if (this.#database.isOpen) {
      if (this.#isFilling) this.#removeJournal();
      this.#file.close();
    }
    return Promise.resolve();
  }

  /** While a database is filled, an empty journal stays beside it. */
  #removeJournal(): void {
    try {
      this.#database.exec("PRAGMA journal_mode = DELETE");
    } catch {
      // It does no harm, and goes when the file is next opened for writing.
    }
  }

  readonly #prepare: Prepare = (sql, configure) => {
    this.#running.add(sql);
    return this.#statements.prepare(sql, configure);
  };

  #exec(sql: string): void {
    this.#running.add(sql);
    this.#database.exec(sql);
  }

  #assertWritable(): void {
    if (this.#options.mode === "read") throw new TypeError("a store opened in mode read cannot be written");
  }

  #run<T>(action: () => T): Promise<T> {
    return turn().then(() => whenUnlocked(() => this.#runNow(action)));
  }

  #runNow<T>(action: () => T): T {
    const start = performance.now();
    this.#running.clear();
    try {
      return this.#open(action);
    } finally {
      if (this.#running.size > 0) this.#logStatement([...this.#running].join("; "), start);
    }
  }

  /** One line for what a call ran, however many records it ran it for; never a parameter. */
  #logStatement(text: string, start: number): void {
    this.#options.log?.debug(`${text.replace(/\s+/g, " ")} (${(performance.now() - start).toFixed(1)} ms)`);
  }

  #open<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw error instanceof RowRejected ? error.atPath(this.#path) : sqliteError(error, this.#path);
    }
  }
}
