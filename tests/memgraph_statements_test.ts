/**
 * Every statement that is sent to Memgraph, by shape. Memgraph itself is not here to parse them: each must be
 * covered by the verdicts on file and the rules that extend them, and a new one must be added to the list,
 * so that someone looks at it.
 */
import assert from "node:assert/strict";
import { memgraph } from "../src/backends/memgraph/mod.ts";
import { neo4jHarness } from "../src/backends/neo4j/harness.ts";
import { DERIVED_ID } from "../src/model/derived_id.ts";
import type { GraphStore } from "../src/store/store.ts";
import { memory, relationship } from "./fixtures/graph.ts";
import { SMALL_GRAPHS } from "./fixtures/graphs.ts";
import { startBreakingProxy } from "./support/breaking_proxy.ts";
import { readGraph, writeGraph } from "./support/graph.ts";
import { registerUnavailable } from "./support/harnesses.ts";
import { shapeOf, whyRefused } from "./support/memgraph/syntax.ts";
import { startMemgraphStandIn } from "./support/memgraph_stand_in.ts";
import { findServer, reasonOf, settingsOf } from "./support/servers.ts";

const LIST = new URL("fixtures/memgraph/statements.txt", import.meta.url);
const listed = (await Deno.readTextFile(LIST)).trimEnd().split("\n").filter((line) => !line.startsWith("#"));

for (const statement of listed) {
  Deno.test(`Memgraph parses, by the verdicts and their rules: ${statement}`, () => {
    assert.equal(whyRefused(statement), undefined);
  });
}

const HEADER = "# Shapes of the statements that are sent to Memgraph, written by a run of " +
  "tests/memgraph_statements_test.ts with MEMORYGRAPH_TEST_UPDATE=1.\n";
const name = "memgraph: sends the statements that are listed and no other";
const server = findServer("neo4j");
const unavailable = reasonOf(server);
if (unavailable !== undefined) registerUnavailable(name, unavailable);
else {
  Deno.test(name, async () => {
    // Empties the server before and after.
    await using _owner = await neo4jHarness.open();
    const { uri, ...credentials } = settingsOf(server);
    await using standIn = startMemgraphStandIn(uri!);
    {
      await using store = await memgraph.open({ ...credentials, uri: standIn.uri }, { mode: "create" });
      await doEverything(store);
    }
    await readThroughBreak(standIn.uri, credentials);
    const sent = [...new Set([...standIn.statements].map(shapeOf))].sort();
    if (Deno.env.get("MEMORYGRAPH_TEST_UPDATE") === "1") {
      await Deno.writeTextFile(LIST, HEADER + sent.join("\n") + "\n");
    } else assert.deepEqual(sent, listed.toSorted());
  });
}

/** Reads a graph in spite of a connection that breaks, which is done by another statement. */
async function readThroughBreak(uri: string, credentials: Record<string, string>): Promise<void> {
  const decoder = new TextDecoder();
  await using proxy = startBreakingProxy(
    Number(new URL(uri).port),
    (request) => decoder.decode(request).includes("ORDER BY m.id"),
  );
  const settings = { ...credentials, uri: `bolt://127.0.0.1:${proxy.port}` };
  await using store = await memgraph.open(settings, { mode: "read" });
  await readGraph(store);
  assert.equal(proxy.broken(), 1);
}

/** Calls everything that a store does, in each way that makes it send other statements. */
async function doEverything(store: GraphStore): Promise<void> {
  for (const graph of SMALL_GRAPHS) {
    const ids = [...graph.memories()].map(({ id }) => id);
    await store.deleteMemories(ids, { detach: true });
    for (const mode of ["fail", "overwrite"] as const) await writeGraph(store, graph, { mode });
    await readGraph(store);
    await store.readMemories(ids);
    await store.readRelationships([...graph.relationships()]);
    await store.deleteMemories(ids, { detach: true });
  }
  const memories = [memory("a"), memory("b")];
  const ab = relationship("ab", ["a", "b"]);
  await writeGraph(store, { memories, relationships: [ab] });
  await writeGraph(store, { memories, relationships: [{ ...ab, toId: "a" }] }, { mode: "overwrite" });
  await assert.rejects(store.write({ kind: "memory", items: memories }, { mode: "fail" }));
  await assert.rejects(store.write({ kind: "relationship", items: [ab] }, { mode: "fail" }));
  const dangling = relationship("dangling", ["a", "gone"]);
  await assert.rejects(store.write({ kind: "relationship", items: [dangling] }, { mode: "overwrite" }));
  await assert.rejects(store.deleteMemories(["a"]));
  await store.readRelationships([{ ...ab, id: `${DERIVED_ID}of one without an id` }]);
  await store.deleteRelationships([{ ...ab, toId: "a" }]);
  await store.deleteMemories(["a", "b"]);
  const lease = {
    id: "l",
    migration: "m",
    host: "h",
    owner: "o",
    since: "2026-01-01T00:00:00Z",
    expiresMs: 0,
  };
  await store.leases!.add(lease);
  await store.leases!.list();
  await store.leases!.renew(lease.id, 1);
  await store.count();
  await store.leases!.remove([lease.id]);
  await store.health();
}
