/** One run at a time into one target, on one machine: a lock that the system drops when its process dies. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GraphError } from "../errors.ts";
import { tryLockFile } from "../file_lock.ts";
import { inState, makeStateFolder } from "../state.ts";

/** Who holds a lock. */
export interface LockHolder {
  readonly migration: string;
  readonly pid: number;
  /** ISO 8601. */
  readonly since: string;
}

/** A lock that is held. */
export interface Lock extends Disposable {
  /** The migration of a process that was killed while it held the lock. */
  readonly abandoned: string | undefined;
}

/**
 * Takes the lock of a target, or throws RUN_LOCKED naming the holder. Makes the folder. Disposing of the lock
 * removes its files.
 */
export function acquireLock(folder: string, identity: string, migration: string): Lock {
  makeStateFolder(folder);
  const { lock: path, holder: holderPath } = pathsOf(folder, identity);
  const lock = inState(path, () => tryLockFile(path, { exclusive: true }));
  if (!lock) throw lockedError(identity, holderPath);
  // A holder that ends in order removes its name before its lock.
  const abandoned = readHolder(holderPath)?.migration;
  const holder: LockHolder = { migration, pid: Deno.pid, since: new Date().toISOString() };
  writeFileSync(holderPath, JSON.stringify(holder), { mode: 0o600 });
  return {
    abandoned,
    [Symbol.dispose]() {
      // Removed while the lock is still held; tryLockFile sees to those who have the file open.
      rmSync(holderPath, { force: true });
      try {
        rmSync(path, { force: true });
      } catch {
        // Windows does not remove an open file. An unlocked one does no harm.
      }
      lock[Symbol.dispose]();
    },
  };
}

/** Whether a process holds the lock of a target; with an id, whether it is that migration's. Makes no file. */
export function isLocked(folder: string, identity: string, migration?: string): boolean {
  const { lock: path, holder } = pathsOf(folder, identity);
  if (!existsSync(path)) return false;
  using free = tryLockFile(path, { exclusive: false });
  if (free) return false;
  return migration === undefined || readHolder(holder)?.migration === migration;
}

/** Throws RUN_LOCKED as {@linkcode acquireLock} does, without taking the lock. Makes no file. */
export function assertUnlocked(folder: string, identity: string): void {
  if (isLocked(folder, identity)) throw lockedError(identity, pathsOf(folder, identity).holder);
}

/** The files of a target's lock: the one that is locked, and the one that names the holder. */
function pathsOf(folder: string, identity: string): { lock: string; holder: string } {
  const name = createHash("sha256").update(identity).digest("hex").slice(0, 32);
  return { lock: join(folder, `${name}.lock`), holder: join(folder, `${name}.json`) };
}

function lockedError(identity: string, holderPath: string): GraphError {
  const holder = readHolder(holderPath);
  const who = holder
    ? `migration ${holder.migration} (process ${holder.pid}) since ${holder.since}`
    : "another run";
  return new GraphError("RUN_LOCKED", `The target is locked by ${who} (wait until it ends, then repeat)`, {
    details: { target: identity, holder },
  });
}

function readHolder(path: string): LockHolder | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    // The holder is about to write it, or to remove it.
    return undefined;
  }
}
