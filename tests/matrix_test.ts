/** Every source times every target times every named graph, through the migration that users run. */
import assert from "node:assert/strict";
import { storeSource, storeTarget } from "../src/operations/open_ends.ts";
import { runMigration } from "../src/pipeline/migration.ts";
import { DEFAULT_BATCH_SIZE } from "../src/store/store.ts";
import type { GraphFixture } from "./fixtures/graph.ts";
import { GRAPHS } from "./fixtures/graphs.ts";
import { assertSameGraph, digestOfGraph, readGraph, writeGraph } from "./support/graph.ts";
import { dropSchemas, type Harness, type HarnessStore } from "./support/harness.ts";
import { registerUnavailable, selectHarnesses } from "./support/harnesses.ts";

Deno.test.afterAll(dropSchemas);

const harnesses = selectHarnesses();
for (const source of harnesses) {
  for (const target of harnesses) registerCell(source, target);
}

/** One test a pair, one step a graph: making databases costs more than filling them. */
function registerCell(source: Harness, target: Harness): void {
  const name = `migrate ${source.name} -> ${target.name}`;
  const shareServer = source.server !== undefined && source.server === target.server;
  const reason = source.unavailable ?? target.unavailable ??
    (shareServer ? target.secondUnavailable : undefined);
  if (reason !== undefined) return registerUnavailable(name, reason);
  Deno.test(name, async (test) => {
    await using left = await source.open({ place: 0, schemaMayStay: true });
    await using right = await target.open({ place: shareServer ? 1 : 0, schemaMayStay: true });
    const stateDirectory = await Deno.makeTempDir({ prefix: "memorygraph-test-state-" });
    try {
      for (const fixture of GRAPHS) {
        await test.step({
          name: `${name} keeps the graph "${fixture.name}"`,
          fn: () => migrateGraph({ source, target, left, right, stateDirectory }, fixture),
          // Connections outlive a step; the test as a whole is checked for leaks.
          sanitizeOps: false,
          sanitizeResources: false,
        });
      }
    } finally {
      await Deno.remove(stateDirectory, { recursive: true });
    }
  });
}

interface Cell {
  source: Harness;
  target: Harness;
  left: HarnessStore;
  right: HarnessStore;
  stateDirectory: string;
}

async function migrateGraph(cell: Cell, fixture: GraphFixture): Promise<void> {
  const { source, target, left, right, stateDirectory } = cell;
  const batchSize = fixture.big ? DEFAULT_BATCH_SIZE : 7;
  const wanted = expectedOf(fixture);
  await writeGraph(await left.empty(), fixture, { batchSize });
  await left.close();
  await right.close();
  await right.database.empty();

  const migrate = () =>
    runMigration(
      storeSource({ backend: source.backend, settings: left.settings }, {}),
      storeTarget({ backend: target.backend, settings: right.settings }, {}),
      { batchSize },
      { stateDirectory },
    );
  const first = await migrate();
  assert.deepEqual(first.written, wanted.counts);
  assert.equal(first.digest, wanted.digest);
  assert.equal(first.verification?.differenceCount, 0);
  assert.equal(first.verification?.checked, wanted.counts.memories + wanted.counts.relationships);
  await assertHolds(right, fixture);

  // It reads the source, which must be as it was, and compares every record of the target.
  const second = await migrate();
  assert.equal(second.digest, wanted.digest);
  assert.deepEqual(second.written, { memories: 0, relationships: 0 });
  assert.deepEqual(second.plan.same, wanted.counts);
  assert.equal(second.verification?.differenceCount, 0);
}

/** Reads a whole database and leaves it closed, so that a migration can open it. */
async function assertHolds(opened: HarnessStore, fixture: GraphFixture): Promise<void> {
  const graph = await readGraph(await opened.reopen("read"));
  await opened.close();
  // The digest says the same at a fraction of the time; the comparison names what differs.
  if (digestOfGraph(graph) !== expectedOf(fixture).digest) assertSameGraph(graph, fixture);
  assert.equal(digestOfGraph(graph), expectedOf(fixture).digest);
}

interface Expected {
  digest: string;
  counts: { memories: number; relationships: number };
}

const expected = new Map<GraphFixture, Expected>();

function expectedOf(fixture: GraphFixture): Expected {
  let found = expected.get(fixture);
  if (!found) {
    const graph = { memories: [...fixture.memories()], relationships: [...fixture.relationships()] };
    const counts = { memories: graph.memories.length, relationships: graph.relationships.length };
    expected.set(fixture, found = { digest: digestOfGraph(graph), counts });
  }
  return found;
}
