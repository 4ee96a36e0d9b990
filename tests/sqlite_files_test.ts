/** What is at a SQLite path and is no memory graph of ours is told apart, and stays as it is. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { sqlite } from "../src/backends/sqlite/mod.ts";
import { CREATE_TABLES } from "../src/backends/sqlite/schema.ts";
import type { ErrorCode } from "../src/errors.ts";
import { failsWith } from "./conformance/suite.ts";
import { memory } from "./fixtures/graph.ts";
import { inTemporaryFolder } from "./support/files.ts";
import { readGraph, writeGraph } from "./support/graph.ts";

// Links, permissions and such names are another matter there.
const IS_WINDOWS = Deno.build.os === "windows";

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
    /is not a SQLite database \(use the backend falkordblite\)/,
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

/** A database in WAL mode with one memory in the file and another in its log. */
function openLive(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; ${CREATE_TABLES}`);
  const insert = database.prepare("INSERT INTO nodes (id, label, properties) VALUES (?, 'Memory', '{}')");
  insert.run("in the file");
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  insert.run("in the log");
  return database;
}

async function idsIn(path: string): Promise<string[]> {
  await using store = await sqlite.open({ path }, { mode: "read" });
  return (await readGraph(store)).memories.map(({ id }) => id);
}

Deno.test(
  "sqlite: what is in the log is read through a link too, while others have it open and when left behind (not on windows)",
  { ignore: IS_WINDOWS },
  async () => {
    await inTemporaryFolder(async (folder) => {
      await Deno.mkdir(`${folder}/left`);
      await Deno.symlink("memory.db", `${folder}/link.db`);
      await Deno.symlink("left/memory.db", `${folder}/link to left.db`);
      {
        using _live = openLive(`${folder}/memory.db`);
        assert.deepEqual(await idsIn(`${folder}/link.db`), ["in the file", "in the log"]);
        for (const name of ["memory.db", "memory.db-wal"]) {
          await Deno.copyFile(`${folder}/${name}`, `${folder}/left/${name}`);
        }
      }
      const before = contentOf(`${folder}/left`);
      assert.deepEqual(await idsIn(`${folder}/link to left.db`), ["in the file", "in the log"]);
      assert.deepEqual(contentOf(`${folder}/left`), before);
    });
  },
);

Deno.test("sqlite: a database is made where a link leads, and removed from there (not on windows)", {
  ignore: IS_WINDOWS,
}, async () => {
  await inTemporaryFolder(async (folder) => {
    const path = `${folder}/link.db`;
    await Deno.symlink("sub/memory.db", path);
    await (await sqlite.open({ path }, { mode: "create" }))[Symbol.asyncDispose]();
    assert.deepEqual(contentOf(`${folder}/sub`).map(([name]) => name), ["memory.db"]);
    await sqlite.discard({ path });
    assert.deepEqual(contentOf(`${folder}/sub`), []);
    assert((await Deno.lstat(path)).isSymlink);
  });
});

Deno.test("sqlite: a path is a file's, whatever SQLite would take it for (not on windows)", {
  ignore: IS_WINDOWS,
}, async () => {
  await inTemporaryFolder(async (folder) => {
    const back = Deno.cwd();
    Deno.chdir(folder);
    try {
      for (const path of [":memory:", "file:memory.db", "file:a.db?mode=memory"]) {
        await using store = await sqlite.open({ path }, { mode: "create" });
        await store.ensureSchema();
        await writeGraph(store, { memories: [memory("one")], relationships: [] });
        assert((await Deno.stat(`${folder}/${path}`)).isFile);
        assert.deepEqual(await idsIn(path), ["one"]);
      }
    } finally {
      Deno.chdir(back);
    }
  });
});

Deno.test("sqlite: the layout that is only read is refused as a target before anything is written", async () => {
  await inTemporaryFolder(async (folder) => {
    const path = `${folder}/memory.db`;
    await Deno.copyFile(`${FIXTURES}../ts/up13_1k.db`, path);
    const error = await failsWith("NOT_SUPPORTED", () => sqlite.checkWritable({ path }));
    assert.equal(error.exitCode, 2);
    await Deno.writeTextFile(path, "");
    await sqlite.checkWritable({ path });
  });
});

/** A database from before temporal columns with a relationship for each of these properties. */
function makePreTemporal(path: string, properties: readonly string[]): void {
  Deno.copyFileSync(`${FIXTURES}legacy_pre_bitemporal_schema.db`, path);
  using database = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  database.exec("DELETE FROM relationships");
  const insert = database.prepare(
    "INSERT INTO relationships (id, from_id, to_id, rel_type, properties, created_at) VALUES (?, 'a', 'b', 'SOLVES', ?, ?)",
  );
  properties.forEach((text, index) => insert.run(`r${index}`, text, "2025-06-07 08:09:10"));
}

Deno.test("sqlite: an old layout is upgraded whatever is in a row", async () => {
  await inTemporaryFolder(async (folder) => {
    const path = `${folder}/memory.db`;
    const stamp = "2024-01-02T03:04:05+00:00";
    makePreTemporal(path, ["no JSON", `{"created_at":"${stamp}","strength":NaN}`, "{}"]);
    {
      await using store = await sqlite.open({ path }, { mode: "write" });
      await store.ensureSchema();
    }
    using database = new DatabaseSync(path, { readOnly: true });
    assert.deepEqual(
      database.prepare("SELECT valid_from FROM relationships ORDER BY id").all().map((row) => row.valid_from),
      ["2025-06-07 08:09:10", stamp, "2025-06-07 08:09:10"],
    );
  });
});

Deno.test("sqlite: an upgrade that fails leaves the file as it was, and no backup", async () => {
  await inTemporaryFolder(async (folder) => {
    const path = `${folder}/memory.db`;
    makePreTemporal(path, ["{}"]);
    {
      using database = new DatabaseSync(path);
      database.exec(
        "CREATE TRIGGER refuse BEFORE UPDATE ON relationships BEGIN SELECT RAISE(ABORT, 'malformed on purpose'); END",
      );
    }
    {
      await using store = await sqlite.open({ path }, { mode: "write" });
      const error = await failsWith("STORE_FAILED", () => store.ensureSchema());
      assert.match(error.message, /malformed on purpose/);
    }
    assert.deepEqual(contentOf(folder).map(([name]) => name), ["memory.db"]);
    using database = new DatabaseSync(path, { readOnly: true });
    assert.equal(
      database.prepare("SELECT count(*) AS n FROM pragma_table_info('relationships')").get()!.n,
      6,
    );
  });
});

Deno.test("sqlite: a row that is looked up and does not decode is RECORD_INVALID, by its id", async () => {
  await inTemporaryFolder(async (folder) => {
    const path = `${folder}/memory.db`;
    {
      using database = new DatabaseSync(path, { enableForeignKeyConstraints: false });
      database.exec(
        `${CREATE_TABLES} INSERT INTO nodes (id, label, properties) VALUES ('broken', 'Memory', '{');` +
          "INSERT INTO relationships (id, from_id, to_id, rel_type, properties) VALUES ('r', 'a', 'b', 'SOLVES', '[]')",
      );
    }
    await using store = await sqlite.open({ path }, { mode: "write" });
    const lookUps = {
      broken: () => store.readMemories(["broken"]),
      r: () => store.readRelationships([{ id: "r", fromId: "a", toId: "b", type: "SOLVES" }]),
    };
    for (const [id, lookUp] of Object.entries(lookUps)) {
      const error = await failsWith("RECORD_INVALID", lookUp);
      assert.deepEqual(error.details, { ids: [id] });
      assert.match(error.message, new RegExp(`"${id}", whose properties cannot be read: it does not decode`));
    }
  });
});

/** The journal mode that a file is in, seen by another connection, and the indexes that it has on relationships. */
function stateOf(path: string): { journalMode: unknown; indexes: number } {
  using database = new DatabaseSync(path, { readOnly: true });
  const { journal_mode: journalMode } = database.prepare("PRAGMA journal_mode").get()!;
  const indexes = database.prepare("SELECT * FROM pragma_index_list('relationships') WHERE origin = 'c'")
    .all();
  return { journalMode, indexes: indexes.length };
}

Deno.test("sqlite: a new file has no write-ahead log while it is loaded, and one from then on", async () => {
  await inTemporaryFolder(async (folder) => {
    const path = `${folder}/memory.db`;
    await using store = await sqlite.open({ path }, { mode: "create" });
    await store.ensureSchema({ forLoad: true });
    // As a migration does that is resumed.
    await store.ensureSchema({ forLoad: true });
    await store.write({ kind: "memory", items: [memory("one")] }, { mode: "fail" });
    assert.deepEqual(stateOf(path), { journalMode: "delete", indexes: 0 });
    await store.finishLoad();
    assert.deepEqual(stateOf(path), { journalMode: "wal", indexes: 6 });
    await store.write({ kind: "memory", items: [memory("two")] }, { mode: "fail" });
    assert.deepEqual(await idsIn(path), ["one", "two"]);
  });
});

Deno.test("sqlite: a load that is broken off leaves the file alone, with what was written", async () => {
  await inTemporaryFolder(async (folder) => {
    const path = `${folder}/memory.db`;
    {
      await using store = await sqlite.open({ path }, { mode: "create" });
      await store.ensureSchema({ forLoad: true });
      await store.write({ kind: "memory", items: [memory("one")] }, { mode: "fail" });
    }
    assert.deepEqual(contentOf(folder).map(([name]) => name), ["memory.db"]);
    assert.deepEqual(await idsIn(path), ["one"]);
    await using store = await sqlite.open({ path }, { mode: "write" });
    await store.ensureSchema({ forLoad: true });
    assert.equal(stateOf(path).journalMode, "wal");
  });
});

Deno.test("sqlite: a new file that no load follows has all indexes and its log at once", async () => {
  await inTemporaryFolder(async (folder) => {
    const path = `${folder}/memory.db`;
    await using store = await sqlite.open({ path }, { mode: "create" });
    await store.ensureSchema();
    assert.deepEqual(stateOf(path), { journalMode: "wal", indexes: 6 });
  });
});
