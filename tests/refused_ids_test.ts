/** Ids that a target cannot keep are found before anything is written to it. */
import assert from "node:assert/strict";
import { sqliteHarness } from "../src/backends/sqlite/harness.ts";
import { formatOf } from "../src/formats/format.ts";
import { EXPORTERS } from "../src/formats/mod.ts";
import { fileSource } from "../src/operations/import.ts";
import { storeSource, storeTarget } from "../src/operations/open_ends.ts";
import { runMigration } from "../src/pipeline/migration.ts";
import type { MigrationOptions } from "../src/pipeline/migration_types.ts";
import { errorOf } from "./faults/bench.ts";
import { memory, relationship } from "./fixtures/graph.ts";
import { factsOf, inTemporaryFolder, streamOf } from "./support/files.ts";
import { assertSameGraph, readGraph, writeGraph } from "./support/graph.ts";
import { registerUnavailable, selectHarnesses } from "./support/harnesses.ts";

const LONG = "x".repeat(9000);
const FITTING = {
  memories: [memory("a"), memory("b")],
  relationships: [relationship("ab", ["a", "b"])],
};
const ALL = {
  memories: [...FITTING.memories, memory(LONG)],
  relationships: [
    ...FITTING.relationships,
    relationship(`${LONG} too`, ["a", "b"]),
    relationship("to the long one", ["a", LONG]),
  ],
};
/** What the target holds before: something, or nothing, for which a migration encodes records as it reads them. */
const BEFORE = {
  "one that holds something": { memories: [memory("own")], relationships: [] },
  "an empty one": { memories: [], relationships: [] },
};

for (const harness of selectHarnesses()) {
  const keepsAll = harness.backend.whyIdRefused(LONG) === undefined;
  const name = `ids that ${harness.name} ${
    keepsAll ? "keeps, whatever their length" : "cannot keep are named before it is written to"
  }`;
  if (harness.unavailable) {
    registerUnavailable(name, harness.unavailable);
    continue;
  }
  for (const [kind, own] of Object.entries(BEFORE)) {
    Deno.test(`${name}, ${kind}`, async () => {
      await using left = await sqliteHarness.open();
      await writeGraph(left.store, ALL);
      await left.close();
      await using right = await harness.open();
      await writeGraph(right.store, own);
      await right.close();
      const stateDirectory = await Deno.makeTempDir({ prefix: "memorygraph-ids-" });
      const migrate = (options: MigrationOptions) => {
        const source = storeSource({ backend: sqliteHarness.backend, settings: left.settings }, {});
        const target = storeTarget({ backend: harness.backend, settings: right.settings }, {});
        return runMigration(source, target, options, { stateDirectory });
      };
      const targetNow = async () => {
        const graph = await readGraph(await right.reopen("read"));
        await right.close();
        return graph;
      };
      try {
        if (keepsAll) await migrate({});
        else {
          for (const dryRun of [true, false]) {
            const error = await errorOf(() => migrate({ dryRun }));
            assert.equal(error?.code, "RECORD_INVALID");
            assert.match(error!.message, /memory "x{100}"\.\.\.: id has more than \d+ bytes/);
            // The third is the relationship that then lacks an end.
            assert.equal(error!.details?.count, 3);
            assertSameGraph(await targetNow(), own);
          }
          const { rejected, verification } = await migrate({ skipInvalid: true });
          assert.equal(rejected.count, 3);
          assert.equal(verification?.checked, 3);
        }
        const { memories, relationships } = keepsAll ? ALL : FITTING;
        assertSameGraph(await targetNow(), { memories: [...memories, ...own.memories], relationships });
      } finally {
        await Deno.remove(stateDirectory, { recursive: true });
      }
    });
  }
}

Deno.test("a backup with an id that the target cannot keep is refused for the id, and can go without it", async () => {
  for (const name of ["graph.json", "graph.jsonl"]) {
    await inTemporaryFolder(async (folder) => {
      const file = `${folder}/${name}`;
      await EXPORTERS[formatOf(file).format](file, streamOf(ALL), { facts: factsOf(ALL) });
      const settings = { path: `${folder}/target.db` };
      const target = {
        ...storeTarget({ backend: sqliteHarness.backend, settings }, {}),
        whyIdRefused: (id: string) => id.startsWith(LONG) ? "is too long" : undefined,
      };
      const context = { stateDirectory: `${folder}/state` };
      const error = await errorOf(() => runMigration(fileSource(file), target, {}, context));
      assert.equal(error?.code, "RECORD_INVALID", error?.message);
      assert.equal(error.details?.count, 3);
      const { rejected } = await runMigration(fileSource(file), target, { skipInvalid: true }, context);
      assert.equal(rejected.count, 3);

      // What is left out is part of what the file claims.
      if (name === "graph.json") {
        const text = await Deno.readTextFile(file);
        await Deno.writeTextFile(file, text.replace(`"id":"${LONG}"`, `"id":"${LONG}y"`));
        const changed = await errorOf(() =>
          runMigration(fileSource(file), target, { skipInvalid: true }, context)
        );
        assert.equal(changed?.code, "FILE_INVALID");
      }
    });
  }
});
