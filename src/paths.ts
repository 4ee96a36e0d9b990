/** Where a path leads. */
import { readlinkSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/** As many links after one another as Linux follows. */
const MAX_LINKS = 40;

/**
 * The path without links of a file that is there, or of one that is still to be made: its folders and what a link
 * leads to may be missing. It is absolute.
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
