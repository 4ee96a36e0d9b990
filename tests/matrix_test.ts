/** Every source times every target times every named graph, through the migration that users run. */
import assert from "node:assert/strict";
import { storeSource, storeTarget } from "../src/operations/open_ends.ts";
import { runMigration } from "../src/pipeline/migration.ts";
import { DEFAULT_BATCH_SIZE } from "../src/store/store.ts";
import type { GraphFixture } from "./fixtures/graph.ts";
import { GRAPHS, SMALL_GRAPHS } from "./fixtures/graphs.ts";
import { assertSameGraph, digestOfGraph, readGraph, writeGraph } from "./support/graph.ts";
import { dropSchemas, type Harness, type HarnessStore, type Place } from "./support/harness.ts";
import { registerUnavailable, selectHarnesses } from "./support/harnesses.ts";

Deno.test.afterAll(dropSchemas);

/** A source and a target. */
type Pair = readonly [source: Harness, target: Harness];

const harnesses = selectHarnesses();
const pairs: Pair[] = harnesses.flatMap((source) => harnesses.map((target): Pair => [source, target]))
  .filter(isThere);
registerGraphs("every small graph", SMALL_GRAPHS);
for (const fixture of GRAPHS.filter(({ big }) => big)) registerGraphs(fixture.name, [fixture]);

/** Whether a pair can run here; a test that says why stands for one that cannot. */
function isThere([source, target]: Pair): boolean {
  const reason = source.unavailable ?? target.unavailable ??
    (areBeside(source, target) ? target.secondUnavailable : undefined);
  if (reason !== undefined) registerUnavailable(`migrate ${nameOf([source, target])}`, reason);
  return reason === undefined;
}

function nameOf([source, target]: Pair): string {
  return `${source.name} -> ${target.name}`;
}

/** Whether two harnesses share a server that has room for one database at each of its places. */
function areBeside(one: Harness, other: Harness): boolean {
  return one.server !== undefined && one.server === other.server;
}

/**
 * One test, with a step for each pair and graph. Backends that differ come first, one graph after the other: whatever
 * a graph was moved into is the source of a later step, so that it is written once and then moves through all of them.
 */
function registerGraphs(name: string, fixtures: readonly GraphFixture[]): void {
  if (pairs.length === 0) return;
  Deno.test(`migrate from each backend to each: ${name}`, async (test) => {
    await using open = new AsyncDisposableStack();
    const databases = open.use(new Databases());
    const stateDirectory = await Deno.makeTempDir({ prefix: "memorygraph-test-state-" });
    open.defer(() => Deno.remove(stateDirectory, { recursive: true }));
    const step = (pair: Pair, fixture: GraphFixture) =>
      test.step({
        name: `${nameOf(pair)} keeps the graph "${fixture.name}"`,
        fn: () => migrateGraph({ pair, fixture, databases, stateDirectory }),
        // Connections outlive a step; the test as a whole is checked for leaks.
        sanitizeOps: false,
        sanitizeResources: false,
      });
    for (const fixture of fixtures) {
      for (const pair of pairs.filter(([source, target]) => source !== target)) await step(pair, fixture);
    }
    for (const pair of pairs.filter(([source, target]) => source === target)) {
      for (const fixture of fixtures) await step(pair, fixture);
    }
  });
}

/** The place where a backend has its database; the second of those that share a server has the other if there is one. */
function homeOf(harness: Harness): Place {
  const first = harnesses.find((other) => areBeside(other, harness)) ?? harness;
  return first === harness || harness.secondUnavailable !== undefined ? 0 : 1;
}

/** Where a pair's target is, so that it is not where the source is. */
function placeOfTarget([source, target]: Pair): Place {
  if (source !== target && !areBeside(source, target)) return homeOf(target);
  return homeOf(source) === 0 ? 1 : 0;
}

/** A database, and the graph that is known to be in it. */
interface Held {
  harness: Harness;
  opened: HarnessStore;
  fixture?: GraphFixture | undefined;
}

/** The databases of a test, which stay until their place is needed for another backend. */
class Databases implements AsyncDisposable {
  readonly #at = new Map<string, Held>();

  async get(harness: Harness, place: Place): Promise<Held> {
    const key = `${harness.server ?? harness.name} ${place}`;
    const there = this.#at.get(key);
    if (there?.harness === harness) return there;
    await there?.opened[Symbol.asyncDispose]();
    this.#at.delete(key);
    const held: Held = { harness, opened: await harness.open({ place, schemaMayStay: true }) };
    this.#at.set(key, held);
    return held;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { opened } of this.#at.values()) await opened[Symbol.asyncDispose]();
  }
}

interface Step {
  pair: Pair;
  fixture: GraphFixture;
  databases: Databases;
  stateDirectory: string;
}

async function migrateGraph({ pair, fixture, databases, stateDirectory }: Step): Promise<void> {
  const [source, target] = pair;
  const batchSize = fixture.big ? DEFAULT_BATCH_SIZE : 7;
  const left = await databases.get(source, homeOf(source));
  const right = await databases.get(target, placeOfTarget(pair));
  if (left.fixture !== fixture) {
    left.fixture = undefined;
    await writeGraph(await left.opened.empty(), fixture, { batchSize });
    left.fixture = fixture;
  }
  await left.opened.close();
  right.fixture = undefined;
  await right.opened.close();
  await right.opened.database.empty();

  const wanted = expectedOf(fixture);
  const migrate = () =>
    runMigration(
      storeSource({ backend: source.backend, settings: left.opened.settings }, {}),
      storeTarget({ backend: target.backend, settings: right.opened.settings }, {}),
      { batchSize },
      { stateDirectory },
    );
  const first = await migrate();
  assert.deepEqual(first.written, wanted.counts);
  assert.equal(first.digest, wanted.digest);
  assert.equal(first.verification?.differenceCount, 0);
  assert.equal(first.verification?.checked, wanted.counts.memories + wanted.counts.relationships);
  // A big graph is read again below, and when what it was moved into is the next source.
  if (!fixture.big || source === target) await assertHolds(right.opened, fixture);

  // It reads the source, which must be as it was, and compares every record of the target.
  const second = await migrate();
  assert.equal(second.digest, wanted.digest);
  assert.deepEqual(second.written, { memories: 0, relationships: 0 });
  assert.deepEqual(second.plan.same, wanted.counts);
  assert.equal(second.verification?.differenceCount, 0);
  right.fixture = fixture;
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
