/** Every source times every target times every named graph, through the migration that users run. */
import assert from "node:assert/strict";
import { storeSource, storeTarget } from "../src/operations/open_ends.ts";
import { runMigration } from "../src/pipeline/migration.ts";
import { DEFAULT_BATCH_SIZE } from "../src/store/store.ts";
import type { GraphFixture } from "./fixtures/graph.ts";
import { GRAPHS } from "./fixtures/graphs.ts";
import { assertSameGraph, digestOfGraph, readGraph, writeGraph } from "./support/graph.ts";
import { dropSchemas, type Harness, type HarnessStore, type Place } from "./support/harness.ts";
import { registerUnavailable, selectHarnesses } from "./support/harnesses.ts";

Deno.test.afterAll(dropSchemas);

const harnesses = selectHarnesses();
for (const source of harnesses) {
  const targets = harnesses.filter((target) => isThere(source, target));
  for (const round of roundsOf(targets)) registerRound(source, round);
}

/** Where a target's database is made, so that the source's has room on the same server. */
function placeBeside(source: Harness, target: Harness): Place {
  return source.server !== undefined && source.server === target.server ? 1 : 0;
}

/** Whether a pair can run here; a test that says why stands for one that cannot. */
function isThere(source: Harness, target: Harness): boolean {
  const reason = source.unavailable ?? target.unavailable ??
    (placeBeside(source, target) === 1 ? target.secondUnavailable : undefined);
  if (reason !== undefined) registerUnavailable(pairName(source, target), reason);
  return reason === undefined;
}

function pairName(source: Harness, target: Harness): string {
  return `migrate ${source.name} -> ${target.name}`;
}

/** Targets that can be there at the same time: none has another's place on one server. */
function roundsOf(targets: readonly Harness[]): Harness[][] {
  const rounds: Harness[][] = [];
  for (const target of targets) {
    const isBeside = (other: Harness) => other.server === undefined || other.server !== target.server;
    const round = rounds.find((others) => others.every(isBeside));
    if (round) round.push(target);
    else rounds.push([target]);
  }
  return rounds;
}

/**
 * One test a source and its round of targets, one step a graph and target: making databases costs more than filling
 * them, and filling the source as much as migrating out of it.
 */
function registerRound(source: Harness, targets: readonly Harness[]): void {
  Deno.test(`migrate ${source.name} -> ${targets.map(({ name }) => name).join(", ")}`, async (test) => {
    await using open = new AsyncDisposableStack();
    const left = open.use(await source.open({ place: 0, schemaMayStay: true }));
    const cells: Cell[] = [];
    const stateDirectory = await Deno.makeTempDir({ prefix: "memorygraph-test-state-" });
    open.defer(() => Deno.remove(stateDirectory, { recursive: true }));
    for (const target of targets) {
      const right = open.use(await target.open({ place: placeBeside(source, target), schemaMayStay: true }));
      cells.push({ source, target, left, right, stateDirectory });
    }
    for (const fixture of GRAPHS) {
      await writeGraph(await left.empty(), fixture, { batchSize: batchSizeFor(fixture) });
      await left.close();
      for (const cell of cells) {
        await test.step({
          name: `${pairName(source, cell.target)} keeps the graph "${fixture.name}"`,
          fn: () => migrateGraph(cell, fixture),
          // Connections outlive a step; the test as a whole is checked for leaks.
          sanitizeOps: false,
          sanitizeResources: false,
        });
      }
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

const batchSizeFor = (fixture: GraphFixture) => fixture.big ? DEFAULT_BATCH_SIZE : 7;

async function migrateGraph(cell: Cell, fixture: GraphFixture): Promise<void> {
  const { source, target, left, right, stateDirectory } = cell;
  const batchSize = batchSizeFor(fixture);
  const wanted = expectedOf(fixture);
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
