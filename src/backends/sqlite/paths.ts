/** Where a path leads: SQLite keeps a database's log beside the real file, wherever links to it are. */
import { readlinkSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/** As many links after one another as Linux follows. */
const MAX_LINKS = 40;

/**
 * The path without links of a file that is there, or of one that is still to be made: its folders and what a link
 * leads to may be missing. It is absolute, so that SQLite takes no name for a URI or for a database in memory.
 */
export function realPathOf(path: string, linksLeft = MAX_LINKS): string {
  try {
    return realpathSync(path);
  } catch {
    const folder = dirname(path);
    if (folder === path || linksLeft === 0) return resolve(path);
    const place = join(realPathOf(folder, linksLeft), basename(path));
    const aim = linkAt(place);
    return aim === undefined ? place : realPathOf(resolve(dirname(place), aim), linksLeft - 1);
  }
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** What a file is to SQLite: equal for two paths that lead to one file, through links of either kind. */
export function identityOf(path: string): string {
  const real = realPathOf(path);
  try {
    const { nlink, dev, ino } = statSync(real);
    if (nlink > 1) return `sqlite:inode:${dev}:${ino}`;
  } catch {
    // Not there yet, or not for us to see: it has no other name that matters.
  }
  return `sqlite:${real}`;
}
