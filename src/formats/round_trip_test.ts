import assert from "node:assert/strict";
import fc from "fast-check";
import { memory } from "../../tests/fixtures/graph.ts";
import { arbitraryGraph, arbitraryMemory, arbitraryRelationship } from "../../tests/support/arbitraries.ts";
import {
  assertClaimedDigest,
  factsOf,
  inTemporaryFolder,
  readFile,
  streamOf,
} from "../../tests/support/files.ts";
import { assertSameGraph, digestOfGraph } from "../../tests/support/graph.ts";
import { canonicalMemory, canonicalRelationship } from "../model/canonical.ts";
import { parseJson } from "../model/json.ts";
import type { Memory } from "../model/memory.ts";
import type { Relationship } from "../model/relationship.ts";
import { formatOf } from "./format.ts";
import { EXPORTERS } from "./mod.ts";
import { openImport } from "./open_import.ts";
import {
  memoryFromJson,
  memoryToJson,
  recordText,
  relationshipFromJson,
  relationshipToJson,
} from "./record.ts";

const CASES = 1000;

Deno.test("a memory is the same after it was the object of a file", () => {
  fc.assert(
    fc.property(arbitraryMemory(), (memory) => {
      const read = memoryFromJson(parseJson(recordText(memoryToJson(memory))));
      assert.equal(canonicalMemory(read as Memory), canonicalMemory(memory));
    }),
    { numRuns: CASES },
  );
});

Deno.test("a relationship is the same after it was the object of a file", () => {
  fc.assert(
    fc.property(arbitraryRelationship(), (relationship) => {
      const read = relationshipFromJson(parseJson(recordText(relationshipToJson(relationship))));
      assert.equal(canonicalRelationship(read as Relationship), canonicalRelationship(relationship));
    }),
    { numRuns: CASES },
  );
});

for (const name of ["graph.json", "graph.json.gz", "graph.jsonl", "graph.jsonl.gz"]) {
  Deno.test(`a graph is the same after it was in ${name}`, async () => {
    await inTemporaryFolder(async (folder) => {
      const path = `${folder}/${name}`;
      const { format, gzip } = formatOf(path);
      await fc.assert(
        fc.asyncProperty(arbitraryGraph(), async (graph) => {
          const options = { facts: factsOf(graph), gzip, overwrite: true };
          await EXPORTERS[format](path, streamOf(graph), options);
          const file = await openImport(path);
          const read = await readFile(file, { batchSize: 2 });
          assert.deepEqual(read.rejects, []);
          assertSameGraph(read, graph);
          assertClaimedDigest(file, digestOfGraph(read));
          assert.deepEqual(file.notes, []);
        }),
        // Compression has no say in what a record is.
        { numRuns: gzip ? 100 : CASES },
      );
    });
  });
}

Deno.test("JSON on one line is told from an archive, whatever its records speak of", async () => {
  await inTemporaryFolder(async (folder) => {
    const path = `${folder}/graph.json`;
    const content = 'A file of memorygraph-archive, with "format":"memorygraph-archive" in its header';
    const graph = { memories: [memory("a", { title: content, content })], relationships: [] };
    await EXPORTERS.json(path, streamOf(graph), { facts: factsOf(graph) });
    await Deno.writeTextFile(path, JSON.stringify(JSON.parse(await Deno.readTextFile(path))));
    assertSameGraph(await readFile(await openImport(path)), graph);
  });
});
