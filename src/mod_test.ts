import assert from "node:assert/strict";
import { join } from "node:path";
import { memory } from "../tests/fixtures/graph.ts";
import { writeGraph } from "../tests/support/graph.ts";
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
    const events: string[] = [];
    const written = await exportGraph(at("copy.db"), file, {
      onProgress: ({ phase, done, total, state }) => events.push(`${phase} ${done}/${total} ${state}`),
    });
    assert.deepEqual([events[0], events.at(-1)], ["export 0/5 started", "export 5/5 finished"]);
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

Deno.test("options and settings that do not fit are named, and nothing is done", async () => {
  const folder = await Deno.makeTempDir({ prefix: "memorygraph-test-library-" });
  try {
    const source = { backend: "sqlite", path: FULL };
    const target = { backend: "sqlite", path: join(folder, "target.db") };
    const wrong: [field: string, options: Record<string, unknown>][] = [
      ["onConflict", { onConflict: "fial" }],
      ["batchSize", { batchSize: 0 }],
      ["dryrun", { dryrun: true }],
      ["scope.since", { scope: { since: "yesterday" } }],
      ["mirror.maxDeletePercent", { mirror: { maxDeletePercent: 101 } }],
      ["onProgress", { onProgress: true }],
    ];
    const naming = (field: string) => (error: unknown) =>
      error instanceof GraphError && error.code === "USAGE" && error.details?.field === field &&
      error.message.includes(field);
    for (const [field, options] of wrong) {
      await assert.rejects(migrate(source, target, options), naming(field), field);
      await assert.rejects(importGraph(FULL, target, options), naming(field), field);
    }
    const mistyped = { backend: "sqlite", pth: target.path };
    await assert.rejects(openStore(mistyped), naming("pth"));
    await assert.rejects(migrate(source, mistyped), naming("pth"));
    await assert.rejects(migrate(mistyped, target), naming("pth"));
    await assert.rejects(
      exportGraph(source, join(folder, "a.json"), { format: "yaml" as "json" }),
      naming("format"),
    );
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("since may be a time in any zone, or a date", async () => {
  const folder = await Deno.makeTempDir({ prefix: "memorygraph-test-library-" });
  try {
    const source = { backend: "sqlite", path: join(folder, "source.db") };
    {
      await using store = await openStore(source, "create");
      await store.ensureSchema();
      const at = (id: string, time: string) => memory(id, { createdAt: time, updatedAt: time });
      const memories = [at("old", "2026-03-14T12:00:00Z"), at("new", "2026-03-14T14:00:00Z")];
      await writeGraph(store, { memories, relationships: [] });
    }
    const planned = async (since: string) => {
      const options = { stateDirectory: join(folder, "state"), dryRun: true, scope: { since } };
      const target = { backend: "sqlite", path: join(folder, "target.db") };
      return (await migrate(source, target, options)).plan.create.memories;
    };
    assert.equal(await planned("2026-03-14"), 2);
    assert.equal(await planned("2026-03-14T13:00:00+02:00"), 2);
    assert.equal(await planned("2026-03-14T13:00:00Z"), 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("configFromEnv() reads what the command line reads", async () => {
  const config = await configFromEnv({ MEMORY_BACKEND: "sqlite", MEMORY_SQLITE_PATH: "/data/memory.db" });
  assert.deepEqual(config, { backend: "sqlite", path: "/data/memory.db" });
  await assert.rejects(configFromEnv({ MEMORY_BACKEND: "oracle" }), { code: "USAGE" });
});
