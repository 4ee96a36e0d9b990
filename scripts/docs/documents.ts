import { join } from "node:path";
import { fillMarkers } from "./markers.ts";
import { TABLES } from "./tables.ts";

/** The documents below `root` that may hold generated tables. */
export async function findDocuments(root: string): Promise<string[]> {
  const found: string[] = [];
  for (const folder of [".", "docs"]) {
    try {
      for await (const { name, isFile } of Deno.readDir(join(root, folder))) {
        if (isFile && name.endsWith(".md")) found.push(join(root, folder, name));
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return found.sort();
}

/** The documents whose tables differ from the code; unless `check` is set, they are brought up to date. */
export async function updateDocuments(root: string, { check }: { check: boolean }): Promise<string[]> {
  const stale: string[] = [];
  for (const path of await findDocuments(root)) {
    const text = await Deno.readTextFile(path);
    const filled = fillMarkers(text, TABLES);
    if (filled === text) continue;
    stale.push(path);
    if (!check) await Deno.writeTextFile(path, filled);
  }
  return stale;
}
