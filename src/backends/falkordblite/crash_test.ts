/** What is left after a process was killed: everything that was acknowledged, and nothing else. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { addMemories, failsWith } from "../../../tests/conformance/suite.ts";
import { memory } from "../../../tests/fixtures/graph.ts";
import { readGraph } from "../../../tests/support/graph.ts";
import type { GraphStore } from "../../store/store.ts";
import { fingerprint } from "./data_folder.ts";
import { ENGINE_SETTINGS } from "./harness.ts";
import { listing, open, stateOf, testWithFile } from "./testing.ts";
import { ownerFileOf, writingFolderOf } from "./writing_folder.ts";

const WRITER = new URL("crash_writer.ts", import.meta.url).pathname;

/** Runs the writer until it has written `count` memories, lets `kill` end it, and gives what it acknowledged. */
async function crash(
  path: string,
  count: number,
  kill: (writer: Deno.ChildProcess) => void = (writer) => writer.kill("SIGKILL"),
): Promise<string[]> {
  const writer = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-check",
      "--allow-all",
      WRITER,
      JSON.stringify({ path, ...ENGINE_SETTINGS }),
    ],
    stdout: "piped",
  }).spawn();
  let printed = "";
  let killed = false;
  for await (const text of writer.stdout.pipeThrough(new TextDecoderStream())) {
    printed += text;
    if (killed || printed.split("\n").length <= count) continue;
    kill(writer);
    killed = true;
  }
  await writer.status;
  return printed.split("\n").slice(0, -1);
}

const privateFolderOf = (path: string) =>
  JSON.parse(Deno.readTextFileSync(ownerFileOf(path))).privateFolder as string;
const enginePid = (path: string) => Number(Deno.readTextFileSync(join(privateFolderOf(path), "pid")));

/** A process that has ended but that nobody waits for has no command line. */
const isRunning = (pid: number) =>
  existsSync(`/proc/${pid}`) && Deno.readTextFileSync(`/proc/${pid}/cmdline`) !== "";

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    assert(Date.now() < deadline, "it did not happen in time");
    await setTimeout(20);
  }
}

/** Asserts that a store holds what was acknowledged, and at the most the one write under way at each crash. */
async function assertKept(store: GraphStore, acknowledged: readonly string[], crashes = 1): Promise<void> {
  const ids = new Set((await readGraph(store)).memories.map(({ id }) => id));
  assert.deepEqual(acknowledged.filter((id) => !ids.has(id)), []);
  assert(ids.size <= acknowledged.length + crashes, `${ids.size} memories for ${acknowledged.length}`);
}

testWithFile(
  "SIGKILL of the writer: the engine ends too, and nothing acknowledged is lost (linux only)",
  async (path) => {
    const pids: number[] = [];
    let privateFolder = "";
    let acknowledged = await crash(path, 50, (writer) => {
      pids.push(enginePid(path));
      privateFolder = privateFolderOf(path);
      writer.kill("SIGKILL");
    });
    await until(() => !isRunning(pids[0]!) && !existsSync(privateFolder));
    assert(!listing(path).includes("memory.db"), "nothing was saved before the crash");

    const before = listing(path);
    {
      await using reader = await open(path, "read");
      await assertKept(reader, acknowledged);
    }
    assert.deepEqual(listing(path), before);

    // A second crash, now of a writer that had restored the first one's work.
    acknowledged = [...acknowledged, ...await crash(path, 20)];
    {
      await using writer = await open(path, "write");
      assert.equal(writer.capabilities.uniqueIds, true);
      await assertKept(writer, acknowledged, 2);
      await assert.rejects(addMemories(writer, [memory("memory 0")]), { code: "CONFLICT" });
    }
    assert.deepEqual(listing(path), ["memory.db"]);
    await using reader = await open(path, "read");
    await assertKept(reader, acknowledged, 2);
  },
);

testWithFile("a crash while a saved file is written leaves that file as it was", async (path) => {
  {
    await using store = await open(path, "create");
    await addMemories(store, [memory("memory 0")]);
  }
  const { bytes } = await stateOf(path);
  const acknowledged = await crash(path, 10);
  assert.equal((await stateOf(path)).bytes, bytes);
  await using store = await open(path, "write");
  await assertKept(store, ["memory 0", ...acknowledged]);
});

