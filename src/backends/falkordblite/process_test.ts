import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { addMemories } from "../../../tests/conformance/suite.ts";
import { memory } from "../../../tests/fixtures/graph.ts";
import { closeRedis, connectRedis } from "../falkordb/connect.ts";
import { DATA_OPTIONS, stage } from "./data_folder.ts";
import { findEngine } from "./engine.ts";
import { ENGINE_SETTINGS } from "./harness.ts";
import { makePrivateFolder, startEngine } from "./process.ts";
import { FIXTURE, listing, open, testWithFile } from "./testing.ts";
import { ownerFileOf } from "./writing_folder.ts";

testWithFile("startEngine() serves on a private socket only, and stop() leaves nothing", async (path) => {
  const dataFolder = dirname(path);
  await stage(dataFolder, FIXTURE);
  const privateFolder = await makePrivateFolder();
  const engine = await startEngine(await findEngine(ENGINE_SETTINGS), {
    ...{ privateFolder, dataFolder, file: path, options: DATA_OPTIONS },
  });
  const client = await connectRedis({ path: engine.socket });
  assert.deepEqual(await client.call("CONFIG", "GET", "port"), ["port", "0"]);
  assert.deepEqual(await client.call("GRAPH.LIST"), ["memorygraph"]);
  await closeRedis(client);
  assert.equal((await Deno.stat(privateFolder)).mode! & 0o777, 0o700);
  assert.equal((await Deno.stat(engine.socket)).mode! & 0o777, 0o700);
  assert.equal(await engine.hasEnded(), false);
  const pid = Number(await Deno.readTextFile(join(privateFolder, "pid")));
  await engine.stop();
  await engine.stop();
  assert.equal(await engine.hasEnded(), true);
  assert(!existsSync(privateFolder));
  assert.throws(() => Deno.kill(pid, "SIGCONT"));
});

for (const letter of ["d", "ы"]) {
  testWithFile(
    `a temporary folder too deep for a socket is not used for one (${letter})`,
    (path) => assertSocketElsewhere(path, letter),
  );
}

async function assertSocketElsewhere(path: string, letter: string): Promise<void> {
  const before = Deno.env.get("TMPDIR");
  // Too long by its bytes.
  const deep = join(dirname(path), letter.repeat(letter === "d" ? 120 : 40));
  await Deno.mkdir(deep, { recursive: true });
  Deno.env.set("TMPDIR", deep);
  try {
    const file = join(deep, "memory.db");
    await using store = await open(file, "create");
    await addMemories(store, [memory("a")]);
    assert.deepEqual(listing(file), ["memory.db.settings", "memory.db.writing"]);
  } finally {
    if (before === undefined) Deno.env.delete("TMPDIR");
    else Deno.env.set("TMPDIR", before);
  }
}

testWithFile("Ctrl-C on the terminal does not reach the engine", async (path) => {
  await using store = await open(path, "create");
  await addMemories(store, [memory("a")]);
  const { privateFolder } = JSON.parse(await Deno.readTextFile(ownerFileOf(path)));
  const engine = (await Deno.readTextFile(join(privateFolder, "pid"))).trim();
  const groups = await new Deno.Command("ps", { args: ["-o", "pgid=", "-p", `${engine},${Deno.pid}`] })
    .output();
  const [first, second] = new TextDecoder().decode(groups.stdout).trim().split(/\s+/);
  assert.notEqual(first, second);
});
