import assert from "node:assert/strict";
import { memory } from "../../tests/fixtures/graph.ts";
import { cli } from "../../tests/support/cli.ts";
import { factsOf, inTemporaryFolder, streamOf } from "../../tests/support/files.ts";
import { exportJson } from "../formats/json_export.ts";

Deno.test("diff and verify refuse a file that was changed, whichever of the two it is", async () => {
  await inTemporaryFolder(async (folder) => {
    const [whole, changed] = [`${folder}/whole.json`, `${folder}/changed.json`];
    const graph = { memories: [memory("a", { title: "Ours" })], relationships: [] };
    await exportJson(whole, streamOf(graph), { facts: factsOf(graph) });
    assert.equal((await cli(["diff", whole, whole])).code, 0);
    await Deno.writeTextFile(changed, (await Deno.readTextFile(whole)).replace("Ours", "Theirs"));
    for (const argv of [["diff", changed, changed], ["verify", whole, changed], ["verify", changed, whole]]) {
      const { code, stderr } = await cli(argv);
      assert.equal(code, 5, argv.join(" "));
      assert.match(stderr, /changed\.json.*digests differ/);
    }
  });
});
