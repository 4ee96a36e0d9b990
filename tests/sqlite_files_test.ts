/** What is at a SQLite path and is no memory graph of ours is told apart, and stays as it is. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { sqlite } from "../src/backends/sqlite/mod.ts";
import type { ErrorCode } from "../src/errors.ts";
import { failsWith } from "./conformance/suite.ts";
import { inTemporaryFolder } from "./support/files.ts";

const FIXTURES = new URL("fixtures/upstream/python/", import.meta.url).pathname;

const CASES: [title: string, make: (path: string) => void, ErrorCode, RegExp][] = [
  [
    "a text",
    (path) => Deno.writeTextFileSync(path, "text ".repeat(1000)),
    "UNKNOWN_LAYOUT",
    /is not a SQLite/,
  ],
  [
    "a file of FalkorDBLite",
    (path) => Deno.copyFileSync(`${FIXTURES}falkordblite_1k.rdb`, path),
    "UNKNOWN_LAYOUT",
    /is not a SQLite database/,
  ],
  [
    "a database with other tables",
    (path) => {
      using database = new DatabaseSync(path);
      database.exec("CREATE TABLE songs (id); CREATE TABLE artists (id)");
    },
    "UNKNOWN_LAYOUT",
    /has the tables artists, songs/,
  ],
  [
    "a database with its middle overwritten",
    (path) => {
      const bytes = Deno.readFileSync(`${FIXTURES}up_250.db`);
      Deno.writeFileSync(path, bytes.fill(0xaa, 100, 40_000));
    },
    "UNKNOWN_LAYOUT",
    /is a damaged SQLite database/,
  ],
  ["a folder", (path) => Deno.mkdirSync(path), "UNKNOWN_LAYOUT", /is not a file/],
  ["nothing", () => {}, "NOT_FOUND", /There is no SQLite database/],
];

for (const [title, make, code, message] of CASES) {
  Deno.test(`sqlite: ${title} is ${code}, and is not changed`, async () => {
    await inTemporaryFolder(async (folder) => {
      const path = `${folder}/memory.db`;
      make(path);
      const before = contentOf(folder);
      for (const mode of ["read", "write"] as const) {
        const error = await failsWith(code, () => sqlite.open({ path }, { mode }));
        assert.match(error.message, message);
      }
      assert.deepEqual(contentOf(folder), before);
    });
  });
}

function contentOf(folder: string) {
  return [...Deno.readDirSync(folder)].map(({ name, isFile }) => {
    return [name, isFile ? Deno.readFileSync(`${folder}/${name}`).toHex() : "folder"];
  });
}
