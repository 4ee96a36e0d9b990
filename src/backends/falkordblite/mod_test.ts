import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import process from "node:process";
import { addMemories, failsWith } from "../../../tests/conformance/suite.ts";
import { generateGraph } from "../../../tests/fixtures/generated.ts";
import { memory } from "../../../tests/fixtures/graph.ts";
import { assertSameGraph, readGraph, writeGraph } from "../../../tests/support/graph.ts";
import { sqlite } from "../sqlite/mod.ts";
import { falkordblite } from "./mod.ts";
import { FIXTURE, listing, open, stateOf, testWithFile } from "./testing.ts";

const GRAPH = generateGraph({ memories: 20, relationships: 40 });

async function write(path: string): Promise<void> {
  await using store = await open(path, "create");
  await writeGraph(store, GRAPH);
}

testWithFile("a file that upstream's Python wrote is read whole, and stays as it is", async () => {
  const before = await stateOf(FIXTURE);
  await using store = await open(FIXTURE, "read");
  const graph = await readGraph(store);
  assert.deepEqual(graph.rejects, []);
  // The same graph as upstream wrote it to SQLite, where each memory was updated at another time.
  const up1k = FIXTURE.replace("falkordblite_1k.rdb", "up_1k.db");
  await using same = await sqlite.open({ path: up1k }, { mode: "read" });
  const expected = await readGraph(same);
  const updatedAt = new Map(graph.memories.map((memory) => [memory.id, memory.updatedAt]));
  assertSameGraph(graph, {
    ...expected,
    memories: expected.memories.map((memory) => ({ ...memory, updatedAt: updatedAt.get(memory.id) })),
  });
  assert.equal(graph.memories.length, 1000);
  assert.deepEqual(await stateOf(FIXTURE), before);
});

testWithFile("what was written is in one private file once the store is closed", async (path) => {
  const file = join(dirname(path), "new folder", 'it\'s "mine" \u{1f600}.db');
  await write(file);
  assert.deepEqual(listing(file), ['it\'s "mine" \u{1f600}.db']);
  assert.equal((await Deno.stat(file)).mode! & 0o777, 0o600);
  assert.equal((await Deno.stat(dirname(file))).mode! & 0o777, 0o700);
  await using store = await open(file, "read");
  assertSameGraph(await readGraph(store), GRAPH);
});

testWithFile("a file keeps the mode that its user gave it", async (path) => {
  await write(path);
  await Deno.chmod(path, 0o660);
  {
    await using store = await open(path, "write");
    await store.write({ kind: "memory", items: [memory("one more")] }, { mode: "fail" });
  }
  assert.equal((await Deno.stat(path)).mode! & 0o777, 0o660);
});

testWithFile("a name that is too long is told", async (path) => {
  await failsWith("USAGE", () => open(join(dirname(path), `${"n".repeat(247)}.db`), "create"));
});

testWithFile("opening to write without writing changes nothing", async (path) => {
  await write(path);
  const before = await stateOf(path);
  {
    await using store = await open(path, "write");
    await readGraph(store);
    await store.health();
    await store.ensureSchema();
    await store.finishLoad();
  }
  assert.deepEqual(await stateOf(path), before);
});

testWithFile("mode create makes no file until something is written", async (path) => {
  const file = join(dirname(path), "a", "b", "memory.db");
  {
    await using store = await open(file, "create");
    assert.equal((await store.count()).memories, 0);
  }
  assert.deepEqual(listing(path), []);
});

testWithFile("a file is written by one process at a time, and others are told which", async (path) => {
  await write(path);
  {
    await using _writer = await open(path, "write");
    for (const mode of ["read", "write", "create"] as const) {
      const { message } = await failsWith("STORE_LOCKED", () => open(path, mode));
      assert.match(message, new RegExp(`open in process ${Deno.pid} of memorygraph, since 2\\d\\d\\d-`));
    }
  }
  await using reader = await open(path, "read");
  await using writer = await open(path, "write");
  assert.deepEqual(await reader.count(), await writer.count());
});

testWithFile(
  "a file that Python's falkordblite has open is locked; settings it left are not",
  async (path) => {
    await write(path);
    const pidfile = join(dirname(path), "redis.pid");
    await Deno.writeTextFile(pidfile, `${process.ppid}\n`);
    const settings = { pidfile, unixsocket: "/tmp/none", dbdir: dirname(path), dbfilename: "memory.db" };
    await Deno.writeTextFile(`${path}.settings`, JSON.stringify(settings));
    for (const mode of ["read", "write"] as const) {
      const { message } = await failsWith("STORE_LOCKED", () => open(path, mode));
      assert.match(
        message,
        new RegExp(`Python's falkordblite: its redis-server is process ${process.ppid}, since`),
      );
    }
    await Deno.remove(pidfile);
    await using store = await open(path, "write");
    assertSameGraph(await readGraph(store), GRAPH);
  },
);

