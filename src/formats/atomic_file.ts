import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { type FileHandle, lstat, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { backendOfFile } from "../database_files.ts";
import { HOUR_MS } from "../durations.ts";
import { GraphError } from "../errors.ts";
import { realPathOf } from "../paths.ts";
import { syncFolder } from "../sync_folder.ts";

/** Text is best given and written in pieces of about this many UTF-16 units; larger ones are garbage for longer. */
export const PIECE_LENGTH = 32 * 1024;

/** Options of {@linkcode writeAtomically}. */
export interface AtomicOptions {
  /**
   * Replace what is there. Where it is false the USAGE error says how to ask for that; where it is left out, as
   * nobody can ask for it, not.
   */
  readonly overwrite?: boolean;
  readonly gzip?: boolean;
}

/**
 * Writes a file (mode 0600) under a temporary name in the same folder, syncs it and renames it: `path` holds
 * either all of the text or what it held before, also after a crash. Throws USAGE when it exists and is not to
 * be overwritten, or is no file, NOT_FOUND for a missing folder, PERMISSION_DENIED, DISK_FULL, and what `texts`
 * throws.
 */
export async function writeAtomically(
  path: string,
  texts: AsyncIterable<string>,
  { overwrite, gzip = false }: AtomicOptions = {},
): Promise<void> {
  const target = await targetOf(path, overwrite);
  const temporary = temporaryNameFor(target);
  try {
    await using file = await open(temporary, "wx", 0o600);
    const write = (pieces: AsyncIterable<Uint8Array>) => writeAll(file, pieces);
    if (gzip) await pipeline(encode(texts), createGzip(), write);
    else await write(encode(texts));
    await file.sync();
    // A file may have come into being meanwhile.
    await targetOf(path, overwrite);
    await rename(temporary, target);
    await syncFolder(dirname(target));
    await removeAbandoned(target);
  } catch (error) {
    // The first failure is the one to tell.
    await rm(temporary, { force: true }).catch(() => {});
    throw asWriteError(error, path);
  }
}

/** A hidden name beside `path` that nobody else uses. */
export function temporaryNameFor(path: string): string {
  return join(dirname(path), `${temporaryStart(path)}${randomBytes(6).toString("hex")}.tmp`);
}

/** Cut to 200 bytes at the most: systems allow 255 in a name, with what follows it. */
const temporaryStart = (path: string) => `.${[...basename(path)].slice(0, 50).join("")}.`;

/** Nobody writes a file for so long without touching it. */
const ABANDONED_MS = HOUR_MS;

/**
 * Removes what killed processes left beside `path` under such names. Called once `path` is written: what it held
 * before may be among them.
 */
export async function removeAbandoned(path: string): Promise<void> {
  const start = temporaryStart(path);
  try {
    for (const name of await readdir(dirname(path))) {
      if (!name.startsWith(start) || !/^[0-9a-f]{12}\.tmp$/.test(name.slice(start.length))) continue;
      const found = join(dirname(path), name);
      const { mtimeMs } = await lstat(found);
      if (Date.now() - mtimeMs > ABANDONED_MS) await rm(found, { recursive: true, force: true });
    }
  } catch {
    // What had to be written is written.
  }
}

/** Throws, before anything is done for it, what {@linkcode writeAtomically} would throw for a new file. */
export async function assertNewFile(path: string): Promise<void> {
  await targetOf(path, undefined);
  if (existsSync(dirname(path))) return;
  throw asWriteError(Object.assign(new Error("no folder"), { code: "ENOENT" }), path);
}

/**
 * The file to be made or replaced: where `path` is a symbolic link, the file that it names. Throws USAGE for one
 * that exists and is not to be overwritten, for a folder, device or pipe, which a rename would do away with, and
 * for a database, which is more than any export.
 */
async function targetOf(path: string, overwrite: boolean | undefined): Promise<string> {
  const target = realPathOf(path);
  if (!existsSync(path)) return target;
  const what = await whyKept(path);
  if (what) {
    throw new GraphError("USAGE", `"${path}" is not overwritten: it is ${what} (choose another name)`);
  }
  if (overwrite) return target;
  const advice = overwrite === undefined ? "move it away" : "replace it with --overwrite";
  throw new GraphError("USAGE", `"${path}" exists already (choose another name, or ${advice})`);
}

async function whyKept(path: string): Promise<string | undefined> {
  if (!(await stat(path)).isFile()) return "no regular file";
  try {
    const backend = backendOfFile(path);
    return backend && `a ${backend} database`;
  } catch (error) {
    throw asWriteError(error, path);
  }
}

/** An error of writing to `path`, with its code where there is one. */
export function asWriteError(error: unknown, path: string): unknown {
  if (error instanceof GraphError) return error;
  const options = { cause: error, end: "target" } as const;
  switch ((error as { code?: string }).code) {
    case "ENOENT":
    case "ENOTDIR":
      return new GraphError("NOT_FOUND", `Cannot write "${path}": its folder does not exist`, options);
    case "ENAMETOOLONG":
      return new GraphError("USAGE", `Cannot write "${path}": its name is too long`, options);
    case "EBUSY":
      return new GraphError(
        "USAGE",
        `Cannot replace "${path}": it is in use or a mount point (choose another name, or one in it)`,
        options,
      );
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new GraphError("PERMISSION_DENIED", `No permission to write "${path}"`, options);
    case "ENOSPC":
    case "EDQUOT":
      return new GraphError("DISK_FULL", `Cannot write "${path}": the disk is full`, options);
    default:
      return error;
  }
}

async function writeAll(file: FileHandle, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const piece of pieces) {
    for (let done = 0; done < piece.length;) done += (await file.write(piece, done)).bytesWritten;
  }
}

/** Text as UTF-8, in pieces of a size that is worth a system call. */
async function* encode(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  let piece = "";
  for await (const text of texts) {
    piece += text;
    if (piece.length < PIECE_LENGTH) continue;
    yield Buffer.from(piece);
    piece = "";
  }
  yield Buffer.from(piece);
}
