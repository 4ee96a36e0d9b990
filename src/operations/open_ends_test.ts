import assert from "node:assert/strict";
import { inTemporaryFolder } from "../../tests/support/files.ts";
import { backendNamed } from "../backends/mod.ts";
import type { MigrationFacts } from "../workfile/facts.ts";
import { isTarget, storeTarget } from "./open_ends.ts";

/** What a work file says of a migration into a store. */
function factsOf(backend: string, settings: Record<string, string>): MigrationFacts {
  const target = storeTarget({ backend: backendNamed(backend), settings }, {});
  return { target: { ...target.location, settings: target.settings } } as MigrationFacts;
}

Deno.test("a target is known again by a path in any spelling", async () => {
  await inTemporaryFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a.db`, "");
    await Deno.symlink(folder, `${folder}/link`);
    const facts = factsOf("sqlite", { path: `${folder}/a.db` });
    const is = (path: string, backend?: string) => isTarget(facts, { backend, path }, { HOME: folder });
    for (const path of ["~/a.db", `${folder}/./a.db`, `${folder}/link/a.db`]) {
      assert.equal(is(path), true, path);
    }
    assert.deepEqual([is("~/b.db"), is("~/a.db", "falkordblite"), isTarget(facts, {}, {})], [
      false,
      false,
      true,
    ]);
    assert.equal(isTarget(facts, { uri: "bolt://h" }, {}), false);
  });
});

Deno.test("a target is known again by an address with credentials, and told from its other databases", () => {
  const facts = factsOf("neo4j", { uri: "bolt://db:7687", user: "ann", password: "pw", database: "mine" });
  const is = (uri: string | undefined, database?: string) =>
    isTarget(facts, { backend: "neo4j", uri, database }, { MEMORY_NEO4J_DATABASE: "other" });
  assert.equal(is("bolt://ann:pw@db:7687"), true);
  assert.equal(is("bolt://db"), true);
  assert.deepEqual([is(undefined, "mine"), is(undefined, "other"), is("bolt://db2")], [true, false, false]);
  assert.equal(isTarget(facts, { path: "a.db" }, {}), false);
});
