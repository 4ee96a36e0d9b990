/** Records that cannot be carried, with the reason, as JSON Lines (mode 0600); described in docs/FORMATS.md. */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { assertNewFile, asWriteError, temporaryNameFor } from "../formats/atomic_file.ts";
import { stringifyJson } from "../model/json.ts";
import type { Reject } from "../store/store.ts";
import type { WorkFile } from "../workfile/workfile.ts";

/** Writes what a migration could not carry. Returns how many lines. */
export function writeRejects(workFile: WorkFile, path: string): number {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const file = openSync(path, "w", 0o600);
  try {
    let count = 0;
    for (const reject of workFile.problems.rejects()) {
      writeSync(file, lineOf(reject));
      count++;
    }
    return count;
  } finally {
    closeSync(file);
  }
}

function lineOf({ kind, id, field, reason, stored }: Reject): string {
  return `${stringifyJson({ kind, id, field: field ?? null, reason, stored: stored ?? null })}\n`;
}

/** The path of the reject file of an export to a file or folder. */
export function rejectFileBeside(file: string): string {
  return join(dirname(file), `${basename(file)}.rejects.jsonl`);
}

/** The reject file of an export, under a temporary name until it is kept: a failed export leaves none. */
export class RejectFile implements Disposable {
  readonly #path: string;
  readonly #temporary: string;
  readonly #overwrite: boolean;
  #file: number | undefined;

  private constructor(path: string, overwrite: boolean) {
    this.#path = path;
    this.#overwrite = overwrite;
    this.#temporary = temporaryNameFor(path);
  }

  /** Throws USAGE when the file exists and is not to be overwritten. */
  static async create(path: string, { overwrite = false }: { overwrite?: boolean }): Promise<RejectFile> {
    if (!overwrite) await assertNewFile(path);
    return new RejectFile(path, overwrite);
  }

  add(reject: Reject): void {
    this.#try(() => {
      this.#file ??= openSync(this.#temporary, "wx", 0o600);
      writeSync(this.#file, lineOf(reject));
    });
  }

  /** Gives the file its name, which it returns; null when nothing was left out. One that is overwritten goes then. */
  keep(): string | null {
    return this.#try(() => {
      if (this.#file === undefined) {
        if (this.#overwrite) rmSync(this.#path, { force: true });
        return null;
      }
      fsyncSync(this.#file);
      this.#close();
      renameSync(this.#temporary, this.#path);
      return this.#path;
    });
  }

  [Symbol.dispose](): void {
    this.#close();
    rmSync(this.#temporary, { force: true });
  }

  #close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #try<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw asWriteError(error, this.#path);
    }
  }
}
