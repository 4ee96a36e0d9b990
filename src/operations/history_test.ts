import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { memory, relationship } from "../../tests/fixtures/graph.ts";
import { cli } from "../../tests/support/cli.ts";
import { inTemporaryFolder } from "../../tests/support/files.ts";
import { writeGraph } from "../../tests/support/graph.ts";
import { migrate, openStore } from "../mod.ts";
import { readHistory } from "../pipeline/history.ts";
import { StateFiles } from "../workfile/history.ts";

async function fill(path: string, title: string): Promise<void> {
  await using store = await openStore({ backend: "sqlite", path }, "create");
  await store.ensureSchema();
  await writeGraph(store, { memories: [memory("a", { title })], relationships: [] });
}

/** Migrates a.db of a folder into its b.db. */
const migrateIn = (folder: string) =>
  `migrate --to sqlite --from-path ${folder}/a.db --to-path ${folder}/b.db`.split(" ");

Deno.test("history names a summary that cannot be read, and rollback goes on without it", async () => {
  await inTemporaryFolder(async (folder) => {
    const env = { MEMORYGRAPH_STATE_DIR: `${folder}/state` };
    await fill(`${folder}/a.db`, "A");
    const migrate = [
      "migrate",
      "--from-path",
      `${folder}/a.db`,
      "--to",
      "sqlite",
      "--to-path",
      `${folder}/b.db`,
    ];
    const run = await cli([...migrate, "--keep-undo", "--json"], { env });
    const { id } = JSON.parse(run.stdout);
    await Deno.writeTextFile(`${folder}/state/history/20990101-000000-aaaa.json`, "");
    const { code, stdout } = await cli(["history"], { env });
    assert.equal(code, 0);
    assert.match(
      stdout,
      new RegExp(`${id}  done[\\s\\S]*20990101-000000-aaaa\\.json", which cannot be read`),
    );
    assert.equal((await cli(["rollback", id], { env })).code, 0);
  });
});

Deno.test("history says what is wrong with a state directory, and with an age beyond all calendars", async () => {
  await inTemporaryFolder(async (folder) => {
    await fill(`${folder}/a.db`, "A");
    for (const directory of [`${folder}/a.db`, `${folder}/a.db/state`]) {
      const env = { MEMORYGRAPH_STATE_DIR: directory };
      const argv = migrateIn(folder);
      for (const line of [argv, ["history"]]) {
        const { code, stderr } = await cli(line, { env });
        assert.equal(code, 3, stderr);
        assert.match(stderr, /set MEMORYGRAPH_STATE_DIR/);
      }
    }
    const env = { MEMORYGRAPH_STATE_DIR: `${folder}/state` };
    assert.equal((await cli(["history", "prune", "--older-than", "1e12"], { env })).code, 2);
  });
});

Deno.test("history prune removes a reject file of which nobody knows the migration", async () => {
  await inTemporaryFolder(async (folder) => {
    const env = { MEMORYGRAPH_STATE_DIR: `${folder}/state` };
    await Deno.mkdir(`${folder}/state/rejects`, { recursive: true });
    await Deno.writeTextFile(new StateFiles(`${folder}/state`).rejectFile("2026-a"), "");
    assert.equal((await cli(["history", "prune"], { env })).code, 0);
    assert.deepEqual([...Deno.readDirSync(`${folder}/state/rejects`)], []);
  });
});

Deno.test("a migration that conflicts leaves no reject file", async () => {
  await inTemporaryFolder(async (folder) => {
    const env = { MEMORYGRAPH_STATE_DIR: `${folder}/state` };
    await fill(`${folder}/a.db`, "A");
    await fill(`${folder}/b.db`, "B");
    const database = new DatabaseSync(`${folder}/a.db`, { enableForeignKeyConstraints: false });
    const { id, fromId, toId, type } = relationship("loose", ["a", "gone"]);
    database.prepare(
      "INSERT INTO relationships (id, from_id, to_id, rel_type, properties) VALUES (?, ?, ?, ?, '{}')",
    )
      .run(id, fromId, toId, type);
    database.close();
    const argv = migrateIn(folder);
    const { code, stderr } = await cli([...argv, "--skip-invalid"], { env });
    assert.equal(code, 7, stderr);
    assert.deepEqual(new StateFiles(`${folder}/state`).workFiles(), []);
    assert.throws(() => Deno.statSync(`${folder}/state/rejects`), Deno.errors.NotFound);
  });
});

Deno.test("history keeps the whole result, the last phase too", async () => {
  await inTemporaryFolder(async (folder) => {
    await fill(`${folder}/a.db`, "A");
    const [from, to] = ["a", "b"].map((name) => ({ backend: "sqlite", path: `${folder}/${name}.db` }));
    const stateDirectory = `${folder}/state`;
    const result = await migrate(from!, to!, { stateDirectory });
    assert.equal(result.phases.at(-1)?.phase, "cleanup");
    assert.deepEqual(new StateFiles(stateDirectory).summary(result.id)?.result, result);
  });
});

Deno.test("a migration whose summary cannot be written stays unfinished, not over and unknown", async () => {
  await inTemporaryFolder(async (folder) => {
    await fill(`${folder}/a.db`, "A");
    const [from, to] = ["a", "b"].map((name) => ({ backend: "sqlite", path: `${folder}/${name}.db` }));
    const stateDirectory = `${folder}/state`;
    await Deno.mkdir(stateDirectory, { mode: 0o700 });
    await Deno.writeTextFile(`${stateDirectory}/history`, "");
    await assert.rejects(migrate(from!, to!, { stateDirectory }));
    await Deno.remove(`${stateDirectory}/history`);
    const [line] = readHistory(stateDirectory);
    assert.deepEqual([line?.status, line?.resumable], ["unfinished", true]);
  });
});
