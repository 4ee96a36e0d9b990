import assert from "node:assert/strict";
import { type ErrorCode, GraphError } from "../../src/errors.ts";
import type { Memory } from "../../src/model/memory.ts";
import type { Relationship, RelationshipRef } from "../../src/model/relationship.ts";
import type { GraphStore, WriteMode } from "../../src/store/store.ts";
import type { Harness, HarnessStore } from "../support/harness.ts";

/** One topic of the suite: registers its tests for a backend. */
export type Topic = (harness: Harness) => void;

/**
 * Registers a test that is given an empty database of its own, with its schema made: just now, or where that does
 * not matter to the test, for the one before it.
 */
export function test(
  harness: Harness,
  name: string,
  run: (opened: HarnessStore) => Promise<void>,
  { schemaMayStay = true } = {},
): void {
  Deno.test(`${harness.name}: ${name}`, async () => {
    await using opened = await harness.open({ schemaMayStay });
    await opened.store.ensureSchema();
    await run(opened);
  });
}

/** Asserts that an action fails with a GraphError of that code, whose message a person can be shown. */
export async function failsWith(code: ErrorCode, action: () => PromiseLike<unknown>): Promise<GraphError> {
  try {
    await action();
  } catch (error) {
    assert(
      error instanceof GraphError,
      `not a GraphError but ${error instanceof Error ? error.stack : error}`,
    );
    assert.equal(error.code, code, error.message);
    assert.match(error.message, /^["A-Z]/);
    assert.doesNotMatch(error.message, /\.$|\n/);
    return error;
  }
  assert.fail(`did not fail, although it should with ${code}`);
}

/** Writes memories as one batch. */
export async function addMemories(
  store: GraphStore,
  items: Memory[],
  mode: WriteMode = "fail",
): Promise<void> {
  await store.write({ kind: "memory", items }, { mode });
}

/** Writes relationships as one batch. */
export async function addRelationships(
  store: GraphStore,
  items: Relationship[],
  mode: WriteMode = "fail",
): Promise<void> {
  await store.write({ kind: "relationship", items }, { mode });
}

/** Where a relationship is. */
export function refOf({ id, fromId, toId, type }: Relationship): RelationshipRef {
  return { id, fromId, toId, type };
}
