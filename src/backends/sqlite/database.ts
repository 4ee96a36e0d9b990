/** SQLite files: opening one without changing it, opening one to write, and what SQLite's errors mean. */
import { accessSync, constants, copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { backendOfFile } from "../../database_files.ts";
import { GraphError } from "../../errors.ts";
import { realPathOf } from "../../paths.ts";
import { LOCK_TIMEOUT_MS } from "./lock_wait.ts";

/** An open SQLite file. */
export interface SqliteFile {
  readonly database: DatabaseSync;
  /** Throws SOURCE_CHANGED when the file was changed under a reader that takes no locks. */
  assertUnchanged(): void;
  close(): void;
}

/**
 * Opens a file so that neither its bytes nor its folder change. A file in WAL mode would get `-wal` and
 * `-shm` files from a mere reader, so one that nobody has open is read as immutable and watched for change
 * instead. One whose `-wal` was left behind, or a `-journal` that has to be rolled back, is read from a private copy.
 */
export function openForReading(path: string): SqliteFile {
  assertFile(path);
  try {
    return openUnchanged({ given: path, real: realPathOf(path) });
  } catch (error) {
    throw sqliteError(error, path);
  }
}

function openUnchanged(file: Place): SqliteFile {
  if (existsSync(`${file.real}-wal`)) {
    return existsSync(`${file.real}-shm`) ? openShared(file) : openCopy(file, "-wal");
  }
  if (isWalMode(file.real)) return openImmutable(file);
  try {
    return openShared(file);
  } catch (error) {
    // What SQLite says when it would have to roll back first; a journal in use leaves the file readable, or locked.
    const isHot = (error as GraphError).code === "PERMISSION_DENIED" && existsSync(`${file.real}-journal`);
    if (isHot) return openCopy(file, "-journal");
    throw error;
  }
}

/** A file by the path that people know it by, and by the one without links, beside which SQLite keeps its others. */
interface Place {
  readonly given: string;
  readonly real: string;
}

function openShared(file: Place): SqliteFile {
  const database = openDatabase(file, file.real, { readOnly: true });
  return { database, assertUnchanged() {}, close: () => database.close() };
}

function openImmutable(file: Place): SqliteFile {
  const url = pathToFileURL(file.real);
  url.searchParams.set("immutable", "1");
  const assertUnchanged = watch(file);
  const database = openDatabase(file, url, { readOnly: true });
  return { database, assertUnchanged, close: () => database.close() };
}

/** What throws SOURCE_CHANGED when a file is no longer as it was at this call. */
function watch({ given, real }: Place): () => void {
  const before = fingerprint(real);
  return () => {
    if (fingerprint(real) === before) return;
    throw new GraphError(
      "SOURCE_CHANGED",
      `"${given}" changed while it was read (stop what writes to it, then repeat)`,
    );
  };
}

function fingerprint(path: string): string {
  return ["", "-wal", "-journal"].map((suffix) => {
    const stats = statSync(path + suffix, { throwIfNoEntry: false });
    return stats && [stats.size, stats.mtimeMs, stats.ino];
  }).join(";");
}

function openCopy(file: Place, suffix: "-wal" | "-journal"): SqliteFile {
  const folder = mkdtempSync(join(tmpdir(), "memorygraph-read-"));
  const copy = join(folder, "copy.db");
  try {
    const assertUnchanged = watch(file);
    copyFileSync(file.real, copy);
    copyFileSync(file.real + suffix, copy + suffix);
    assertUnchanged();
    const database = openDatabase(file, copy, {});
    const close = () => {
      database.close();
      rmSync(folder, { recursive: true, force: true });
    };
    return { database, assertUnchanged() {}, close };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Byte 18 of the file header is the write version: 2 means WAL (https://www.sqlite.org/fileformat.html). */
function isWalMode(path: string): boolean {
  const header = new Uint8Array(20);
  using file = Deno.openSync(path);
  return file.readSync(header) === header.length && header[18] === 2;
}

/**
 * Opens a file for writing in WAL mode. `create` also makes it, 0600, in a folder that is made 0700.
 * Foreign keys stay unchecked: a relationship may be invalidated by one that arrives in a later batch, so
 * the store checks ends itself.
 */
export function openForWriting(path: string, create: boolean): SqliteFile {
  const file: Place = { given: path, real: realPathOf(path) };
  if (create && !existsSync(file.real)) createFile(file);
  assertFile(path);
  const database = openDatabase(file, file.real, { enableForeignKeyConstraints: false });
  return {
    database,
    assertUnchanged() {},
    close() {
      database.close();
    },
  };
}

function createFile({ given, real }: Place): void {
  try {
    Deno.mkdirSync(dirname(real), { recursive: true, mode: 0o700 });
    Deno.openSync(real, { write: true, createNew: true, mode: 0o600 }).close();
  } catch (error) {
    throw new GraphError("PERMISSION_DENIED", `Cannot create "${given}": ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

function assertFile(path: string): void {
  let isFile: boolean;
  try {
    isFile = statSync(path).isFile();
  } catch (error) {
    const code = (error as { code?: string }).code;
    if (code === "ENOENT" || code === "ENOTDIR") {
      throw new GraphError("NOT_FOUND", `There is no SQLite database at "${path}" (check the path)`, {
        cause: error,
      });
    }
    throw new GraphError("PERMISSION_DENIED", `Cannot read "${path}": ${reasonOf(error)}`, { cause: error });
  }
  if (!isFile) {
    throw new GraphError("UNKNOWN_LAYOUT", `"${path}" is not a file (give the path of a SQLite database)`);
  }
}

/**
 * Throws PERMISSION_DENIED when the file cannot be written, or its folder, in which its log is made, or the one that
 * this would be made in.
 */
export function assertWritable(path: string): void {
  const real = realPathOf(path);
  let folder = dirname(real);
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  if (!statSync(folder).isDirectory()) {
    throw new GraphError("PERMISSION_DENIED", `Cannot create "${path}": "${folder}" is not a folder`);
  }
  for (const place of existsSync(real) ? [real, folder] : [folder]) {
    try {
      accessSync(place, constants.W_OK);
    } catch (error) {
      throw new GraphError("PERMISSION_DENIED", `Cannot write "${place}": ${reasonOf(error)}`, {
        cause: error,
      });
    }
  }
}

/** Removes a database's files; a link to it stays. */
export function removeDatabase(path: string): void {
  const real = realPathOf(path);
  for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(real + suffix, { force: true });
}

function openDatabase(
  file: Place,
  location: string | URL,
  options: ConstructorParameters<typeof DatabaseSync>[1],
) {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(location, { timeout: LOCK_TIMEOUT_MS, ...options });
    // The constructor reads nothing; this finds a file that is no database, or is locked, right away.
    database.prepare("SELECT count(*) FROM sqlite_master").get();
    // SQLite's 2 MB do for a migration's source, which is read in its order, but a writer's lookups by id would
    // miss nearly every time. A negative number counts KiB.
    if (!options?.readOnly) database.exec("PRAGMA cache_size = -16000");
    return database;
  } catch (error) {
    database?.close();
    throw sqliteError(error, file.given);
  }
}

const MEANINGS: readonly [
  pattern: RegExp,
  code: ConstructorParameters<typeof GraphError>[0],
  advice: string,
][] = [
  [
    /locked|busy/i,
    "STORE_LOCKED",
    "is locked by another process (close the program that uses it, then repeat)",
  ],
  [/not a database/i, "UNKNOWN_LAYOUT", "is not a SQLite database"],
  [
    /image is malformed|malformed database schema/i,
    "UNKNOWN_LAYOUT",
    "is a damaged SQLite database (run `PRAGMA integrity_check` on a copy)",
  ],
  [/disk is full/i, "DISK_FULL", "cannot grow: the disk is full (free some space, then repeat)"],
  [/readonly|read-only/i, "PERMISSION_DENIED", "cannot be written (check its and its folder's permissions)"],
  [
    /unable to open|authorization|permission/i,
    "PERMISSION_DENIED",
    "cannot be opened (check its permissions)",
  ],
];

/** A node:sqlite error as a GraphError. `exec` sets no errcode, so the message decides. */
export function sqliteError(error: unknown, path: string): GraphError {
  if (error instanceof GraphError) return error;
  const reason = reasonOf(error);
  for (const [pattern, code, advice] of MEANINGS) {
    if (!pattern.test(reason)) continue;
    const message = `"${path}" ${advice}${code === "UNKNOWN_LAYOUT" ? whatElse(path) : ""}`;
    return new GraphError(code, message, { cause: error });
  }
  return new GraphError("STORE_FAILED", `SQLite failed on "${path}": ${reason}`, { cause: error });
}

/** What a file is that is no SQLite database, as far as that can be told. */
function whatElse(path: string): string {
  try {
    const backend = backendOfFile(path);
    return backend === undefined || backend === "sqlite" ? "" : ` (use the backend ${backend})`;
  } catch {
    return "";
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
