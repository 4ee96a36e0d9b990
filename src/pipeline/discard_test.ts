import assert from "node:assert/strict";
import { memory } from "../../tests/fixtures/graph.ts";
import { MemoryStore } from "../../tests/support/memory_store.ts";
import { GraphError } from "../errors.ts";
import type { GraphStore } from "../store/store.ts";
import { runMigration } from "./migration.ts";

Deno.test("a target that someone fills between planning and import is refused, and never removed", async () => {
  const source = new MemoryStore();
  const target = new MemoryStore();
  for (const store of [source, target]) {
    await store.write(
      { kind: "memory", items: [memory("theirs", { title: store === target ? "T" : "S" })] },
      {
        mode: "fail",
      },
    );
  }
  const stateDirectory = await Deno.makeTempDir({ prefix: "memorygraph-discard-" });
  let [looks, discarded] = [0, false];
  const filling = {
    location: target.location,
    // Not there when it is planned for, full when it is opened to be written.
    open: (mode: string): Promise<GraphStore> =>
      mode === "read" && looks++ === 0
        ? Promise.reject(new GraphError("NOT_FOUND", "There is nothing yet"))
        : Promise.resolve(target),
    checkWritable: () => Promise.resolve(),
    discard: () => Promise.resolve(void (discarded = true)),
  };
  try {
    const from = { location: source.location, open: () => Promise.resolve(source) };
    await assert.rejects(runMigration(from, filling, {}, { stateDirectory }), { code: "CONFLICT" });
    assert.equal(discarded, false);
    assert.equal((await target.readMemories(["theirs"]))[0]!.title, "T");
    assert.deepEqual([...Deno.readDirSync(`${stateDirectory}/migrations`)], []);
  } finally {
    await Deno.remove(stateDirectory, { recursive: true });
  }
});

Deno.test("a target that goes away between planning and import is to blame, and can be resumed", async () => {
  const source = new MemoryStore();
  await source.write({ kind: "memory", items: [memory("a")] }, { mode: "fail" });
  const stateDirectory = await Deno.makeTempDir({ prefix: "memorygraph-discard-" });
  let looks = 0;
  const leaving = {
    location: new MemoryStore().location,
    open: () =>
      Promise.reject(
        looks++ === 0
          ? new GraphError("NOT_FOUND", "There is nothing yet")
          : new GraphError("UNREACHABLE", "It is gone"),
      ),
    checkWritable: () => Promise.resolve(),
    discard: () => Promise.resolve(),
  };
  try {
    const from = { location: source.location, open: () => Promise.resolve(source) };
    await assert.rejects(runMigration(from, leaving, {}, { stateDirectory }), {
      code: "UNREACHABLE",
      exitCode: 4,
      message: /^It is gone\nContinue with `memorygraph migrate --resume/,
    });
    assert.equal([...Deno.readDirSync(`${stateDirectory}/migrations`)].length, 1);
  } finally {
    await Deno.remove(stateDirectory, { recursive: true });
  }
});
