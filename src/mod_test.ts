import assert from "node:assert/strict";
import { join } from "node:path";
import { configFromEnv, exportGraph, GraphError, importGraph, migrate, openStore } from "./mod.ts";

const FULL = new URL("../tests/fixtures/upstream/python/full.db", import.meta.url).pathname;

Deno.test("the library migrates, exports and imports a graph, and its digest stays the same", async () => {
  const folder = await Deno.makeTempDir({ prefix: "memorygraph-test-library-" });
  try {
    const options = { stateDirectory: join(folder, "state") };
    const at = (name: string) => ({ backend: "sqlite", path: join(folder, name) });
    const phases = new Set<string>();
    const moved = await migrate({ backend: "sqlite", path: FULL }, at("copy.db"), {
      ...options,
      onProgress: ({ phase }) => phases.add(phase),
    });
    assert.deepEqual([...phases], ["preflight", "export", "validation", "import", "verification", "cleanup"]);
    const file = join(folder, "graph.jsonl.gz");
    const written = await exportGraph(at("copy.db"), file);
    const read = await importGraph(file, at("again.db"), options);
    assert.deepEqual([written.digest, read.digest], [moved.digest, moved.digest]);
    assert.deepEqual(written.counts, { memories: 2, relationships: 3 });
    await assert.rejects(exportGraph(at("copy.db"), file), { code: "USAGE" });

    await using store = await openStore(at("again.db"));
    const [memory] = await store.readMemories(["full-a"]);
    assert.equal(memory?.context?.gitCommit, "abc");
    await assert.rejects(
      openStore(at("none.db")),
      (error) => error instanceof GraphError && error.code === "NOT_FOUND",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("configFromEnv() reads what the command line reads", async () => {
  const config = await configFromEnv({ MEMORY_BACKEND: "sqlite", MEMORY_SQLITE_PATH: "/data/memory.db" });
  assert.deepEqual(config, { backend: "sqlite", path: "/data/memory.db" });
  await assert.rejects(configFromEnv({ MEMORY_BACKEND: "oracle" }), { code: "USAGE" });
});
