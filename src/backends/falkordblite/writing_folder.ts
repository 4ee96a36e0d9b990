/** `<file>.writing`: what is not yet in the file, while it is open to be written and after a crash. */
import { basename, dirname, join } from "node:path";
import { GraphError } from "../../errors.ts";
import { syncFolder } from "../../sync_folder.ts";
import { fingerprint, hasWrites, ifMissing, JOURNAL_FOLDER, writeSynced } from "./data_folder.ts";

/** The folder that exists while a file is written, and after a crash until it is opened again. */
export function writingFolderOf(file: string): string {
  return `${file}.writing`;
}

/** What a crash is judged by, kept in the writing folder: fingerprints of contents of the file. */
interface Origin {
  /** When it was opened; null when there was no file. */
  readonly base: string | null;
  /** What was about to replace it. */
  readonly replacement?: string;
}

const originOf = (file: string) => join(writingFolderOf(file), "origin.json");

/**
 * Whether a crashed writer's journal holds what the file does not. Throws STORE_FAILED when it does and the
 * file was changed since by another program: neither may then be dropped without being asked.
 */
export async function hasUnsavedWrites(file: string): Promise<boolean> {
  if (!await hasWrites(writingFolderOf(file))) return false;
  const origin = await readOrigin(file);
  const current = await fingerprint(file) ?? null;
  if (current !== null && current === origin?.replacement) return false;
  if (origin && current === origin.base) return true;
  throw new GraphError(
    "STORE_FAILED",
    `"${file}" was changed by another program while memorygraph had not saved to it yet ` +
      `(to keep the file as it is, delete "${
        writingFolderOf(file)
      }"; to keep what memorygraph wrote, put the ` +
      `earlier file back)`,
  );
}

/** Notes the file's content before the first write. */
export async function noteOrigin(file: string): Promise<void> {
  const origin: Origin = { base: await fingerprint(file) ?? null };
  await writeSynced(originOf(file), JSON.stringify(origin));
}

/**
 * Puts `dump.rdb` of the writing folder in the file's place, in one step. Throws STORE_FAILED when the file
 * is not what it was when it was opened; nothing is replaced then.
 */
export async function replaceFile(file: string): Promise<void> {
  const dump = join(writingFolderOf(file), "dump.rdb");
  const base = (await readOrigin(file))?.base;
  if ((await fingerprint(file) ?? null) !== base) {
    throw new GraphError("STORE_FAILED", `"${file}" was changed by another program while it was open here`);
  }
  await keepOwner(file, dump);
  await writeSynced(originOf(file), JSON.stringify({ base, replacement: await fingerprint(dump) }));
  await Deno.rename(dump, file);
  await syncFolder(dirname(file));
}

/** A file that root migrates stays its user's, and a file of a group its group's, as far as may be. */
async function keepOwner(file: string, dump: string): Promise<void> {
  const old = await Deno.stat(file).catch(ifMissing(undefined));
  const own = await Deno.stat(dump);
  const chown = (uid: number | null, gid: number | null) =>
    Deno.chown(dump, uid, gid).then(() => true, (error) => {
      if (error instanceof Deno.errors.PermissionDenied) return false;
      throw error;
    });
  let isKept = true;
  if (typeof old?.uid === "number" && (old.uid !== own.uid || old.gid !== own.gid)) {
    isKept = await chown(old.uid, old.gid) || await chown(null, old.gid);
  }
  // After the owner, whose change takes some of a mode away. What another group might read stays private.
  await Deno.chmod(dump, isKept && typeof old?.mode === "number" ? old.mode & 0o777 : 0o600);
}

async function readOrigin(file: string): Promise<Origin | undefined> {
  const text = await Deno.readTextFile(originOf(file)).catch(ifMissing(undefined));
  return text === undefined ? undefined : JSON.parse(text);
}

/** The file that tells who has the lock, beside it. */
export function ownerFileOf(file: string): string {
  return join(writingFolderOf(file), "owner.json");
}

const LOCK_FILES = new Set(["lock", "owner.json"]);

/**
 * Removes everything but the lock and its owner's name: the journal first, and last what it is judged by, so that a
 * crash in between leaves nothing that looks unsaved.
 */
export async function clearWritingFolder(file: string): Promise<void> {
  const folder = writingFolderOf(file);
  const [first, last] = [JOURNAL_FOLDER, basename(originOf(file))];
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
  const others = names.filter((name) => ![first, last].includes(name) && !LOCK_FILES.has(name));
  for (const name of [first, ...others, last]) {
    await Deno.remove(join(folder, name), { recursive: true }).catch(ifMissing(undefined));
  }
}

/** Removes the folder; the lock last, so that nobody finds it half removed. The lock must be held. */
export async function removeWritingFolder(file: string): Promise<void> {
  const folder = writingFolderOf(file);
  await clearWritingFolder(file);
  for (const name of ["owner.json", "lock"]) await Deno.remove(join(folder, name));
  // Whoever waits for the lock at this moment may have put a new one there.
  await Deno.remove(folder).catch(() => {});
}
