import { open } from "node:fs/promises";

/**
 * Brings a folder's list of names to the disk, which makes a rename in it durable. Where that cannot be asked for, as
 * on Windows and some network file systems, renames are as durable as they get.
 */
export async function syncFolder(path: string): Promise<void> {
  try {
    await using folder = await open(path, "r");
    await folder.sync();
  } catch {
    // The rename has happened; only its durability cannot be forced here.
  }
}
