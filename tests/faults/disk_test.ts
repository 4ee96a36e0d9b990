/** Full and read-only disks under the work file, the target and the export. */
import assert from "node:assert/strict";
import { falkordblite } from "../../src/backends/falkordblite/mod.ts";
import { sqlite } from "../../src/backends/sqlite/mod.ts";
import type { Backend } from "../../src/backends/backend.ts";
import { context, memory, relationship } from "../fixtures/graph.ts";
import { digestOfGraph, type Graph, readGraph, writeGraph } from "../support/graph.ts";
import { registerUnavailable } from "../support/harnesses.ts";
import type { Settings } from "../support/harness.ts";
import { endOf, programCommand } from "./child.ts";

const MEGABYTE = 1 << 20;

/** About eight megabytes: more than each disk has, and more than is estimated from the number of records. */
function largeGraph(): Graph {
  const memories = Array.from({ length: 400 }, (_, index) =>
    memory(`m${index}`, {
      content: `${index} `.repeat(5000),
      context: context({ projectPath: `/p/${index}` }),
    }));
  const relationships = memories.map(({ id }, index) =>
    relationship(`r${index}`, [id, `m${(index * 7) % 400}`])
  );
  return { memories, relationships };
}

const OWN: Graph = { memories: [memory("own", { title: "Was there before" })], relationships: [] };

const isWindows = Deno.build.os === "windows";
const isLinux = Deno.build.os === "linux";
/** Where no small disk can be made, a limit on the size of files stands for one. */
const hasDisks = await canMount();
/** In blocks of 512 bytes, as `ulimit -f` counts them. */
const LIMIT_BLOCKS = 4 * MEGABYTE / 512;
const FULL = /disk is full|no space|too large|out of disk/i;

interface Place {
  name: string;
  backend: Backend;
  settings: (folder: string) => Settings;
  unavailable?: string;
}

const PLACES: Place[] = [
  { name: "SQLite", backend: sqlite, settings: (folder) => ({ path: `${folder}/target.db` }) },
  {
    name: "FalkorDBLite",
    backend: falkordblite,
    settings: (folder) => ({
      path: `${folder}/target.db`,
      redisServer: Deno.env.get("MEMORYGRAPH_REDIS_SERVER")!,
      module: Deno.env.get("MEMORYGRAPH_FALKORDB_MODULE")!,
    }),
    unavailable: Deno.env.get("MEMORYGRAPH_REDIS_SERVER") ? undefined : "MEMORYGRAPH_REDIS_SERVER is not set",
  },
];

for (const { name, backend, settings, unavailable } of PLACES) {
  const title = `a full disk under a ${name} target`;
  if (unavailable) {
    registerUnavailable(title, unavailable);
    continue;
  }
  Deno.test(`${title} is undone, or can be once there is room`, { ignore: isWindows }, async () => {
    await withDisks({ disk: 4 * MEGABYTE }, async ({ folder, disk, source }) => {
      const place = settings(disk);
      await fill(backend, place, OWN);
      const to = endOf("to", backend, place);
      const env = { ...to.env, MEMORYGRAPH_STATE_DIR: `${folder}/state` };
      const args = ["migrate", "--from-path", source, ...to.args, "--batch-size", "20", "--json"];
      const failed = await runOnFullDisk(args, env);
      assert([1, 4, 8].includes(failed.code), failed.stderr);
      assert.match(failed.stderr, FULL);
      assert.doesNotMatch(failed.stderr, /\n\s+at /);
      if (failed.code !== 8) {
        const { error } = JSON.parse(failed.stdout);
        if (hasDisks) await mount(["-o", `remount,size=${64 * MEGABYTE}`, disk]);
        const id = error.details?.migration;
        if (id) assert.equal((await run(["rollback", id], env)).code, 0, failed.stderr);
      }
      assert.equal(await digest(backend, place), digestOfGraph(OWN), failed.stderr);
    });
  });

  const readOnly = `a read-only ${name} target is refused before anything is written`;
  Deno.test(readOnly, { ignore: isWindows }, async () => {
    await withDisks({ disk: 4 * MEGABYTE }, async ({ folder, disk, source }) => {
      const place = settings(disk);
      await fill(backend, place, OWN);
      // Permissions do not stop root, who mostly can mount; /proc stops everybody.
      const isRoot = Deno.uid() === 0;
      if (hasDisks) await mount(["-o", "remount,ro", disk]);
      else if (!isRoot) await Deno.chmod(disk, 0o500);
      const to = endOf("to", backend, hasDisks || !isRoot ? place : settings("/proc"));
      const env = { ...to.env, MEMORYGRAPH_STATE_DIR: `${folder}/state` };
      const { code, stdout, stderr } = await run(
        ["migrate", "--from-path", source, ...to.args, "--json"],
        env,
      );
      assert.equal(code, 4, stderr);
      assert.equal(JSON.parse(stdout).error.code, "PERMISSION_DENIED");
      if (!hasDisks) await Deno.chmod(disk, 0o700);
      assert.equal(await digest(backend, place), digestOfGraph(OWN));
    });
  });
}

