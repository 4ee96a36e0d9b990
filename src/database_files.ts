/** Files that are databases, told from all others by how they begin. */
import { Buffer } from "node:buffer";

const BEGINNINGS: readonly [start: string, backend: string][] = [
  ["SQLite format 3\0", "sqlite"],
  ["REDIS", "falkordblite"],
];

/** The name of the backend whose file this is; undefined for any other file. Throws when it cannot be read. */
export function backendOfFile(path: string): string | undefined {
  const head = new Uint8Array(16);
  using file = Deno.openSync(path);
  file.readSync(head);
  const text = Buffer.from(head).toString("latin1");
  return BEGINNINGS.find(([start]) => text.startsWith(start))?.[1];
}
