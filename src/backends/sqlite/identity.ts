import { statSync } from "node:fs";
import { realPathOf } from "../../paths.ts";

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
