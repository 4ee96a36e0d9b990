/** What the tests of this folder share. */
import { dirname, join } from "node:path";
import { registerUnavailable } from "../../../tests/support/harnesses.ts";
import type { GraphStore, OpenMode } from "../../store/store.ts";
import { ENGINE_SETTINGS, falkordbliteHarness } from "./harness.ts";
import { falkordblite } from "./mod.ts";

/** A file that upstream's Python wrote: 1,000 memories, 2,000 relationships. */
export const FIXTURE =
  new URL("../../../tests/fixtures/upstream/python/falkordblite_1k.rdb", import.meta.url).pathname;

/** Registers a test that needs an engine, and is given a path in a folder of its own. */
export function testWithFile(name: string, run: (path: string) => Promise<void>): void {
  if (falkordbliteHarness.unavailable !== undefined) {
    registerUnavailable(name, falkordbliteHarness.unavailable);
    return;
  }
  Deno.test(name, async () => {
    const folder = await Deno.makeTempDir({ prefix: "memorygraph-test-falkordblite-" });
    try {
      await run(join(folder, "memory.db"));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

/** Opens a file with the engine of the tests. */
export async function open(
  path: string,
  mode: OpenMode,
  settings: Record<string, string> = {},
): Promise<GraphStore> {
  return await falkordblite.open({ path, ...ENGINE_SETTINGS, ...settings }, { mode });
}

/** Names in the file's folder, sorted. */
export function listing(path: string): string[] {
  return [...Deno.readDirSync(dirname(path))].map(({ name }) => name).sort();
}

/** What must not change of a source: bytes, times and neighbours. */
export async function stateOf(path: string) {
  const { mtime, ino, mode } = await Deno.stat(path);
  return { bytes: (await Deno.readFile(path)).toHex(), mtime, ino, mode, listing: listing(path) };
}
