/** The state directory's contents: a work file for each migration in progress, a summary for each that ended. */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createHash, randomBytes } from "node:crypto";
import { stringifyJson } from "../model/json.ts";
import { inState, makeStateFolder } from "../state.ts";
import type { MigrationResult } from "../pipeline/migration_types.ts";
import type { MigrationFacts } from "./facts.ts";

/** What stays of a migration after its end. Never a secret. */
export interface HistoryEntry extends Pick<MigrationFacts, "id" | "startedAt" | "source" | "target"> {
  readonly endedAt: string;
  readonly outcome: "done" | "rolled back";
  /** Whether its work file was kept, so that it can be rolled back. */
  readonly undoable: boolean;
  readonly result?: MigrationResult;
  /** Why it was rolled back, where it was not the user's wish. */
  readonly error?: string;
}

/** What SQLite keeps beside a file. */
const SIDE_FILES = ["-journal", "-wal", "-shm"];

/** Folders in the state directory, and the files of one migration in them. */
export class StateFiles {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** A new migration's id: its start to the second, and four random digits. */
  static newId(now: Date): string {
    const time = now.toISOString().slice(0, 19).replace(/[-:]/g, "").replace("T", "-");
    return `${time}-${randomBytes(2).toString("hex")}`;
  }

  /** The path of a migration's work file. */
  workFile(id: string): string {
    return join(this.#root, "migrations", `${id}.db`);
  }

  /** The path of the file with the records that `--skip-invalid` left out. */
  rejectFile(id: string): string {
    return join(this.#root, "rejects", `${id}.jsonl`);
  }

  /** The folder of the locks; whoever takes one makes it. */
  get locks(): string {
    return join(this.#root, "locks");
  }

  /** Names the locks of this state directory for one target, the same each time and nowhere else. */
  owner(identity: string): string {
    const path = join(this.#folder("history"), "owner");
    if (!existsSync(path)) {
      writeFileSync(`${path}.tmp`, randomBytes(16).toString("hex"), { mode: 0o600, flush: true });
      renameSync(`${path}.tmp`, path);
    }
    return createHash("sha256").update(readFileSync(path)).update(identity).digest("hex");
  }

  /** Makes the folder of the work files and returns the path for one. */
  newWorkFile(id: string): string {
    this.#folder("migrations");
    return this.workFile(id);
  }

  /** The file itself goes first: without its log it might be taken for that of an unfinished migration. */
  removeWorkFile(id: string): void {
    for (const suffix of ["", ...SIDE_FILES]) rmSync(this.workFile(id) + suffix, { force: true });
  }

  /** Removes what nobody knows any more: rests of work files whose removal was killed, and reject files. */
  removeRemains(): void {
    for (const suffix of SIDE_FILES) {
      for (const id of this.#ids("migrations", `.db${suffix}`)) {
        // SQLite makes the file before those beside it.
        if (!existsSync(this.workFile(id))) rmSync(this.workFile(id) + suffix, { force: true });
      }
    }
    // In this order: the summary of a migration that ends is there before its work file goes.
    for (const id of this.#ids("rejects", ".jsonl")) {
      if (!existsSync(this.workFile(id)) && !existsSync(this.#summaryPath(id))) {
        rmSync(this.rejectFile(id), { force: true });
      }
    }
  }

  /** Ids of the migrations whose work file is there, oldest first: unfinished ones and undoable ones. */
  workFiles(): string[] {
    return this.#ids("migrations", ".db");
  }

  /** Keeps a migration's summary; the last one written for an id counts. */
  saveSummary(summary: HistoryEntry): void {
    this.#folder("history");
    const path = this.#summaryPath(summary.id);
    writeFileSync(`${path}.tmp`, stringifyJson(summary), { mode: 0o600, flush: true });
    renameSync(`${path}.tmp`, path);
  }

  /** Summaries of ended migrations, oldest first. Those that cannot be read are left out. */
  summaries(): HistoryEntry[] {
    return [...this.newestSummaries()].reverse();
  }

  /** Summaries of ended migrations, newest first, each read when it is asked for. */
  *newestSummaries(): Generator<HistoryEntry> {
    for (const id of this.#ids("history", ".json").reverse()) {
      const entry = this.summary(id);
      if (entry) yield entry;
    }
  }

  /** Undefined where there is none, and where it cannot be read. */
  summary(id: string): HistoryEntry | undefined {
    // An id is part of a path.
    if (!/^[\w-]+$/.test(id)) return undefined;
    try {
      const entry = JSON.parse(readFileSync(this.#summaryPath(id), "utf8"));
      return entry?.id === id && entry.source && entry.target ? entry : undefined;
    } catch {
      return undefined;
    }
  }

  /** Paths of summaries that cannot be read: cut off by a full disk, or changed by someone. */
  brokenSummaries(): string[] {
    return this.#ids("history", ".json").filter((id) => !this.summary(id)).map((id) => this.#summaryPath(id));
  }

  /** Removes everything that is kept of a migration. */
  forget(id: string): void {
    this.removeWorkFile(id);
    rmSync(this.rejectFile(id), { force: true });
    rmSync(this.#summaryPath(id), { force: true });
  }

  #summaryPath(id: string): string {
    return join(this.#root, "history", `${id}.json`);
  }

  #ids(folder: string, suffix: string): string[] {
    const path = join(this.#root, folder);
    return namesIn(path).filter((name) => name.endsWith(suffix)).map((name) => name.slice(0, -suffix.length))
      .sort();
  }

  #folder(name: string): string {
    const path = join(this.#root, name);
    makeStateFolder(path);
    return path;
  }
}

/** Names in a folder; none where it is missing, which is no reason to take an unreadable one for empty. */
function namesIn(path: string): string[] {
  return inState(path, () => {
    try {
      return readdirSync(path);
    } catch (error) {
      if ((error as { code?: string }).code === "ENOENT") return [];
      throw error;
    }
  });
}