testWithFile("other graphs in the file are kept, and the setting database chooses", async (path) => {
  await Deno.copyFile(FIXTURE, path);
  {
    await using other = await open(path, "create", { database: "other" });
    await writeGraph(other, GRAPH);
  }
  await using other = await open(path, "read", { database: "other" });
  assertSameGraph(await readGraph(other), GRAPH);
  await using first = await open(path, "read");
  assert.equal((await first.count()).relationships, 2000);
  await failsWith("NOT_FOUND", () => open(path, "read", { database: "third" }));
});

testWithFile("a file that is newer than the engine is refused and not touched", async (path) => {
  const newer = await Deno.readFile(FIXTURE);
  for (const format of ["REDIS9999", "REDIS0013"]) {
    newer.set(new TextEncoder().encode(format));
    await Deno.writeFile(path, newer);
    const before = await stateOf(path);
    for (const mode of ["read", "write", "create"] as const) {
      const { message } = await failsWith("UNSUPPORTED_VERSION", () => open(path, mode));
      assert.match(message, /written by Redis 8\.2\.3 \(Redis file format \d+\).*use a newer engine/);
    }
    assert.deepEqual(await stateOf(path), before);
  }
});

testWithFile("the engine's own refusal of a newer FalkorDB is passed on", async (path) => {
  // The end of the module type's id is the version of its encoding: 18, raised to 30. A checksum of 0 is none.
  const graph = Uint8Array.fromHex("8182b6a985d6ad6812");
  const newer = (await Deno.readFile(FIXTURE)).fill(0, -8);
  let changed = 0;
  for (let at = 0; at < newer.length - graph.length; at++) {
    if (!graph.every((byte, index) => newer[at + index] === byte)) continue;
    newer[at + 8] = 30;
    changed++;
  }
  assert(changed > 0);
  await Deno.writeFile(path, newer);
  const before = await stateOf(path);
  for (const mode of ["read", "write"] as const) {
    await failsWith("UNSUPPORTED_VERSION", () => open(path, mode));
  }
  assert.deepEqual(await stateOf(path), before);
});

testWithFile("a damaged file is refused and not touched", async (path) => {
  const damaged = await Deno.readFile(FIXTURE);
  for (let at = 500_000; at < 500_100; at++) damaged[at] = 0xaa;
  await Deno.writeFile(path, damaged);
  const before = await stateOf(path);
  for (const mode of ["read", "write"] as const) {
    const { message } = await failsWith("UNKNOWN_LAYOUT", () => open(path, mode));
    assert.match(message, /is damaged/);
  }
  assert.deepEqual(await stateOf(path), before);
});

testWithFile("what is no file of ours is refused by what it is", async (path) => {
  await failsWith("UNKNOWN_LAYOUT", () => open(dirname(path), "read"));
  await Deno.writeTextFile(path, "");
  await failsWith("UNKNOWN_LAYOUT", () => open(path, "create"));
  await Deno.copyFile(FIXTURE.replace("falkordblite_1k.rdb", "full.db"), path);
  const { message } = await failsWith("UNKNOWN_LAYOUT", () => open(path, "write"));
  assert.match(message, /is a SQLite database/);
  assert.deepEqual(listing(path), ["memory.db"]);
});

testWithFile("a link is followed, not replaced", async (path) => {
  await write(path);
  const link = join(dirname(path), "link.db");
  await Deno.symlink(path, link);
  {
    await using store = await open(link, "write");
    await store.deleteMemories([GRAPH.memories()[Symbol.iterator]().next().value!.id], { detach: true });
  }
  assert((await Deno.lstat(link)).isSymlink);
  assert.equal(falkordblite.locate({ path: link }).identity, falkordblite.locate({ path }).identity);
  await using store = await open(path, "read");
  assert.equal((await store.count()).memories, 19);
});

testWithFile("a missing engine and a module that cannot be loaded are told apart", async (path) => {
  await write(path);
  const before = await stateOf(path);
  const none = await failsWith(
    "ENGINE_MISSING",
    () => open(path, "write", { redisServer: "/none/redis-server" }),
  );
  assert.match(none.message, /"\/none\/redis-server"/);
  const module = join(dirname(path), "falkordb.so");
  await Deno.writeTextFile(module, "not a module", { mode: 0o700 });
  for (const mode of ["read", "write"] as const) {
    const { message } = await failsWith("ENGINE_MISSING", () => open(path, mode, { module }));
    assert.match(message, /cannot be loaded: .*falkordb\.so: file too short/);
  }
  await Deno.remove(module);
  assert.deepEqual(await stateOf(path), before);
});

testWithFile("a write needs a file, and so does a read", async (path) => {
  for (const mode of ["read", "write"] as const) await failsWith("NOT_FOUND", () => open(path, mode));
  assert.deepEqual(listing(path), []);
  await using store = await open(path, "create");
  await addMemories(store, [...GRAPH.memories()]);
});
