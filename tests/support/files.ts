import assert from "node:assert/strict";
import type { ExportFacts } from "../../src/formats/export_batches.ts";
import type { ImportFile } from "../../src/formats/import_file.ts";
import { assertClaimed } from "../../src/pipeline/claimed_digest.ts";
import { type Batch, DEFAULT_BATCH_SIZE, type ReadOptions, type Reject } from "../../src/store/store.ts";
import { batchesOf, digestOfGraph, type Graph } from "./graph.ts";

/** What an export of a graph says about it. */
export function factsOf(graph: Graph): ExportFacts {
  return {
    backend: "sqlite",
    exportedAt: "2026-01-02T03:04:05.678901+00:00",
    memories: graph.memories.length,
    relationships: graph.relationships.length,
    digest: () => digestOfGraph(graph),
  };
}

/** A graph as the stream that a store gives, in batches small enough that their boundaries matter. */
export async function* streamOf(graph: Graph, batchSize = 2): AsyncGenerator<Batch> {
  yield* batchesOf(graph, batchSize);
}

/** Asserts that a file holds what it claims to hold, as an import does. */
export function assertClaimedDigest(file: ImportFile, digest: string): void {
  assertClaimed({ claimedDigest: () => file.digest }, { display: file.path }, () => digest);
}

/** Reads a whole file and asserts what every stream promises: the order of kinds, and the batch size. */
export async function readFile(
  file: ImportFile,
  options: ReadOptions = {},
): Promise<Graph & { rejects: Reject[] }> {
  const graph: Graph & { rejects: Reject[] } = { memories: [], relationships: [], rejects: [] };
  for await (const batch of file.read(options)) {
    const count = batch.items.length + (batch.rejects?.length ?? 0);
    assert(count <= (options.batchSize ?? DEFAULT_BATCH_SIZE), "a batch is larger than asked for");
    if (batch.kind === "memory") {
      assert.equal(graph.relationships.length, 0, "a memory came after a relationship");
    }
    if (batch.kind === "memory") graph.memories.push(...batch.items);
    else graph.relationships.push(...batch.items);
    graph.rejects.push(...batch.rejects ?? []);
  }
  return graph;
}

/** Calls `action` with a new folder, which is removed afterwards. */
export async function inTemporaryFolder(action: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "memorygraph-test-" });
  try {
    await action(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
