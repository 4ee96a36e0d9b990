/** What a migration between SQLite files promises, seen from outside: rows, bytes and exit codes. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { GraphError } from "../src/errors.ts";
import { migrate, openStore, type StoreConfig } from "../src/mod.ts";
import { storeSource, storeTarget } from "../src/operations/open_ends.ts";
import { backendNamed } from "../src/backends/mod.ts";
import { runMigration } from "../src/pipeline/migration.ts";
import type { MigrationTarget } from "../src/pipeline/migration_types.ts";
import { acquireLock } from "../src/workfile/lock.ts";
import { SMALL_GRAPHS } from "./fixtures/graphs.ts";
import { cli } from "./support/cli.ts";
import { FaultyStore } from "./support/faulty_store.ts";
import { digestOfGraph, readGraph, writeGraph } from "./support/graph.ts";

const UPSTREAM = new URL("./fixtures/upstream/", import.meta.url).pathname;
const UP_1K = join(UPSTREAM, "python/up_1k.db");

/** A private folder with a state directory in it. */
async function workspace() {
  const folder = await Deno.makeTempDir({ prefix: "memorygraph-test-migrate-" });
  const options = { stateDirectory: join(folder, "state") };
  const file = (name: string): StoreConfig & { path: string } => ({
    backend: "sqlite",
    path: join(folder, name),
  });
  return {
    folder,
    options,
    file,
    copy(of: string, name: string) {
      Deno.copyFileSync(of, join(folder, name));
      return file(name);
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

async function digest(config: StoreConfig): Promise<string> {
  await using store = await openStore(config);
  return digestOfGraph(await readGraph(store));
}

function rows(path: string, sql: string): Record<string, unknown>[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}

/** Names, sizes, times and contents of all files below a folder. */
async function listing(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) {
      found[name] = "folder";
      for (const [inner, value] of Object.entries(await listing(path))) found[`${name}/${inner}`] = value;
    } else {
      const bytes = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
      found[name] = `${Deno.statSync(path).mtime?.toISOString()} ${new Uint8Array(bytes).toHex()}`;
    }
  }
  return found;
}

async function failsWith(
  code: string,
  exitCode: number,
  action: () => Promise<unknown>,
): Promise<GraphError> {
  const error = await action().then(() => undefined, (thrown) => thrown);
  assert(error instanceof GraphError, `expected ${code}, got ${error}`);
  assert.deepEqual([error.code, error.exitCode], [code, exitCode], error.message);
  return error;
}

/** A target whose stores are wrapped, as `wrap` says, whenever they are opened for writing. */
function faultyTarget(
  config: StoreConfig,
  wrap: (store: FaultyStore | Awaited<ReturnType<typeof openStore>>) => FaultyStore,
): MigrationTarget {
  const { backend, ...settings } = config;
  const target = storeTarget({ backend: backendNamed(backend), settings }, {});
  return {
    ...target,
    open: async (mode) => {
      const store = await target.open(mode);
      return mode === "create" ? wrap(store) : store;
    },
  };
}

function sourceOf({ backend, ...settings }: StoreConfig) {
  return storeSource({ backend: backendNamed(backend), settings }, {});
}

for (
  const [name, counts] of [
    ["python/up_1k.db", { memories: 1000, relationships: 2000 }],
    ["python/full.db", { memories: 2, relationships: 3 }],
    ["python/up_250.db", { memories: 250, relationships: 500 }],
  ] as const
) {
  Deno.test(`upstream's ${name} arrives row by row, and a second run writes nothing`, async () => {
    await using work = await workspace();
    const source = { backend: "sqlite", path: join(UPSTREAM, name) };
    const target = work.file("target.db");
    const result = await migrate(source, target, work.options);
    assert.deepEqual(result.written, counts);
    assert.equal(result.verification?.checked, counts.memories + counts.relationships);

    const nodes = "SELECT id, label, properties FROM nodes ORDER BY id";
    const relationships =
      "SELECT id, from_id, to_id, rel_type, properties, valid_from, valid_until, recorded_at, " +
      "invalidated_by FROM relationships ORDER BY id";
    for (const sql of [nodes, relationships]) {
      const parse = (path: string) =>
        rows(path, sql).map((row) => ({ ...row, properties: JSON.parse(row.properties as string) }));
      assert.deepEqual(parse(target.path), parse(source.path));
    }

    const again = await migrate(source, target, work.options);
    assert.deepEqual(again.written, { memories: 0, relationships: 0 });
    assert.deepEqual(again.plan.same, counts);
  });
}

Deno.test("the layout of memory-graph 0.13 arrives whole, and the source's bytes stay", async () => {
  await using work = await workspace();
  const source = work.copy(join(UPSTREAM, "ts/up13_1k.db"), "source.db");
  const before = await listing(work.folder);
  const target = work.file("target.db");
  const result = await migrate(source, target, work.options);
  assert.deepEqual(result.written, { memories: 1000, relationships: 2000 });
  assert.equal((await listing(work.folder))["source.db"], before["source.db"]);

  const wanted = new Map(rows(source.path, "SELECT * FROM memories").map((row) => [row.id, row]));
  for (const { id, properties } of rows(target.path, "SELECT id, properties FROM nodes")) {
    const [found, row] = [JSON.parse(properties as string), wanted.get(id as string)!];
    assert.deepEqual(found.tags, JSON.parse(row.tags as string));
    for (const key of ["type", "title", "content", "importance", "confidence", "usage_count", "created_at"]) {
      assert.equal(found[key], row[key], `${key} of ${id}`);
    }
    assert.equal(found.version ?? 1, row.version);
    assert.equal(found.effectiveness ?? null, row.effectiveness);
    const context = row.context === null ? undefined : JSON.parse(row.context as string);
    assert.equal("context_visibility" in found, context !== undefined);
    if (context) assert.deepEqual(JSON.parse(found.context_additional_metadata), context.additional_metadata);
  }
  const temporal =
    "SELECT id, from_id, to_id, rel_type, valid_from, valid_until, recorded_at, invalidated_by " +
    "FROM relationships ORDER BY id";
  assert.deepEqual(rows(target.path, temporal), rows(source.path, temporal));
});

Deno.test("the layout before temporal columns reads as it does after its upgrade, which keeps a backup", async () => {
  await using work = await workspace();
  const old = join(UPSTREAM, "python/legacy_pre_bitemporal_schema.db");
  const source = work.copy(old, "source.db");
  const asRead = await digest(source);
  const bytes = await listing(work.folder);
  await migrate(source, work.file("target.db"), work.options);
  assert.equal(await digest(work.file("target.db")), asRead);
  assert.equal((await listing(work.folder))["source.db"], bytes["source.db"]);

  // As a target it is upgraded: what it held is still there, and the file as it was lies beside it.
  const env = { MEMORYGRAPH_STATE_DIR: work.options.stateDirectory };
  const upgrading = ["migrate", "--from-path", join(UPSTREAM, "python/full.db"), "--to", "sqlite"];
  const { code, stderr } = await cli([...upgrading, "--to-path", source.path], { env });
  assert.equal(code, 0, stderr);
  assert.match(stderr, /warn: Upgraded the old layout of .*the file as it was is ".*\.before-upgrade-/);
  const backup = Object.keys(await listing(work.folder)).find((name) =>
    name.startsWith("source.db.before-upgrade-")
  );
  assert(backup, "no backup was made");
  assert.equal(await digest(work.file(backup)), asRead);
  assert.equal(rows(source.path, "SELECT count(*) AS n FROM relationships WHERE valid_from = ''")[0]!.n, 0);
  await using store = await openStore(source);
  const { memories, relationships } = await store.count();
  assert.deepEqual({ memories, relationships }, { memories: 62, relationships: 29 });
});

Deno.test("a target that holds other memories keeps them, byte for byte", async () => {
  await using work = await workspace();
  const target = work.copy(join(UPSTREAM, "python/full.db"), "target.db");
  const sql = "SELECT * FROM nodes WHERE id LIKE 'full-%' ORDER BY id";
  const before = rows(target.path, sql);
  const result = await migrate({ backend: "sqlite", path: UP_1K }, target, work.options);
  assert.deepEqual(result.target.before, { memories: 2, relationships: 3 });
  assert.deepEqual(rows(target.path, sql), before);
});

Deno.test("a failure at any record of the import leaves the target's digest as it was", async (test) => {
  await using work = await workspace();
  const source = work.file("source.db");
  await using store = await openStore(source, "create");
  await store.ensureSchema();
  await writeGraph(
    store,
    SMALL_GRAPHS.find(({ name }) => name === "self-loops, parallel, cyclic and invalidated relationships")!,
    { batchSize: 100 },
  );
  const { memories, relationships } = await store.count();
  for (const when of ["before", "after"] as const) {
    await test.step(`${when} the batch is written`, async () => {
      for (let at = 1; at <= memories + relationships; at++) {
        const target = work.copy(join(UPSTREAM, "python/full.db"), `target-${when}-${at}.db`);
        const before = await digest(target);
        const error = () => new GraphError("STORE_FAILED", `Injected at ${at}`);
        const faulty = faultyTarget(
          target,
          (inner) => new FaultyStore(inner, { write: { at, when, error } }),
        );
        const failure = await failsWith(
          "ROLLED_BACK",
          8,
          () => runMigration(sourceOf(source), faulty, { batchSize: 3 }, work.options),
        );
        assert.match(failure.message, new RegExp(`Injected at ${at}`));
        assert.equal(await digest(target), before, `at record ${at}`);
      }
    });
  }
});

Deno.test("a verification that finds a difference names it and takes everything back", async () => {
  await using work = await workspace();
  const target = work.file("target.db");
  const damaging = faultyTarget(target, (inner) => {
    const faulty = new FaultyStore(inner, {});
    faulty.finishLoad = () => {
      const database = new DatabaseSync(target.path, { enableForeignKeyConstraints: false });
      database.exec(
        "UPDATE nodes SET properties = json_set(properties, '$.importance', 0.125) WHERE id = 'full-a'",
      );
      database.exec("DELETE FROM relationships WHERE id LIKE '72fda3f2%'");
      database.close();
      return Promise.resolve();
    };
    return faulty;
  });
  const source = sourceOf({ backend: "sqlite", path: join(UPSTREAM, "python/full.db") });
  const error = await failsWith("ROLLED_BACK", 8, () => runMigration(source, damaging, {}, work.options));
  assert.deepEqual(error.details?.differences, [
    { kind: "memory", id: "full-a", type: "changed", fields: ["importance"] },
    { kind: "relationship", id: "72fda3f2-0ed0-469a-9149-c3ce4a1c55fa", type: "missing" },
  ]);
  assert.equal(
    Object.keys(await listing(work.folder)).includes("target.db"),
    false,
    "the new file was not removed",
  );

  const kept = await failsWith(
    "VERIFICATION_FAILED",
    6,
    () => runMigration(source, damaging, { rollbackOnFailure: false }, work.options),
  );
  assert.match(kept.message, /migrate --resume/);
});

Deno.test("what keeps a migration from being written and from being undone is told once", async () => {
  await using work = await workspace();
  const fault = { at: 1, error: () => new GraphError("STORE_FAILED", "It broke"), forGood: true };
  const broken = faultyTarget(
    work.file("target.db"),
    (inner) => new FaultyStore(inner, { write: fault, read: fault, delete: fault }),
  );
  const source = sourceOf({ backend: "sqlite", path: join(UPSTREAM, "python/full.db") });
  const error = await failsWith("STORE_FAILED", 4, () => runMigration(source, broken, {}, work.options));
  assert.match(error.message, /^It broke\. It could not be undone either, for the same reason\n.*--resume/);
});

Deno.test("conflict policies: fail, skip, overwrite, newer", async (test) => {
  const full = { backend: "sqlite", path: join(UPSTREAM, "python/full.db") };
  const change = (path: string, updatedAt: string) => {
    const database = new DatabaseSync(path);
    database.prepare(
      "UPDATE nodes SET properties = json_set(properties, '$.title', 'Changed', '$.updated_at', ?) WHERE id = 'full-a'",
    ).run(updatedAt);
    database.close();
  };
  const title = (path: string) =>
    rows(path, "SELECT json_extract(properties, '$.title') AS title FROM nodes WHERE id = 'full-a'")[0]!
      .title;
  const older = "2020-01-01T00:00:00+00:00";
  const newer = "2999-01-01T00:00:00+05:00";
  for (
    const [onConflict, targetTime, expected] of [
      ["skip", newer, "Changed"],
      ["overwrite", newer, "T full-a"],
      ["newer", newer, "Changed"],
      ["newer", older, "T full-a"],
    ] as const
  ) {
    await test.step(`${onConflict}, the target being from ${targetTime}`, async () => {
      await using work = await workspace();
      const target = work.copy(full.path, "target.db");
      change(target.path, targetTime);
      const result = await migrate(full, target, { ...work.options, onConflict });
      assert.equal(title(target.path), expected);
      assert.equal(result.conflicts.count, 1);
      assert.deepEqual(result.conflicts.records, [{ kind: "memory", id: "full-a" }]);
      assert.equal(result.plan.keep.memories, expected === "Changed" ? 1 : 0);
    });
  }
  await test.step("a dry run says what would be replaced", async () => {
    await using work = await workspace();
    const target = work.copy(full.path, "target.db");
    change(target.path, newer);
    const flags = ["--to", "sqlite", "--to-path", target.path, "--on-conflict", "overwrite", "--dry-run"];
    const { stdout } = await cli(["migrate", "--from-path", full.path, ...flags], {
      env: { MEMORYGRAPH_STATE_DIR: work.options.stateDirectory },
    });
    assert.match(stdout, /\nwould write 0 memories, 0 relationships, would replace 1 memories/);
  });
  await test.step("fail writes nothing and names the record", async () => {
    await using work = await workspace();
    const target = work.copy(full.path, "target.db");
    change(target.path, newer);
    const before = await listing(work.folder);
    const error = await failsWith("CONFLICT", 7, () => migrate(full, target, work.options));
    assert.match(error.message, /memory "full-a"/);
    assert.equal((await listing(work.folder))["target.db"], before["target.db"]);
  });
  await test.step("an overwritten record is restored when the migration fails", async () => {
    await using work = await workspace();
    const target = work.copy(full.path, "target.db");
    change(target.path, older);
    const before = await digest(target);
    const error = () => new GraphError("STORE_FAILED", "Injected");
    const faulty = faultyTarget(target, (inner) => {
      const store = new FaultyStore(inner, {});
      store.finishLoad = () => Promise.reject(error());
      return store;
    });
    await failsWith(
      "ROLLED_BACK",
      8,
      () => runMigration(sourceOf(full), faulty, { onConflict: "overwrite" }, work.options),
    );
    assert.equal(await digest(target), before);
  });
});

Deno.test("--skip-duplicates with another policy is refused, whatever writes", async () => {
  await using work = await workspace();
  const full = join(UPSTREAM, "python/full.db");
  const target = ["--to", "sqlite", "--to-path", work.file("target.db").path];
  const env = { MEMORYGRAPH_STATE_DIR: work.options.stateDirectory };
  for (
    const argv of [
      ["migrate", "--from-path", full, ...target],
      ["migrate", "--resume", ...target],
      ["import", join(UPSTREAM, "python/up_250.export.json"), ...target],
    ]
  ) {
    const run = await cli([...argv, "--skip-duplicates", "--on-conflict", "overwrite"], { env });
    assert.equal(run.code, 2, run.stderr);
    assert.match(run.stderr, /--skip-duplicates cannot be combined with --on-conflict overwrite/);
  }
  const same = ["--skip-duplicates", "--on-conflict", "skip"];
  assert.equal((await cli(["migrate", "--from-path", full, ...target, ...same], { env })).code, 0);
});

Deno.test("--max-delete without --mirror is refused", async () => {
  await using work = await workspace();
  const ends = [
    "--from-path",
    join(UPSTREAM, "python/full.db"),
    "--to",
    "sqlite",
    "--to-path",
    work.file("t.db").path,
  ];
  const env = { MEMORYGRAPH_STATE_DIR: work.options.stateDirectory };
  const { code, stderr } = await cli(["migrate", ...ends, "--max-delete", "20"], { env });
  assert.equal(code, 2, stderr);
  assert.match(stderr, /add --mirror/);
});

Deno.test("--resume refuses every flag that it has no use for, by name", async () => {
  await using work = await workspace();
  const env = { MEMORYGRAPH_STATE_DIR: work.options.stateDirectory };
  for (
    const flag of [
      ["--keep-export", "copy.jsonl"],
      ["--every", "1h"],
      ["--mirror"],
      ["--max-delete", "20"],
      ["--since", "last"],
      ["--tenant", "ann"],
      ["--map-tenant", "ann=bob"],
      ["--no-verify"],
      ["--no-rollback"],
      ["--keep-undo"],
      ["--batch-size", "7"],
      ["--skip-invalid"],
      ["--dry-run"],
      ["--from", "neo4j"],
      ["--from-path", "memory.db"],
    ]
  ) {
    const { code, stderr } = await cli(["migrate", "--resume", ...flag], { env });
    assert.equal(code, 2, stderr);
    assert.match(stderr, new RegExp(`--resume cannot be combined with ${flag[0]} `));
  }
  const used = ["--to", "sqlite", "--to-path", work.file("target.db").path, "--on-conflict", "overwrite"];
  const { stderr } = await cli(["migrate", "--resume", ...used], { env });
  assert.match(stderr, /There is no unfinished migration/);
});

Deno.test("a target that keeps its own version of every record is not said to hold what the source does", async () => {
  await using work = await workspace();
  const full = { backend: "sqlite", path: join(UPSTREAM, "python/full.db") };
  const target = work.copy(full.path, "target.db");
  const database = new DatabaseSync(target.path);
  database.exec("UPDATE nodes SET properties = json_set(properties, '$.title', 'Changed')");
  database.exec("UPDATE relationships SET properties = json_set(properties, '$.strength', 0.125)");
  database.close();
  const env = { MEMORYGRAPH_STATE_DIR: work.options.stateDirectory };
  const argv = ["migrate", "--from-path", full.path, "--to", "sqlite", "--to-path", target.path];
  const { code, stdout } = await cli([...argv, "--skip-duplicates"], { env });
  assert.equal(code, 0);
  assert.match(stdout, /^nothing to write$/m);
  assert.match(stdout, /^verified: 0 records compared; 5 kept ones were not$/m);
  assert.match(stdout, /^note: Source and target differ in the 5 records that the target keeps$/m);
  assert.match(stdout, new RegExp(`^digest ${await digest(full)} \\(the source's`, "m"));
  const { migrations: [line] } = JSON.parse((await cli(["history", "--json"], { env })).stdout);
  assert.equal(line.isVerified, false);
});

Deno.test("a target that was searched, and changed since, is overwritten like any other", async () => {
  await using work = await workspace();
  const full = { backend: "sqlite", path: join(UPSTREAM, "python/full.db") };
  const target = work.copy(full.path, "target.db");
  const found = await cli(["search", "full", "--backend", "sqlite", "--path", target.path]);
  assert.equal(found.code, 0, found.stderr);
  const database = new DatabaseSync(target.path);
  database.exec(
    "UPDATE nodes SET properties = json_set(properties, '$.title', 'Changed') WHERE id = 'full-a'",
  );
  database.close();
  const result = await migrate(full, target, { ...work.options, onConflict: "overwrite" });
  assert.deepEqual(result.plan.overwrite, { memories: 1, relationships: 0 });
  assert.equal(await digest(target), await digest(full));
});

Deno.test("a mistyped source path fails with exit 3, is named, and nothing is made", async () => {
  await using work = await workspace();
  const before = await listing(work.folder);
  const error = await failsWith(
    "NOT_FOUND",
    3,
    () => migrate(work.file("nope.db"), work.file("new.db"), work.options),
  );
  assert.match(error.message, /nope\.db/);
  assert.deepEqual(await listing(work.folder), before);
});

Deno.test("source and target may not be one file, by whatever path", async () => {
  await using work = await workspace();
  const source = work.copy(UP_1K, "source.db");
  Deno.symlinkSync(source.path, join(work.folder, "symlink.db"));
  Deno.linkSync(source.path, join(work.folder, "hardlink.db"));
  Deno.symlinkSync(work.folder, join(work.folder, "folder"));
  for (const name of ["source.db", "./source.db", "symlink.db", "hardlink.db", "folder/source.db"]) {
    await failsWith("SAME_DATABASE", 2, () => migrate(source, work.file(name), work.options));
  }
});

Deno.test("a dry run changes nothing at all, whatever state the target is in", async (test) => {
  const before = async (name: string, prepare: (work: Awaited<ReturnType<typeof workspace>>) => void) => {
    await test.step(name, async () => {
      await using work = await workspace();
      prepare(work);
      const listed = await listing(work.folder);
      const result = await migrate({ backend: "sqlite", path: UP_1K }, work.file("target.db"), {
        ...work.options,
        dryRun: true,
      });
      assert.deepEqual(result.written, { memories: 0, relationships: 0 });
      assert.deepEqual(await listing(work.folder), listed);
    });
  };
  await before("no file", () => {});
  await before("upstream's file", (work) => work.copy(join(UPSTREAM, "python/full.db"), "target.db"));
  await before("a file in WAL mode", (work) => {
    const database = new DatabaseSync(work.copy(join(UPSTREAM, "python/full.db"), "target.db").path);
    database.exec("PRAGMA journal_mode = WAL; CREATE TABLE other (a)");
    database.close();
  });
  await before("a log left behind", (work) => {
    const { path } = work.copy(join(UPSTREAM, "python/full.db"), "live.db");
    const database = new DatabaseSync(path);
    database.exec("PRAGMA journal_mode = WAL; CREATE TABLE other (a)");
    for (const suffix of ["", "-wal"]) {
      Deno.copyFileSync(path + suffix, join(work.folder, `target.db${suffix}`));
    }
    database.close();
  });
});

Deno.test("a dry run says that another run is at the target, and which one broke off", async () => {
  await using work = await workspace();
  const full = { backend: "sqlite", path: join(UPSTREAM, "python/full.db") };
  const target = work.file("target.db");
  const dryRun = () => migrate(full, target, { ...work.options, dryRun: true });
  const { location: { identity } } = sourceOf(target);
  const locks = join(work.options.stateDirectory, "locks");
  {
    using _lock = acquireLock(locks, identity, "other");
    const listed = await listing(work.folder);
    const error = await failsWith("RUN_LOCKED", 9, dryRun);
    assert.match(error.message, /migration other/);
    assert.deepEqual(await listing(work.folder), listed);
  }
  const failing = faultyTarget(target, (inner) => {
    const store = new FaultyStore(inner, {});
    store.finishLoad = () => Promise.reject(new GraphError("STORE_FAILED", "Injected"));
    return store;
  });
  const broken = runMigration(sourceOf(full), failing, { rollbackOnFailure: false }, work.options);
  const { details } = await failsWith("STORE_FAILED", 4, () => broken);
  const { notes } = await dryRun();
  assert.deepEqual(notes, [
    `Migration ${details!.migration} into this target is unfinished (resume it or roll it back)`,
  ]);
});

Deno.test("a dry run against a bad source fails with exit 5 and names the records; --skip-invalid leaves them out", async () => {
  await using work = await workspace();
  const source = work.copy(UP_1K, "source.db");
  const database = new DatabaseSync(source.path, { enableForeignKeyConstraints: false });
  const [memory] = database.prepare("SELECT id FROM nodes LIMIT 1").all();
  database.prepare("UPDATE nodes SET properties = '{' WHERE id = ?").run(memory!.id!);
  database.prepare(
    "INSERT INTO relationships (id, from_id, to_id, rel_type, properties) VALUES ('r-bad', 'gone', 'gone', 'SOLVES', '{}')",
  ).run();
  const touching = database.prepare("SELECT count(*) AS n FROM relationships WHERE ?1 IN (from_id, to_id)")
    .get(memory!.id!)!.n as number;
  database.close();
  const target = work.file("target.db");
  const error = await failsWith(
    "RECORD_INVALID",
    5,
    () => migrate(source, target, { ...work.options, dryRun: true }),
  );
  assert.match(error.message, new RegExp(`memory "${memory!.id}": properties does not decode`));
  assert.equal(error.details?.count, 2 + touching);
  assert.equal(
    Deno.statSync(source.path).isFile && !Object.keys(await listing(work.folder)).includes("target.db"),
    true,
  );

  const { rejected } = await migrate(source, target, { ...work.options, dryRun: true, skipInvalid: true });
  assert.equal(rejected.file, null);
  assert.equal(rejected.records.length, 2 + touching);
  assert(rejected.records.some(({ id, field }) => id === "r-bad" && field === "from_memory_id"));

  const result = await migrate(source, target, { ...work.options, skipInvalid: true });
  assert.deepEqual(result.written, { memories: 999, relationships: 2000 - touching });
  const lines = (await Deno.readTextFile(result.rejected.file!)).trim().split("\n").map((line) =>
    JSON.parse(line)
  );
  assert.equal(lines.length, 2 + touching);
  assert.equal(Deno.statSync(result.rejected.file!).mode! & 0o777, 0o600);
  // As the database has it where it does not decode, and as files have it where it does.
  const stored = (id: unknown) => lines.find((line) => line.id === id).stored;
  assert.equal(stored(memory!.id), "{");
  assert.equal(JSON.parse(stored("r-bad")).from_memory_id, "gone");
});

Deno.test("a file to keep that exists is refused before anything is read or written", async () => {
  await using work = await workspace();
  const kept = join(work.folder, "kept.jsonl");
  await Deno.writeTextFile(kept, "mine");
  const before = await listing(work.folder);
  const target = ["--to", "sqlite", "--to-path", work.file("target.db").path];
  const env = { MEMORYGRAPH_STATE_DIR: work.options.stateDirectory };
  for (const [path, code] of [[kept, 2], [join(work.folder, "no/kept.jsonl"), 4]] as const) {
    const run = await cli(["migrate", "--from-path", UP_1K, ...target, "--keep-export", path], { env });
    assert.equal(run.code, code, run.stderr);
    assert.deepEqual(await listing(work.folder), before);
  }
});

Deno.test("odd records are carried with a warning", async () => {
  await using work = await workspace();
  const bad = { backend: "sqlite", path: join(UPSTREAM, "python/bad.db") };
  const result = await migrate(bad, work.file("target.db"), work.options);
  assert.deepEqual(result.written, { memories: 3, relationships: 1 });
  assert(result.warnings.records.some(({ id, field }) => id === "bad" && field === "type"));
});

Deno.test("files and folders that a migration makes are for the user alone, and no work file or lock stays", async () => {
  await using work = await workspace();
  await migrate({ backend: "sqlite", path: UP_1K }, work.file("new folder/target.db"), work.options);
  const modes = Object.keys(await listing(work.folder)).map((name) => {
    const { mode, isDirectory } = Deno.statSync(join(work.folder, name));
    assert.equal(mode! & 0o777, isDirectory ? 0o700 : 0o600, name);
    return name;
  });
  const leftOver = modes.filter((name) => /^state\/(migrations|locks)\//.test(name));
  assert.deepEqual(leftOver, []);
  assert.equal(modes.filter((name) => name.startsWith("state/history/")).length, 1);
});
