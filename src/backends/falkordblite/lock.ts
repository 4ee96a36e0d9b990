/** The lock on a FalkorDBLite file: `<file>.writing/lock`, held by whoever writes, looked at by readers. */
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { GraphError } from "../../errors.ts";
import { tryLockFile } from "../../file_lock.ts";
import { ownerFileOf, writingFolderOf } from "./writing_folder.ts";

/** Who holds a lock. */
interface Owner {
  readonly pid: number;
  readonly since: string;
  /** The private folder of the owner's engine. */
  readonly privateFolder: string;
}

/** A lock that is held. The system drops it with its process, so that a crash blocks nobody. */
export interface FileLock extends Disposable {
  /** The private folder of an engine that a crashed owner may have left. */
  readonly stalePrivateFolder?: string;
}

/** Readers hold the lock for as long as they copy; a writer waits that out. */
const PATIENCE_MS = 2000;
const POLL_MS = 50;

/**
 * Takes the lock for writing, and makes the folder that it is in. Throws STORE_LOCKED with the process that
 * holds it.
 */
export async function lockForWriting(file: string, privateFolder: string): Promise<FileLock> {
  const folder = writingFolderOf(file);
  const lock = await acquire(file, () => {
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
    return tryLockFile(join(folder, "lock"), { exclusive: true });
  });
  try {
    const stale = await readOwner(file);
    const owner: Owner = { pid: Deno.pid, since: new Date().toISOString(), privateFolder };
    await Deno.writeTextFile(ownerFileOf(file), JSON.stringify(owner), { mode: 0o600 });
    return { stalePrivateFolder: stale?.privateFolder, [Symbol.dispose]: () => lock[Symbol.dispose]() };
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

/**
 * Takes the lock for reading when something was left behind by a writer; undefined when there is nothing.
 * Changes nothing on the disk. Throws STORE_LOCKED while a writer has the file.
 */
export async function lockForReading(file: string): Promise<FileLock | undefined> {
  const path = join(writingFolderOf(file), "lock");
  try {
    return await acquire(file, () => tryLockFile(path, { exclusive: false }));
  } catch (error) {
    // The writer has just removed it, or there never was one.
    if ((error as { code?: string }).code === "ENOENT") return undefined;
    throw error;
  }
}

async function acquire(file: string, tryLock: () => Disposable | undefined): Promise<Disposable> {
  const deadline = Date.now() + PATIENCE_MS;
  while (true) {
    const lock = tryLock();
    if (lock) return lock;
    if (Date.now() < deadline) {
      await setTimeout(POLL_MS);
      continue;
    }
    const owner = await readOwner(file);
    const who = owner ? `process ${owner.pid} of memorygraph, since ${owner.since}` : "another memorygraph";
    throw new GraphError("STORE_LOCKED", `"${file}" is open in ${who} (wait for it to end, or end it)`, {
      details: owner && { pid: owner.pid, since: owner.since },
    });
  }
}

async function readOwner(file: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await Deno.readTextFile(ownerFileOf(file)));
  } catch {
    return undefined;
  }
}
