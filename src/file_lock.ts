/** Locks between processes of one machine that a killed process does not leave behind. */
import { closeSync, openSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

/**
 * How long an exclusive lock waits for shared ones: longer than it takes to look whether a file is locked, and
 * shorter than any migration, so that the second of two at a time is refused.
 */
const LOOK_MS = 20;

/**
 * Tries to lock a file: undefined when another process holds it. An exclusive lock waits for processes that only
 * look, and makes the file (mode 0600) where it is missing; a shared one changes nothing, and throws ENOENT where
 * there is no file. The file stays empty.
 *
 * It is SQLite's own lock on an empty database, since that works on every platform, and Deno's `tryLock` is
 * not in every runtime that the executable is built with. The file may have been removed by its last holder
 * between opening and locking; then the one that lies there now is tried.
 */
export function tryLockFile(path: string, { exclusive }: { exclusive: boolean }): Disposable | undefined {
  while (true) {
    if (exclusive) createMissing(path);
    const opened = statSync(path);
    const database = new DatabaseSync(path, { readOnly: !exclusive });
    try {
      // As the option `timeout`, Deno takes 0 for its default of 5 seconds.
      database.exec(`PRAGMA busy_timeout = ${exclusive ? LOOK_MS : 0}`);
      if (exclusive) database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
      else database.exec("BEGIN; SELECT count(*) FROM sqlite_schema");
    } catch (error) {
      database.close();
      if (/locked|busy/i.test(String(error))) return undefined;
      throw error;
    }
    const there = statSync(path, { throwIfNoEntry: false });
    if (there?.ino === opened.ino && there.dev === opened.dev) {
      return { [Symbol.dispose]: () => database.close() };
    }
    database.close();
  }
}

function createMissing(path: string): void {
  try {
    closeSync(openSync(path, "ax", 0o600));
  } catch (error) {
    // Not opened just to see: closing any descriptor of a file drops all locks of this process on it.
    if ((error as { code?: string }).code !== "EEXIST") throw error;
  }
}
