/** One run at a time into one target, on one machine: a lock that the system drops when its process dies. */
import { createHash } from "node:crypto";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { GraphError } from "../errors.ts";

/** Who holds a lock. */
export interface LockHolder {
  readonly migration: string;
  readonly pid: number;
  /** ISO 8601. */
  readonly since: string;
}

/**
 * Takes the lock of a target, or throws RUN_LOCKED naming the holder. The folder must exist. Disposing of
 * the lock removes its files.
 */
export function acquireLock(folder: string, identity: string, migration: string): Disposable {
  const name = createHash("sha256").update(identity).digest("hex").slice(0, 32);
  const path = join(folder, `${name}.lock`);
  const holderPath = join(folder, `${name}.json`);
  const database = lockFile(path, () => {
    throw lockedError(identity, holderPath);
  });
  const holder: LockHolder = { migration, pid: Deno.pid, since: new Date().toISOString() };
  writeFileSync(holderPath, JSON.stringify(holder), { mode: 0o600 });
  return {
    [Symbol.dispose]() {
      // Removed while the lock is still held; see lockFile for who may have opened the file meanwhile.
      rmSync(holderPath, { force: true });
      try {
        rmSync(path, { force: true });
      } catch {
        // Windows does not remove an open file. An unlocked one does no harm.
      }
      database.close();
    },
  };
}

/**
 * SQLite's own file lock, since it works on every platform and does not outlive a killed process. A file
 * that was removed by its last holder between our opening and our locking it is not the lock any more.
 */
function lockFile(path: string, onLocked: () => never): DatabaseSync {
  while (true) {
    const database = new DatabaseSync(path, { timeout: 0 });
    try {
      database.exec("PRAGMA journal_mode = MEMORY");
      const opened = inodeOf(path);
      database.exec("BEGIN IMMEDIATE");
      if (opened !== undefined && opened === inodeOf(path)) return database;
    } catch (error) {
      database.close();
      if (/locked|busy/i.test(String(error))) onLocked();
      throw error;
    }
    database.close();
  }
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

function lockedError(identity: string, holderPath: string): GraphError {
  let holder: LockHolder | undefined;
  try {
    holder = JSON.parse(readFileSync(holderPath, "utf8"));
  } catch {
    // The holder is about to write it, or to remove it.
  }
  const who = holder
    ? `migration ${holder.migration} (process ${holder.pid}) since ${holder.since}`
    : "another run";
  return new GraphError("RUN_LOCKED", `The target is locked by ${who} (wait until it ends, then repeat)`, {
    details: { target: identity, holder },
  });
}
