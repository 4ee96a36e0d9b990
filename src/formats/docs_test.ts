import assert from "node:assert/strict";
import { assertClaimedDigest, inTemporaryFolder, readFile } from "../../tests/support/files.ts";
import { digestOfGraph } from "../../tests/support/graph.ts";
import { openImport } from "./open_import.ts";
import { CONTEXT_LAYOUT, MEMORY_LAYOUT, RELATIONSHIP_LAYOUT } from "./record.ts";

const text = await Deno.readTextFile(new URL("../../docs/FORMATS.md", import.meta.url));

Deno.test("the archive in docs/FORMATS.md can be imported", async () => {
  const [, archive] = /```jsonl\n(.*?\n)```/s.exec(text)!;
  await inTemporaryFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, archive!);
    const file = await openImport(`${folder}/file`);
    const graph = await readFile(file);
    assert.deepEqual([graph.memories.length, graph.relationships.length], [2, 1]);
    assertClaimedDigest(file, digestOfGraph(graph));
  });
});

Deno.test("docs/FORMATS.md names every field", () => {
  for (const { upstream, ours } of [MEMORY_LAYOUT, CONTEXT_LAYOUT, RELATIONSHIP_LAYOUT]) {
    for (const { stored } of [...upstream, ...ours]) assert.ok(text.includes(`\`${stored}\``), stored);
  }
});
