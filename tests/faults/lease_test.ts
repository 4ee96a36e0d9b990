/** The lease that keeps other machines out, in real servers: two state directories stand for two machines. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { storeTarget } from "../../src/operations/open_ends.ts";
import { leaseOfExisting, takeLease } from "../../src/pipeline/lease.ts";
import { StateFiles } from "../../src/workfile/history.ts";
import { cli } from "../support/cli.ts";
import { registerUnavailable, selectHarnesses } from "../support/harnesses.ts";
import { memory } from "../fixtures/graph.ts";
import { writeGraph } from "../support/graph.ts";
import { endOf } from "./child.ts";

const path = new URL("../fixtures/upstream/python/full.db", import.meta.url).pathname;

for (const harness of selectHarnesses()) {
  if (!("uri" in harness.backend.config.shape)) continue;
  const name = `a lease in ${harness.name}`;
  if (harness.unavailable) {
    registerUnavailable(name, harness.unavailable);
    continue;
  }
  Deno.test(`${name} keeps another machine out, is removed at the end, and expires`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "memorygraph-lease-" });
    try {
      await using opened = await harness.open();
      await writeGraph(opened.store, { memories: [memory("own")], relationships: [] });
      const to = endOf("to", harness.backend, opened.settings);
      const migrate = async (machine: string) => {
        const argv = ["migrate", "--from-path", path, ...to.args, "--json"];
        const run = await cli(argv, { env: { ...to.env, MEMORYGRAPH_STATE_DIR: join(folder, machine) } });
        return { code: run.code, ...JSON.parse(run.stdout) };
      };
      const target = storeTarget({ backend: harness.backend, settings: opened.settings }, {});
      const elsewhere = await leaseOfExisting(target, "theirs", new StateFiles(join(folder, "theirs")));
      assert(elsewhere);
      assert.equal((await opened.store.leases!.list()).length, 1);
      assert.equal((await opened.store.count()).foreignNodes, 0);
      const refused = await migrate("ours");
      assert.deepEqual([refused.code, refused.error.code], [9, "RUN_LOCKED"]);
      assert.match(refused.error.message, /locked by migration theirs on /);
      assert.equal((await opened.store.count()).memories, 1);
      elsewhere.assertHeld();
      await elsewhere[Symbol.asyncDispose]();

      // What a killed run on another machine left, long ago.
      const open = () => harness.backend.open(opened.settings, { mode: "write" });
      const longAgo = () => Date.now() - 60 * 60_000;
      const killed = await takeLease(open, { migration: "killed", owner: "theirs", now: longAgo });
      const done = await migrate("ours");
      assert.deepEqual([done.code, done.written?.memories], [0, 2], JSON.stringify(done));
      assert.deepEqual(await opened.store.leases!.list(), []);
      await killed![Symbol.asyncDispose]();
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
