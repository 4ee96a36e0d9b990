import { Buffer } from "node:buffer";
import { deepEqual } from "node:assert/strict";
import assert from "node:assert/strict";
import {
  canonicalMemory,
  canonicalRelationship,
  digestOf,
  hashMemory,
  hashRelationship,
} from "../../src/model/canonical.ts";
import type { Memory } from "../../src/model/memory.ts";
import type { Relationship } from "../../src/model/relationship.ts";
import type { Batch, GraphStore, ReadOptions, Reject, WriteMode } from "../../src/store/store.ts";
import type { GraphFixture } from "../fixtures/graph.ts";

/** A whole graph, for comparing. */
export interface Graph {
  memories: Memory[];
  relationships: Relationship[];
}

/** Reads a whole graph and asserts what every read promises: the order of kinds, and the batch size. */
export async function readGraph(
  store: GraphStore,
  options: ReadOptions = {},
): Promise<Graph & { rejects: Reject[]; batches: number }> {
  const graph: Graph & { rejects: Reject[]; batches: number } = {
    memories: [],
    relationships: [],
    rejects: [],
    batches: 0,
  };
  for await (const batch of store.read(options)) {
    graph.batches++;
    graph.rejects.push(...batch.rejects ?? []);
    if (options.batchSize) {
      assert(batch.items.length <= options.batchSize, "a batch is larger than asked for");
    }
    if (batch.kind === "memory") {
      assert.equal(graph.relationships.length, 0, "a memory came after a relationship");
      graph.memories.push(...batch.items);
    } else graph.relationships.push(...batch.items);
  }
  return graph;
}

/** Records as batches, memories first. */
export function* batchesOf(graph: GraphFixture | Graph, batchSize: number): Generator<Batch> {
  const { memories, relationships } = "big" in graph
    ? { memories: graph.memories(), relationships: graph.relationships() }
    : graph;
  for (const items of slices(memories, batchSize)) yield { kind: "memory", items };
  for (const items of slices(relationships, batchSize)) yield { kind: "relationship", items };
}

function* slices<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let slice: T[] = [];
  for (const item of items) {
    slice.push(item);
    if (slice.length < size) continue;
    yield slice;
    slice = [];
  }
  if (slice.length > 0) yield slice;
}

/** Makes the schema and writes a graph, in batches small enough that their boundaries matter. */
export async function writeGraph(
  store: GraphStore,
  graph: GraphFixture | Graph,
  { batchSize = 7, mode = "fail" }: { batchSize?: number; mode?: WriteMode } = {},
): Promise<void> {
  await store.ensureSchema();
  for (const batch of batchesOf(graph, batchSize)) await store.write(batch, { mode });
  await store.finishLoad();
}

/**
 * Asserts that two graphs are one, by the canonical text of every record and in no order. Names the first
 * record that differs.
 */
export function assertSameGraph(actual: Graph, expected: GraphFixture | Graph): void {
  const wanted = "big" in expected
    ? { memories: [...expected.memories()], relationships: [...expected.relationships()] }
    : expected;
  assertSameRecords(actual.memories, wanted.memories, canonicalMemory);
  assertSameRecords(actual.relationships, wanted.relationships, canonicalRelationship);
}

function assertSameRecords<T extends { id: string }>(
  actual: readonly T[],
  expected: readonly T[],
  canonical: (record: T) => string,
): void {
  const found = new Map(actual.map((record) => [record.id, canonical(record)]));
  for (const record of expected) {
    const text = found.get(record.id);
    const name = JSON.stringify(record.id.slice(0, 80));
    assert(text !== undefined, `${name} is missing`);
    // deepEqual on strings prints where they differ, but takes minutes on a megabyte.
    if (text.length < 5000) deepEqual(text, canonical(record), `${name} differs`);
    else assert(text === canonical(record), `${name} differs in ${text.length} characters of text`);
    found.delete(record.id);
  }
  assert.deepEqual([...found.keys()], [], "there are records that were not expected");
  assert.equal(actual.length, expected.length, "a record was given twice");
}

/** The digest of a whole graph. */
export function digestOfGraph({ memories, relationships }: Graph): string {
  const hashes = [...memories.map(hashMemory), ...relationships.map(hashRelationship)];
  return digestOf(hashes.sort().map((hash) => Buffer.from(hash, "hex")));
}