testWithFile(
  "an engine that outlived its keeper is ended by the next to open the file (linux only)",
  async (path) => {
    let engine = 0;
    const acknowledged = await crash(path, 10, (writer) => {
      engine = enginePid(path);
      const [, keeper] = /^PPid:\s*(\d+)$/m.exec(Deno.readTextFileSync(`/proc/${engine}/status`))!;
      const children = Deno.readTextFileSync(`/proc/${keeper}/task/${keeper}/children`).trim().split(" ");
      Deno.kill(Number(keeper), "SIGKILL");
      for (const child of children.map(Number)) if (child !== engine) Deno.kill(child, "SIGKILL");
      writer.kill("SIGKILL");
    });
    assert(isRunning(engine));
    await using store = await open(path, "write");
    assert(!isRunning(engine));
    await assertKept(store, acknowledged);
  },
);

testWithFile(
  "SIGKILL of the engine: the store says so, and closing it saves what was acknowledged",
  async (path) => {
    {
      await using store = await open(path, "create");
      await store.ensureSchema();
      await addMemories(store, [memory("memory 0")]);
      Deno.kill(enginePid(path), "SIGKILL");
      const { message } = await failsWith("STORE_FAILED", () => addMemories(store, [memory("memory 1")]));
      assert.match(message, /engine ".*" was killed/);
      await failsWith("STORE_FAILED", () => store.count());
    }
    assert.deepEqual(listing(path), ["memory.db"]);
    await using store = await open(path, "read");
    await assertKept(store, ["memory 0"]);
  },
);

testWithFile("a file that was changed after a crash is neither used nor lost", async (path) => {
  {
    await using store = await open(path, "create");
    await addMemories(store, [memory("before")]);
  }
  await crash(path, 5);
  const folder = writingFolderOf(path);
  const hidden = `${folder}.hidden`;
  await Deno.rename(folder, hidden);
  {
    await using store = await open(path, "write");
    await addMemories(store, [memory("by another program")]);
  }
  await Deno.rename(hidden, folder);
  const before = await stateOf(path);
  for (const mode of ["read", "write", "create"] as const) {
    const { message } = await failsWith("STORE_FAILED", () => open(path, mode));
    assert.match(message, /changed by another program.*delete ".*memory\.db\.writing"/);
  }
  assert.deepEqual(await stateOf(path), before);
  await Deno.remove(folder, { recursive: true });
  await using store = await open(path, "read");
  assert.equal((await store.count()).memories, 2);
});

testWithFile("a file that is changed while it is written is not overwritten", async (path) => {
  {
    await using store = await open(path, "create");
    await addMemories(store, [memory("a")]);
  }
  const store = await open(path, "write");
  await addMemories(store, [memory("b")]);
  const changed = (await Deno.readFile(path)).fill(7, 30, 32);
  await Deno.writeFile(path, changed);
  const { message } = await failsWith("STORE_FAILED", () => store[Symbol.asyncDispose]());
  assert.match(message, /changed by another program.*nothing is lost: .* is kept in ".*memory\.db\.writing"/);
  assert.deepEqual(await Deno.readFile(path), changed);
});

testWithFile("a crash right after the file was replaced leaves nothing to restore", async (path) => {
  const folder = writingFolderOf(path);
  const copy = `${folder}.copy`;
  {
    await using store = await open(path, "create");
    await addMemories(store, [memory("a")]);
    await new Deno.Command("cp", { args: ["-R", folder, copy] }).output();
  }
  const origin = { base: null, replacement: await fingerprint(path) };
  await Deno.writeTextFile(join(copy, "origin.json"), JSON.stringify(origin));
  await Deno.rename(copy, folder);
  const { bytes } = await stateOf(path);
  for (const mode of ["read", "write"] as const) {
    await using store = await open(path, mode);
    await assertKept(store, ["a"]);
  }
  assert.equal((await stateOf(path)).bytes, bytes);
  assert.deepEqual(listing(path), [basename(path)]);
});