const workFile = "a full disk under the work file: an error, and the target is as it was";
Deno.test(workFile, { ignore: isWindows }, async () => {
  await withDisks({ disk: 4 * MEGABYTE }, async ({ folder, disk, source }) => {
    const target = `${folder}/target.db`;
    await fill(sqlite, { path: target }, OWN);
    const args = ["migrate", "--from-path", source, "--to", "sqlite", "--to-path", target, "--json"];
    const { code, stdout, stderr } = await runOnFullDisk(args, { MEMORYGRAPH_STATE_DIR: `${disk}/state` });
    assert.equal(code, 1, stderr);
    assert.equal(JSON.parse(stdout).error.code, "DISK_FULL");
    assert.match(stderr, /MEMORYGRAPH_STATE_DIR/);
    assert.equal(await digest(sqlite, { path: target }), digestOfGraph(OWN));
    assert.deepEqual([...Deno.readDirSync(`${disk}/state/migrations`)], []);
  });
});

const exported = "a full disk under an export: an error, and the older export is whole";
Deno.test(exported, { ignore: isWindows }, async () => {
  await withDisks({ disk: 4 * MEGABYTE }, async ({ folder, disk, source }) => {
    const env = { MEMORYGRAPH_STATE_DIR: `${folder}/state` };
    const file = `${disk}/backup.jsonl`;
    await fill(sqlite, { path: `${folder}/small.db` }, OWN);
    assert.equal((await run(["export", file, "--path", `${folder}/small.db`], env)).code, 0);
    const before = await Deno.readTextFile(file);
    const { code, stderr } = await runOnFullDisk(["export", file, "--path", source, "--overwrite"], env);
    assert.equal(code, 1, stderr);
    assert.match(stderr, FULL);
    assert.equal(await Deno.readTextFile(file), before);
    assert.deepEqual([...Deno.readDirSync(disk)].map(({ name }) => name), ["backup.jsonl"]);
  });
});

Deno.test(
  "a limit on the size of files stops a migration, which is undone",
  { ignore: !isLinux },
  async () => {
    await withDisks({}, async ({ folder, source }) => {
      const target = `${folder}/target.db`;
      await fill(sqlite, { path: target }, OWN);
      const args = [
        "migrate",
        "--from-path",
        source,
        "--to",
        "sqlite",
        "--to-path",
        target,
        "--batch-size",
        "20",
      ];
      const env = { MEMORYGRAPH_STATE_DIR: `${folder}/state` };
      for (const blocks of [2000, 9000]) {
        // Blocks of 512 bytes: the smaller limit stops the work file, the larger the target's log.
        const { code, stderr } = await runLimited(blocks, args, env);
        assert([1, 4, 8].includes(code), `${blocks}: ${code} ${stderr}`);
        assert.doesNotMatch(stderr, /\n\s+at /);
        const [left] = [...Deno.readDirSync(`${folder}/state/migrations`)];
        if (left) assert.equal((await run(["rollback", left.name.slice(0, -3)], env)).code, 0);
        assert.equal(await digest(sqlite, { path: target }), digestOfGraph(OWN), stderr);
      }
    });
  },
);

async function runOnFullDisk(args: readonly string[], env: Record<string, string>) {
  return await (hasDisks ? run(args, env) : runLimited(LIMIT_BLOCKS, args, env));
}

async function runLimited(blocks: number, args: readonly string[], env: Record<string, string>) {
  const { command, argv } = programParts(args);
  // Without the trap a process that hits the limit is killed by the signal, which other tests do.
  const script = `trap '' XFSZ; ulimit -f ${blocks}; exec "$@"`;
  const process = new Deno.Command("sh", {
    args: ["-c", script, "sh", command, ...argv],
    env,
    stdin: "null",
  });
  const { code, stdout, stderr } = await process.output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

function programParts(args: readonly string[]): { command: string; argv: string[] } {
  const main = new URL("../../main.ts", import.meta.url).pathname;
  const binary = Deno.env.get("MEMORYGRAPH_TEST_BINARY");
  return binary
    ? { command: binary, argv: [...args] }
    : { command: Deno.execPath(), argv: ["run", "-qA", "--no-check", main, ...args] };
}

async function run(args: readonly string[], env: Record<string, string>) {
  const { code, stdout, stderr } = await programCommand(args, { env }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

async function fill(backend: Backend, settings: Settings, graph: Graph): Promise<void> {
  await using store = await backend.open(settings, { mode: "create" });
  await writeGraph(store, graph, { batchSize: 100 });
}

async function digest(backend: Backend, settings: Settings): Promise<string> {
  await using store = await backend.open(settings, { mode: "read" });
  return digestOfGraph(await readGraph(store));
}

interface Disks {
  folder: string;
  /** A disk of its own, where one was asked for. */
  disk: string;
  /** A database with the large graph. */
  source: string;
}

async function withDisks(
  { disk: size }: { disk?: number },
  body: (disks: Disks) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "memorygraph-disk-" });
  const disk = `${folder}/disk`;
  await Deno.mkdir(disk);
  try {
    if (hasDisks && size !== undefined) await mount(["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", disk]);
    await fill(sqlite, { path: `${folder}/source.db` }, largeGraph());
    await body({ folder, disk, source: `${folder}/source.db` });
  } finally {
    if (hasDisks && size !== undefined) await new Deno.Command("umount", { args: [disk] }).output();
    await Deno.remove(folder, { recursive: true });
  }
}

async function mount(args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("mount", { args }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** Whether this process can make a small disk: Linux's tmpfs, which takes root. */
async function canMount(): Promise<boolean> {
  if (!isLinux || Deno.env.get("MEMORYGRAPH_TEST_NO_MOUNT")) return false;
  const folder = await Deno.makeTempDir();
  try {
    await mount(["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]);
    await new Deno.Command("umount", { args: [folder] }).output();
    return true;
  } catch {
    return false;
  } finally {
    await Deno.remove(folder);
  }
}
