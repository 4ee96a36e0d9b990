/** The lock on a FalkorDBLite file: `<file>.writing/lock`, held by whoever writes, looked at by readers. */
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { GraphError } from "../../errors.ts";
import { ifMissing } from "./data_folder.ts";
import { writingFolderOf } from "./writing_folder.ts";

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

/**
 * Takes the lock for writing, and makes the folder that it is in. Throws STORE_LOCKED with the process that
 * holds it.
 */
export async function lockForWriting(file: string, privateFolder: string): Promise<FileLock> {
  const folder = writingFolderOf(file);
  const path = join(folder, "lock");
  while (true) {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    const handle = await Deno.open(path, { read: true, write: true, create: true, mode: 0o600 })
      .catch(ifMissing(undefined));
    if (!handle) continue;
    try {
      await acquire(handle, file, true);
      // Its owner may have removed it while we waited; then it locks nothing.
      if (!await isAt(handle, path)) {
        handle.close();
        continue;
      }
      const stale = await readOwner(handle);
      const owner: Owner = { pid: Deno.pid, since: new Date().toISOString(), privateFolder };
      await handle.truncate();
      await handle.seek(0, Deno.SeekMode.Start);
      await handle.write(new TextEncoder().encode(JSON.stringify(owner)));
      return { stalePrivateFolder: stale?.privateFolder, [Symbol.dispose]: () => handle.close() };
    } catch (error) {
      handle.close();
      throw error;
    }
  }
}

/**
 * Takes the lock for reading when something was left behind by a writer; undefined when there is nothing.
 * Changes nothing on the disk. Throws STORE_LOCKED while a writer has the file.
 */
export async function lockForReading(file: string): Promise<FileLock | undefined> {
  const handle = await Deno.open(join(writingFolderOf(file), "lock")).catch(ifMissing(undefined));
  if (!handle) return undefined;
  try {
    await acquire(handle, file, false);
    return { [Symbol.dispose]: () => handle.close() };
  } catch (error) {
    handle.close();
    throw error;
  }
}

async function acquire(handle: Deno.FsFile, file: string, exclusive: boolean): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!await handle.tryLock(exclusive)) {
    if (Date.now() < deadline) {
      await setTimeout(50);
      continue;
    }
    const owner = await readOwner(handle);
    const who = owner ? `process ${owner.pid} of memorygraph, since ${owner.since}` : "another memorygraph";
    throw new GraphError("STORE_LOCKED", `"${file}" is open in ${who} (wait for it to end, or end it)`, {
      details: owner && { pid: owner.pid, since: owner.since },
    });
  }
}

async function readOwner(handle: Deno.FsFile): Promise<Owner | undefined> {
  const bytes = new Uint8Array(4096);
  await handle.seek(0, Deno.SeekMode.Start);
  const length = await handle.read(bytes) ?? 0;
  try {
    return JSON.parse(new TextDecoder().decode(bytes.subarray(0, length)));
  } catch {
    return undefined;
  }
}

async function isAt(handle: Deno.FsFile, path: string): Promise<boolean> {
  const there = await Deno.stat(path).catch(ifMissing(undefined));
  const own = await handle.stat();
  return there?.ino === own.ino && there.dev === own.dev;
}
