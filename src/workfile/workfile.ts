/**
 * A migration's work file: one SQLite database that is snapshot, journal and undo log in one, so that
 * sorting, looking up, resuming and undoing are queries and nothing holds the whole graph.
 */
import { chmodSync, closeSync, existsSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { GraphError } from "../errors.ts";
import { parseJson, stringifyJson } from "../model/json.ts";
import { type GraphRecord, RECORD_KINDS, type RecordKind, refOf } from "../model/record.ts";
import { inTransaction, type Prepare, Statements } from "../sqlite_statements.ts";
import type { EncodedRecord } from "../store/store.ts";
import { type TextCell, textCell, textOf } from "../sqlite_text.ts";
import { EncodedRecords } from "./encoded.ts";
import type { MigrationFacts, Stage } from "./facts.ts";
import { digestOfRows, HASH_DIGITS, joinedHashes, splitHashes } from "./hashes.ts";
import { Problems } from "./problems.ts";
import { RECORD_COLUMNS, SCHEMA } from "./schema.ts";
import { RecordTexts } from "./texts.ts";
import { WholeGraph } from "./whole_graph.ts";
import {
  CARRIED,
  kindCode,
  type NewWorkRecord,
  type Plan,
  planCode,
  PLANS,
  type RecordState,
  type Selection,
  stateCode,
  STATES,
  type WorkItem,
  type WorkRecord,
  type WorkRef,
  WRITING,
} from "./work_record.ts";

/** How many records are alike in this. */
interface Tally {
  readonly kind: RecordKind;
  readonly plan: Plan;
  readonly state: RecordState;
  readonly n: number;
}

/**
 * Until the first intent, losing the file to a power cut loses nothing, so that nothing is synced; and nothing is
 * written twice, as a write-ahead log would. A killed process leaves a file that is read all the same.
 */
const FILLING = "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = OFF;";
// In this order: changing to the log then syncs all that was written without.
const DURABLE = "PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL; PRAGMA wal_checkpoint(TRUNCATE);";

/** How long a statement waits for a process that looks how far the migration is. */
const BUSY_TIMEOUT_MS = 1000;

const CARRIED_CODES = CARRIED.map(planCode);
/** How many records a statement adds: fewer, longer statements take half the time. */
const INSERTED_AT_ONCE = 16;

/** An open work file. Every method is synchronous and throws DISK_FULL or FAILED. */
export class WorkFile implements Disposable {
  /** Undefined for a temporary work file, which a dry run uses: SQLite deletes it when it is closed. */
  readonly path: string | undefined;
  /** What is wrong with records, which are among these or not. */
  readonly problems: Problems;
  /** What concerns all records at once. */
  readonly whole: WholeGraph;
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  readonly #prepare: Prepare;
  readonly #texts: RecordTexts;
  readonly #encoded: EncodedRecords;
  #counted: { changes: number; tally: readonly Tally[] } | undefined;

  private constructor(path: string | undefined, settings: string) {
    this.path = path;
    this.#database = new DatabaseSync(path ?? "", { timeout: BUSY_TIMEOUT_MS });
    this.#database.exec(settings);
    this.#database.exec(SCHEMA);
    this.#statements = new Statements(this.#database);
    this.#prepare = this.#statements.prepare;
    this.#texts = new RecordTexts(this.#prepare);
    this.#encoded = new EncodedRecords(this.#prepare);
    this.problems = new Problems(this.#prepare);
    this.whole = new WholeGraph(this.#prepare);
  }

  /** Makes a work file, mode 0600, or a temporary one. Its folder must exist. */
  static create(path?: string): WorkFile {
    if (path !== undefined) {
      closeSync(openSync(path, "wx", 0o600));
      chmodSync(path, 0o600);
    }
    return new WorkFile(path, FILLING);
  }

  /** Opens an existing work file. Throws NOT_FOUND. */
  static open(path: string): WorkFile {
    if (!existsSync(path)) throw new GraphError("NOT_FOUND", `There is no migration work file at "${path}"`);
    return new WorkFile(path, DURABLE);
  }

  /** How far a work file's migration is, without disturbing who uses it; undefined if it is unreadable or gone. */
  static peek(path: string): { stage: Stage; facts?: MigrationFacts; error?: string } | undefined {
    try {
      // Writable, since what a killed process left may need a recovery first; never created.
      const url = pathToFileURL(path);
      url.searchParams.set("mode", "rw");
      using database = new DatabaseSync(url, { timeout: BUSY_TIMEOUT_MS });
      const rows = database.prepare("SELECT key, value FROM meta WHERE key IN ('stage', 'facts', 'error')")
        .all();
      const meta = new Map(rows.map((row) => [row.key, parseJson(row.value as string) as unknown]));
      const stage = meta.get("stage") as Stage | undefined;
      const facts = meta.get("facts") as MigrationFacts | undefined;
      return { stage: stage ?? "snapshot", facts, error: meta.get("error") as string | undefined };
    } catch (error) {
      // The schema is what is written first.
      return /no such table/.test(String(error)) ? { stage: "snapshot" } : undefined;
    }
  }

  /** A fact about the migration, as it was set; undefined when it was not. */
  get<T>(key: string): T | undefined {
    const row = this.#prepare("SELECT value FROM meta WHERE key = ?").get(key);
    return row && (parseJson(row.value as string) as T);
  }

  set(key: string, value: unknown): void {
    this.#prepare("INSERT INTO meta VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value")
      .run(key, stringifyJson(value));
  }

  /** What is known about the migration. */
  facts(): MigrationFacts {
    const facts = this.get<MigrationFacts>("facts");
    if (facts) return facts;
    throw new GraphError("NOT_FOUND", `"${this.path}" holds no migration: it broke off at its very start`);
  }

  setFacts(facts: MigrationFacts): void {
    this.set("facts", facts);
  }

  /** How far the migration has come. */
  get stage(): Stage {
    return this.get<Stage>("stage") ?? "snapshot";
  }

  /** Notes durably how far the migration has come. */
  enter(stage: Stage): void {
    // From here on, a commit has reached the disk when it returns, and so has everything before it.
    if (stage === "import") this.#database.exec(DURABLE);
    this.set("stage", stage);
  }

  /** Runs `action` in one transaction. */
  transaction<T>(action: () => T): T {
    try {
      return inTransaction(this.#database, action);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (!/disk is full|disk I\/O/i.test(message)) throw error;
      const advice = "free some space or set MEMORYGRAPH_STATE_DIR to another disk";
      throw new GraphError("DISK_FULL", `Cannot write the work file: the disk is full (${advice})`, {
        cause: error,
      });
    }
  }

  /** Adds records of one kind after those that are there. */
  add(kind: RecordKind, items: readonly NewWorkRecord[]): void {
    const texts = items.map(({ record }) => stringifyJson(record));
    const first = this.#texts.last() + 1;
    const rows = items.map(({ record, hash, plan = "create" }, index) => {
      const { id, fromId, toId, type } = refOf(record);
      const invalidatedBy = "fromId" in record ? record.invalidatedBy ?? null : null;
      const numbers = [planCode(plan), texts[index]!.length];
      return [first + index, kindCode(kind), id, fromId, toId, type, hash, ...numbers, invalidatedBy];
    });
    this.#texts.add(first, texts);
    this.#encoded.add(first, items.map(({ encoded }) => encoded));
    for (let at = 0; at < rows.length;) {
      const n = rows.length - at < INSERTED_AT_ONCE ? 1 : INSERTED_AT_ONCE;
      const row = `(${RECORD_COLUMNS.replace(/\w+/g, (name) => name === "hash" ? "unhex(?)" : "?")})`;
      this.#prepare(`INSERT INTO records (${RECORD_COLUMNS}) VALUES ${Array(n).fill(row).join(", ")}`)
        .run(...rows.slice(at, at += n).flat());
    }
  }

  /** Takes records out. */
  remove(seqs: readonly number[]): void {
    const remove = this.#prepare("DELETE FROM records WHERE seq = ?");
    for (const seq of seqs) remove.run(seq);
  }

  /** Notes the hash of a record that was read and cannot be carried. */
  addRefused(hash: string): void {
    this.#prepare("INSERT INTO refused VALUES (unhex(?))").run(hash);
  }

  /** Makes lookups by id quick. Called once, when all records are in: an index grows faster at once. */
  index(): void {
    this.#database.exec("CREATE INDEX IF NOT EXISTS records_by_id ON records (id, kind)");
  }

  setPlan(seq: number, plan: Plan): void {
    this.#prepare("UPDATE records SET plan = ? WHERE seq = ?").run(planCode(plan), seq);
  }

  setState(seqs: readonly number[], state: RecordState): void {
    const update = this.#prepare("UPDATE records SET state = ? WHERE seq BETWEEN ? AND ?");
    for (const [first, last] of runsOf(seqs)) update.run(stateCode(state), first, last);
  }

  /** Whether no write has been intended yet. */
  isUntouched(): boolean {
    return this.#prepare("SELECT 1 FROM records WHERE state > 0 LIMIT 1").get() === undefined;
  }

  /** Whether a record with this id is, or may be, in the target because of the migration. */
  isTouched(kind: RecordKind, id: string, plans: readonly Plan[] = WRITING): boolean {
    return this.find(kind, id).some(({ plan, state }) => state !== "exported" && plans.includes(plan));
  }

  setBefore(seq: number, before: GraphRecord): void {
    this.#prepare("INSERT OR REPLACE INTO befores VALUES (?, ?)").run(seq, stringifyJson(before));
  }

  /** Records of one kind in batches, in order. The work file may be changed between batches. */
  *batches<Kind extends RecordKind>(
    kind: Kind,
    batchSize: number,
    selection: Selection = {},
  ): Generator<WorkRecord<Kind>[]> {
    for (const items of this.items(kind, batchSize, selection)) yield this.read<Kind>(items);
  }

  /** As `batches`, without the records themselves. */
  *items(kind: RecordKind, batchSize: number, selection: Selection = {}): Generator<WorkItem[]> {
    for (const rows of this.#pages(kind, batchSize, selection, "seq, plan, state, length")) {
      yield rows.map((row) => ({ ...decodeProgress(row), length: row.length as number }));
    }
  }

  /** The records of items of one kind. */
  read<Kind extends RecordKind>(items: readonly WorkItem[]): WorkRecord<Kind>[] {
    return items.map((item) => ({ ...item, record: this.#texts.at(item.seq) as WorkRecord<Kind>["record"] }));
  }

  /** Records as the target takes them, in the order of the items; undefined unless there are all of them. */
  readEncoded(items: readonly WorkItem[]): EncodedRecord[] | undefined {
    const records: EncodedRecord[] = [];
    for (const { seq } of items) {
      const record = this.#encoded.at(seq);
      if (!record) return undefined;
      records.push(record);
    }
    return records;
  }

  /** As `batches`, without the records' texts. */
  *refs(kind: RecordKind, batchSize: number, selection: Selection = {}): Generator<WorkRef[]> {
    const names = ["id", "from_id", "to_id", "type"].map((name) => `${textCell(name)} AS ${name}`).join(", ");
    const columns = `seq, ${HASH_DIGITS} AS hash, plan, state, ${names}`;
    for (const rows of this.#pages(kind, batchSize, selection, columns)) {
      yield rows.map(decodeRef);
    }
  }

  /** The hashes of the records of one kind that are carried, in order. */
  *hashes(kind: RecordKind, batchSize: number): Generator<string> {
    const page = this.#prepare(
      `SELECT max(seq) AS last, ${joinedHashes("seq")} AS joined FROM (SELECT seq, hash FROM records ` +
        `WHERE kind = ? AND seq > ? AND plan IN (${CARRIED_CODES}) ORDER BY seq LIMIT ?)`,
    );
    let last: unknown = 0;
    while (true) {
      const row = page.get(kindCode(kind), last as number, batchSize)!;
      if (row.last === null) return;
      last = row.last;
      yield* splitHashes(row.joined as string);
    }
  }

  *#pages(
    kind: RecordKind,
    batchSize: number,
    { plans = CARRIED, states = STATES }: Selection,
    columns: string,
  ): Generator<Record<string, unknown>[]> {
    const page = this.#prepare(
      `SELECT ${columns} FROM records WHERE kind = ? AND seq > ? AND plan IN (${plans.map(planCode)}) ` +
        `AND state IN (${states.map(stateCode)}) ORDER BY seq LIMIT ?`,
    );
    let last = 0;
    while (true) {
      const rows = takeLength(page.all(kindCode(kind), last, batchSize));
      if (rows.length === 0) return;
      last = rows.at(-1)!.seq as number;
      yield rows;
    }
  }

  /** The records with this id. */
  find(kind: RecordKind, id: string): WorkRow[] {
    const sql = `SELECT seq, ${HASH_DIGITS} AS hash, plan, state FROM records WHERE id = ? AND kind = ?`;
    return this.#prepare(sql).all(id, kindCode(kind)).map(decodeRow);
  }

  /** One record as it was read from the source. */
  recordAt(seq: number): GraphRecord {
    return this.#texts.at(seq);
  }

  /** What the target held in place of a record that is overwritten, or as a record that is deleted. */
  beforeAt(seq: number): GraphRecord | undefined {
    const row = this.#prepare("SELECT body FROM befores WHERE seq = ?").get(seq);
    if (row) return parseJson(row.body as string) as unknown as GraphRecord;
    const isDeleted = this.#prepare("SELECT 1 FROM records WHERE seq = ? AND plan = ?");
    return isDeleted.get(seq, planCode("delete")) && this.#texts.at(seq);
  }

  /** How many records there are of a kind, with one of these plans and states. */
  counts(kind: RecordKind, { plans = CARRIED, states = STATES }: Selection = {}): number {
    const wanted = ({ kind: of, plan, state }: Tally) =>
      of === kind && plans.includes(plan) && states.includes(state);
    return this.#tally().filter(wanted).reduce((sum, { n }) => sum + n, 0);
  }

  /** Counting looks at every record, and is asked for far more often than they change. */
  #tally(): readonly Tally[] {
    const changes = this.#prepare("SELECT total_changes() AS n").get()!.n as number;
    if (changes !== this.#counted?.changes) {
      const sql = "SELECT kind, plan, state, count(*) AS n FROM records GROUP BY 1, 2, 3";
      const rows = this.#prepare(sql).all();
      const tally = rows.map((row) => ({
        kind: RECORD_KINDS[row.kind as number]!,
        plan: PLANS[row.plan as number]!,
        state: STATES[row.state as number]!,
        n: row.n as number,
      }));
      this.#counted = { changes, tally };
    }
    return this.#counted.tally;
  }

  /** The digest of the records that were read, whether or not they can be carried; until it is validated. */
  digestRead(): string {
    return digestOfRows(this.#database, "(SELECT hash FROM records UNION ALL SELECT hash FROM refused)");
  }

  /** The digest of the records that are carried. */
  digest(): string {
    return digestOfRows(this.#database, `records WHERE plan IN (${CARRIED_CODES})`);
  }

  [Symbol.dispose](): void {
    this.#statements.clear();
    if (this.#database.isOpen) this.#database.close();
  }
}

/** A batch ends when its texts reach this many UTF-16 units: servers refuse larger statements or choke on them. */
export const MAX_BATCH_LENGTH = 8_000_000;

/** As many rows as a batch may hold, one at least. */
function takeLength(rows: Record<string, unknown>[]): Record<string, unknown>[] {
  let length = 0;
  const last = rows.findIndex((row) =>
    (length += (row.length as number | undefined) ?? 0) >= MAX_BATCH_LENGTH
  );
  return last < 0 ? rows : rows.slice(0, last + 1);
}

/** Ascending numbers as runs without a gap. */
function* runsOf(numbers: readonly number[]): Generator<[first: number, last: number]> {
  let first = numbers[0];
  for (let index = 0; index < numbers.length; index++) {
    const number = numbers[index]!;
    if (numbers[index + 1] === number + 1) continue;
    yield [first!, number];
    first = numbers[index + 1];
  }
}

/** What is decoded of every row, and of most. */
type Progress = Pick<WorkRef, "seq" | "plan" | "state">;
type WorkRow = Omit<WorkRef, "ref">;

function decodeProgress(row: Record<string, unknown>): Progress {
  return {
    seq: row.seq as number,
    plan: PLANS[row.plan as number]!,
    state: STATES[row.state as number]!,
  };
}

function decodeRow(row: Record<string, unknown>): WorkRow {
  return { ...decodeProgress(row), hash: row.hash as string };
}

function decodeRef(row: Record<string, unknown>): WorkRef {
  const text = (name: string) => textOf(row[name] as TextCell)!;
  const ref = { id: text("id"), fromId: text("from_id"), toId: text("to_id"), type: text("type") };
  return { ...decodeRow(row), ref };
}
