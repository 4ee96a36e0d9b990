/** `migrate-to-multitenant` on every backend: assign, count, and take back exactly. */
import assert from "node:assert/strict";
import { context, memory, relationship } from "../fixtures/graph.ts";
import { cli } from "../support/cli.ts";
import { digestOfGraph, type Graph, readGraph, writeGraph } from "../support/graph.ts";
import { registerUnavailable, selectHarnesses } from "../support/harnesses.ts";
import { endOf } from "./child.ts";

const GRAPH: Graph = {
  memories: [
    memory("bare"),
    memory("private", { context: context({ visibility: "private", projectPath: "/p" }) }),
    memory("owned", { context: context({ tenantId: "other", visibility: "public" }) }),
  ],
  relationships: [relationship("r", ["bare", "owned"])],
};

for (const harness of selectHarnesses()) {
  const name = `migrate-to-multitenant on ${harness.name}`;
  if (harness.unavailable) {
    registerUnavailable(name, harness.unavailable);
    continue;
  }
  Deno.test(`${name} assigns what has no tenant, and takes it back exactly`, async () => {
    const state = await Deno.makeTempDir({ prefix: "memorygraph-tenants-" });
    try {
      await using opened = await harness.open();
      await writeGraph(opened.store, GRAPH);
      await opened.close();
      const { args, env } = endOf("from", harness.backend, opened.settings);
      const flags = args.map((arg) => arg === "--from" ? "--backend" : arg.replace("--from-", "--"));
      const password = Object.entries(env).find(([variable]) => variable.endsWith("PASSWORD"))?.[1];
      await Deno.writeTextFile(`${state}/password`, password ?? "");
      if (password) flags.push("--password-file", `${state}/password`);
      const run = async (...given: string[]) => {
        const argv = ["migrate-to-multitenant", ...flags, ...given, "--json"];
        const result = await cli(argv, { env: { ...env, MEMORYGRAPH_STATE_DIR: state } });
        assert.equal(result.code, 0, result.stdout);
        return JSON.parse(result.stdout);
      };
      const read = async () => {
        const graph = await readGraph(await opened.reopen("read"));
        await opened.close();
        return graph;
      };
      assert.equal((await run("--tenant-id", "acme", "--dry-run")).memories, 2);
      assert.equal(digestOfGraph(await read()), digestOfGraph(GRAPH));

      assert.equal((await run("--tenant-id", "acme")).memories, 2);
      const { memories, relationships } = await read();
      const tenants = memories.map(({ id, context }) => `${id} ${context?.tenantId} ${context?.visibility}`);
      assert.deepEqual(tenants.sort(), ["bare acme team", "owned other public", "private acme team"]);
      assert.equal(relationships.length, 1);
      assert.equal((await run("--tenant-id", "acme")).memories, 0);

      const undone = await run("--rollback");
      assert.deepEqual([undone.action, undone.memories], ["restored", 2]);
      assert.equal(digestOfGraph(await read()), digestOfGraph(GRAPH));

      // Nothing is left to undo: as upstream does, every tenant goes.
      assert.deepEqual((await run("--rollback")).action, "cleared");
      assert(memories.length === 3 && (await read()).memories.every((item) => !item.context?.tenantId));
    } finally {
      await Deno.remove(state, { recursive: true });
    }
  });
}

Deno.test("a tenant's name has upstream's limits", async () => {
  for (const tenant of ["", "a b", "x".repeat(65), "a;b"]) {
    assert.equal((await cli(["migrate-to-multitenant", `--tenant-id=${tenant}`])).code, 2, tenant);
  }
});
