/** The state directory's contents: a work file for each migration in progress, a summary for each that ended. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { stringifyJson } from "../model/json.ts";

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
    return join(this.#folder("rejects"), `${id}.jsonl`);
  }

  get locks(): string {
    return this.#folder("locks");
  }

  /** Makes the folder of the work files and returns the path for one. */
  newWorkFile(id: string): string {
    this.#folder("migrations");
    return this.workFile(id);
  }

  removeWorkFile(id: string): void {
    for (const suffix of ["", "-wal", "-shm"]) rmSync(this.workFile(id) + suffix, { force: true });
  }

  /** Ids of the migrations whose work file is there, oldest first. */
  unfinished(): string[] {
    return this.#ids("migrations", ".db");
  }

  /** Keeps a migration's summary; the last one written for an id counts. */
  saveSummary(id: string, summary: Record<string, unknown>): void {
    const path = join(this.#folder("history"), `${id}.json`);
    writeFileSync(`${path}.tmp`, stringifyJson(summary), { mode: 0o600, flush: true });
    renameSync(`${path}.tmp`, path);
  }

  /** Summaries of ended migrations, oldest first. */
  summaries(): Record<string, unknown>[] {
    return this.#ids("history", ".json").map((id) =>
      JSON.parse(readFileSync(join(this.#root, "history", `${id}.json`), "utf8"))
    );
  }

  removeSummary(id: string): void {
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
