/** Two processes that migrate into one target, and a target's source that changes meanwhile. */
import assert from "node:assert/strict";
import { sqlite } from "../../src/backends/sqlite/mod.ts";
import { GraphError } from "../../src/errors.ts";
import { storeSource } from "../../src/operations/open_ends.ts";
import type { MigrationSource, SourceStream } from "../../src/pipeline/migration_types.ts";
import { runMigration } from "../../src/pipeline/migration.ts";
import type { GraphStore } from "../../src/store/store.ts";
import { memory, relationship } from "../fixtures/graph.ts";
import { digestOfGraph, readGraph, writeGraph } from "../support/graph.ts";
import { registerUnavailable, selectHarnesses } from "../support/harnesses.ts";
import { MemoryStore } from "../support/memory_store.ts";
import { endOf, programCommand, runUntil } from "./child.ts";
import { errorOf } from "./bench.ts";

const path = new URL("../fixtures/upstream/python/up_250.db", import.meta.url).pathname;

for (const harness of selectHarnesses()) {
  const name = `two processes that migrate into one ${harness.name}`;
  if (harness.unavailable) {
    registerUnavailable(name, harness.unavailable);
    continue;
  }
  Deno.test(`${name}: one wins, the other says who it is and ends with 9`, async () => {
    await using opened = await harness.open();
    await opened.close();
    const state = await Deno.makeTempDir({ prefix: "memorygraph-race-" });
    try {
      const to = endOf("to", harness.backend, opened.settings);
      const args = ["migrate", "--from", "sqlite", "--from-path", path, ...to.args, "--batch-size", "5"];
      const env = { ...to.env, MEMORYGRAPH_STATE_DIR: state };
      const first = programCommand(args, { env, stdout: "null", stderr: "piped" }).spawn();
      const lines = first.stderr.pipeThrough(new TextDecoderStream()).getReader();
      let said = "";
      while (!said.includes("Import: started")) said += (await lines.read()).value ?? "";
      // Or it might be done before the second one has even started.
      first.kill("SIGSTOP");
      const second = await runUntil([...args, "--json"], { env, moments: [] });
      first.kill("SIGCONT");
      assert.equal(second.code, 9, second.stderr);
      const { error } = JSON.parse(second.stdout);
      assert.equal(error.code, "RUN_LOCKED");
      assert.equal(error.details.holder.pid, first.pid);
      assert.match(error.message, /since \d{4}-\d\d-\d\dT/);
      for (let part = await lines.read(); !part.done; part = await lines.read()) said += part.value;
      assert.equal((await first.status).code, 0, said);
      const graph = await readGraph(await opened.reopen("read"));
      await using source = await sqlite.open({ path }, { mode: "read" });
      assert.equal(digestOfGraph(graph), digestOfGraph(await readGraph(source)));
    } finally {
      await Deno.remove(state, { recursive: true });
    }
  });
}

for (const harness of selectHarnesses()) {
  // The file of one that admits a single process cannot change under its reader.
  if (harness.unavailable || harness.exclusive) continue;
  Deno.test(`a ${harness.name} source that changes while it is read: a whole graph, or SOURCE_CHANGED`, async () => {
    await using opened = await harness.open();
    const memories = Array.from({ length: 40 }, (_, index) => memory(`m${index}`));
    const relationships = memories.map(({ id }, index) =>
      relationship(`r${index}`, [id, `m${(index + 1) % 40}`])
    );
    for (const change of ["add", "delete"] as const) {
      await writeGraph(await opened.empty(), { memories, relationships });
      const target = new MemoryStore();
      const stateDirectory = await Deno.makeTempDir({ prefix: "memorygraph-race-" });
      try {
        const source = storeSource({ backend: harness.backend, settings: opened.settings }, {});
        const changing = withChange(source, async () => {
          if (change === "add") {
            await opened.store.write({ kind: "memory", items: [memory("late")] }, { mode: "fail" });
            const items = [relationship("late", ["m0", "late"])];
            await opened.store.write({ kind: "relationship", items }, { mode: "fail" });
          } else await opened.store.deleteMemories(["m30", "m31"], { detach: true });
        });
        const error = await errorOf(() =>
          runMigration(changing, asTarget(target), { batchSize: 10 }, { stateDirectory })
        );
        const { memories: count } = await target.count();
        if (error) {
          assert(["SOURCE_CHANGED", "RECORD_INVALID"].includes(error.code), error.message);
          assert.equal(count, 0);
        } else assert([38, 40, 41].includes(count), `${count} memories`);
      } finally {
        await Deno.remove(stateDirectory, { recursive: true });
      }
    }
  });
}

Deno.test("a source that gives fewer records than it counts is SOURCE_CHANGED, and nothing is written", async () => {
  const source = new MemoryStore();
  await writeGraph(source, { memories: [memory("a"), memory("b")], relationships: [] });
  const target = new MemoryStore();
  const stateDirectory = await Deno.makeTempDir({ prefix: "memorygraph-race-" });
  const cut: MigrationSource = {
    location: source.location,
    open: () =>
      Promise.resolve({
        count: () => source.count(),
        async *read() {
          for await (const batch of source.read({ batchSize: 1 })) return yield batch;
        },
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }),
  };
  try {
    const error = await errorOf(() => runMigration(cut, asTarget(target), {}, { stateDirectory }));
    assert.deepEqual([error?.code, error?.exitCode], ["SOURCE_CHANGED", 3]);
    assert.equal((await target.count()).memories, 0);
  } finally {
    await Deno.remove(stateDirectory, { recursive: true });
  }
});

/** A source whose database changes after its first batch has been read. */
function withChange(source: MigrationSource, change: () => Promise<void>): MigrationSource {
  return {
    location: source.location,
    async open() {
      const stream = await source.open();
      let changed = false;
      const changing: SourceStream = {
        count: () => stream.count(),
        async *read(options) {
          for await (const batch of stream.read(options)) {
            yield batch;
            if (!changed) await change();
            changed = true;
          }
        },
        [Symbol.asyncDispose]: () => stream[Symbol.asyncDispose](),
      };
      return changing;
    },
  };
}

function asTarget(store: GraphStore) {
  const missing = new GraphError("NOT_FOUND", "There is nothing yet");
  return {
    location: store.location,
    open: (mode: string) => mode === "read" ? Promise.reject(missing) : Promise.resolve(store),
    checkWritable: () => Promise.resolve(),
    discard: () => Promise.resolve(),
  };
}
