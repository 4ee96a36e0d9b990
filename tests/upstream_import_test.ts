/** Upstream's own importer reads the JSON that we write. */
import assert from "node:assert/strict";
import { sqlite } from "../src/backends/sqlite/mod.ts";
import { exportJson } from "../src/formats/json_export.ts";
import { context, memory, relationship } from "./fixtures/graph.ts";
import { factsOf, inTemporaryFolder, streamOf } from "./support/files.ts";
import { type Graph, readGraph } from "./support/graph.ts";
import { runUpstream, whyNoUpstream } from "./support/upstream.ts";

const IMPORT = `
import asyncio, json, logging, sys
from memorygraph.backends.sqlite_fallback import SQLiteFallbackBackend
from memorygraph.sqlite_database import SQLiteMemoryDatabase
from memorygraph.utils.export_import import import_from_json
logging.disable(logging.CRITICAL)

async def main(path, database):
    backend = SQLiteFallbackBackend(db_path=database)
    await backend.connect()
    await backend.initialize_schema()
    result = await import_from_json(SQLiteMemoryDatabase(backend), path)
    await backend.disconnect()
    print(json.dumps(result))

asyncio.run(main(sys.argv[1], sys.argv[2]))
`;

const reason = await whyNoUpstream();

/** Exports the graph, lets upstream import it, and gives what its database then holds. */
async function throughUpstream(graph: Graph): Promise<Graph> {
  let read: Graph = { memories: [], relationships: [] };
  await inTemporaryFolder(async (folder) => {
    await exportJson(`${folder}/graph.json`, streamOf(graph), { facts: factsOf(graph) });
    const args = [`${folder}/graph.json`, `${folder}/memory.db`];
    const printed = await runUpstream(IMPORT, { args });
    assert.deepEqual(JSON.parse(printed), {
      imported_memories: graph.memories.length,
      imported_relationships: graph.relationships.length,
      skipped_memories: 0,
      skipped_relationships: 0,
    });
    await using store = await sqlite.open({ path: `${folder}/memory.db` }, { mode: "read" });
    read = await readGraph(store);
  });
  return read;
}

const suffix = reason === undefined ? "" : ` (${reason})`;

Deno.test({
  name: `upstream imports what a real graph is exported to, with its context${suffix}`,
  ignore: reason !== undefined,
  async fn() {
    const path = new URL("fixtures/upstream/python/full.db", import.meta.url).pathname;
    await using store = await sqlite.open({ path }, { mode: "read" });
    const graph = await readGraph(store);
    const read = await throughUpstream(graph);
    const byId = new Map(read.memories.map((memory) => [memory.id, memory]));
    for (const { id, title, content, summary, tags, importance, confidence, context } of graph.memories) {
      const found = byId.get(id)!;
      assert.deepEqual([found.title, found.content, found.summary, found.tags], [
        title,
        content,
        summary,
        tags,
      ]);
      assert.deepEqual([found.importance, found.confidence], [importance, confidence]);
      assert.deepEqual(
        JSON.parse(found.context?.additionalMetadata ?? "{}"),
        JSON.parse(context?.additionalMetadata ?? "{}"),
      );
      assert.equal(found.context?.gitBranch, context?.gitBranch);
      assert.equal(found.context?.visibility, context?.visibility);
    }
  },
});

Deno.test({
  name: `upstream imports records that have more than it knows${suffix}`,
  ignore: reason !== undefined,
  async fn() {
    const graph: Graph = {
      memories: [
        memory("a", {
          version: 7,
          updatedBy: "ann",
          effectiveness: 0.5,
          content: "NUL \0 and 🧠",
          context: context({ additionalMetadata: '{"n": 9007199254740993, "z": -0.0}' }),
          extra: { mine: [1, { x: null }], usage_count: "many", context_odd: 2n ** 60n, not: NaN },
        }),
        memory("b"),
      ],
      relationships: [
        relationship("r", ["a", "b"], { description: "d", bidirectional: true, extra: { mine: 1 } }),
        // Not the other way round: upstream refuses cycles.
        relationship("s", ["a", "b"], {
          type: "SOLVES",
          validUntil: "2026-01-01T00:00:00+00:00",
          invalidatedBy: "r",
        }),
      ],
    };
    const read = await throughUpstream(graph);
    assert.equal(read.memories.find(({ id }) => id === "a")!.content, "NUL \0 and 🧠");
  },
});
