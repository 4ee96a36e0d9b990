/**
 * The engine's data while a file is open: a copy of the file as the base of Redis's append-only journal, and
 * the journal itself, which is synced before each reply. The file is read once and replaced once, in one
 * rename, so no failure of an engine can damage it; and whatever was acknowledged is in the journal, so a
 * crash loses nothing. Saving after each batch instead would write the whole graph each time, and a journal
 * that stays beside the file would be invisible to Python's falkordblite.
 */
import { join } from "node:path";
import { syncFolder } from "../../sync_folder.ts";

/** The folder of the journal, in the folder of the data. */
export const JOURNAL_FOLDER = "journal";

/** Options that make redis-server keep its data in such a folder. A rewrite would fork, and is not needed. */
export const DATA_OPTIONS: readonly string[] = [
  ...["--save", "", "--appendonly", "yes", "--appendfsync", "always"],
  ...["--appenddirname", JOURNAL_FOLDER, "--appendfilename", "journal", "--auto-aof-rewrite-percentage", "0"],
];

const BASE = "journal.1.base.rdb";
const JOURNAL = "journal.1.incr.aof";

/**
 * Makes `folder` hold `file` and whatever its journal holds already. Without a file it starts empty. Safe to
 * repeat: the base is copied anew, the journal kept.
 */
export async function stage(folder: string, file?: string): Promise<void> {
  const inside = (name: string) => join(folder, JOURNAL_FOLDER, name);
  await Deno.mkdir(join(folder, JOURNAL_FOLDER), { recursive: true, mode: 0o700 });
  if (file) {
    await Deno.copyFile(file, inside(BASE));
    await Deno.chmod(inside(BASE), 0o600);
  }
  using _journal = await Deno.open(inside(JOURNAL), { create: true, append: true, mode: 0o600 });
  const manifest = `${file ? `file ${BASE} seq 1 type b\n` : ""}file ${JOURNAL} seq 1 type i\n`;
  await writeSynced(inside("journal.manifest"), manifest);
  await syncFolder(join(folder, JOURNAL_FOLDER));
}

/** Adds the journal of the folder `from` to a folder that is being staged. */
export async function copyJournal(from: string, to: string): Promise<void> {
  await Deno.mkdir(join(to, JOURNAL_FOLDER), { recursive: true, mode: 0o700 });
  await Deno.copyFile(join(from, JOURNAL_FOLDER, JOURNAL), join(to, JOURNAL_FOLDER, JOURNAL));
}

/** Whether the journal of the folder holds anything, which a mere reader never causes. */
export async function hasWrites(folder: string): Promise<boolean> {
  const journal = await Deno.stat(join(folder, JOURNAL_FOLDER, JOURNAL)).catch(ifMissing(undefined));
  return journal !== undefined && journal.size > 0;
}

/**
 * What tells one content of an RDB file from another: its size, its head with the time it was saved, and the
 * checksum at its end. Survives copying. Undefined when there is no such file.
 */
export async function fingerprint(path: string): Promise<string | undefined> {
  const opened = await Deno.open(path).catch(ifMissing(undefined));
  if (!opened) return undefined;
  using file = opened;
  const { size } = await file.stat();
  const ends = new Uint8Array(136);
  await file.read(ends.subarray(0, 128));
  await file.seek(Math.max(0, size - 8), Deno.SeekMode.Start);
  await file.read(ends.subarray(128));
  return `${size}:${ends.toHex()}`;
}

/** Writes a text file that is whole on the disk, or as it was, whatever happens meanwhile. */
export async function writeSynced(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  await Deno.writeTextFile(temporary, text, { mode: 0o600 });
  await syncFile(temporary);
  await Deno.rename(temporary, path);
}

/** Brings a file's content to the disk. */
async function syncFile(path: string): Promise<void> {
  using file = await Deno.open(path, { write: true });
  await file.sync();
}

/** A handler for `catch` that gives `value` when something does not exist. */
export function ifMissing<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return value;
    throw error;
  };
}
