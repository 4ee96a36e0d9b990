/** The state directory's contents: a work file for each migration in progress, a summary for each that ended. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createHash, randomBytes } from "node:crypto";
import { stringifyJson } from "../model/json.ts";
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

  get locks(): string {
    return this.#folder("locks");
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

  /** Removes what is left of work files whose removal was killed. */
  removeRemains(): void {
    for (const suffix of SIDE_FILES) {
      for (const id of this.#ids("migrations", `.db${suffix}`)) {
        // SQLite makes the file before those beside it.
        if (!existsSync(this.workFile(id))) rmSync(this.workFile(id) + suffix, { force: true });
      }
    }
  }

  /** Ids of the migrations whose work file is there, oldest first: unfinished ones and undoable ones. */
  workFiles(): string[] {
    return this.#ids("migrations", ".db");
  }

  /** Keeps a migration's summary; the last one written for an id counts. */
  saveSummary(summary: HistoryEntry): void {
    const path = join(this.#folder("history"), `${summary.id}.json`);
    writeFileSync(`${path}.tmp`, stringifyJson(summary), { mode: 0o600, flush: true });
    renameSync(`${path}.tmp`, path);
  }

  /** Summaries of ended migrations, oldest first. */
  summaries(): HistoryEntry[] {
    return this.#ids("history", ".json").map((id) =>
      JSON.parse(readFileSync(join(this.#root, "history", `${id}.json`), "utf8"))
    );
  }

  summary(id: string): HistoryEntry | undefined {
    return this.summaries().find((entry) => entry.id === id);
  }

  /** Removes everything that is kept of a migration. */
  forget(id: string): void {
    this.removeWorkFile(id);
    rmSync(this.rejectFile(id), { force: true });
    rmSync(join(this.#root, "history", `${id}.json`), { force: true });
  }

  #ids(folder: string, suffix: string): string[] {
    const path = join(this.#root, folder);
    if (!existsSync(path)) return [];
    return readdirSync(path).filter((name) => name.endsWith(suffix)).map((name) =>
      name.slice(0, -suffix.length)
    ).sort();
  }

  #folder(name: string): string {
    const path = join(this.#root, name);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return path;
  }
}
