/**
 * Import and export of one server backend beside the plain client, on the same server, in turns: our batches
 * out of a work file through `load`, and our `read`, against statements that anyone would write. Prints JSON.
 * Arguments: backend, memories, repeats; the server is where the environment says.
 */
import { join } from "node:path";
import { Redis } from "ioredis";
import neo4j from "neo4j-driver";
import type { Backend } from "../../src/backends/backend.ts";
import { BoltValues } from "../../src/backends/cypher/bolt_values.ts";
import { CypherCodec } from "../../src/backends/cypher/codec.ts";
import type { StoredMap, StoredValue } from "../../src/backends/cypher/values.ts";
import { connectRedis } from "../../src/backends/falkordb/connect.ts";
import { falkorDialect } from "../../src/backends/falkordb/dialect.ts";
import { openFalkorStore } from "../../src/backends/falkordb/open.ts";
import { findEngine } from "../../src/backends/falkordblite/engine.ts";
import { openToWrite } from "../../src/backends/falkordblite/writing_session.ts";
import { backendNamed } from "../../src/backends/mod.ts";
import { neo4jDialect } from "../../src/backends/neo4j/dialect.ts";
import { RECORD_KINDS, type RecordKind } from "../../src/model/record.ts";
import { load } from "../../src/pipeline/load.ts";
import { takeSnapshot } from "../../src/pipeline/snapshot.ts";
import { DEFAULT_BATCH_SIZE, type GraphStore } from "../../src/store/store.ts";
import { WorkFile } from "../../src/workfile/workfile.ts";
import { generateGraph } from "../../tests/fixtures/generated.ts";
import type { GraphFixture } from "../../tests/fixtures/graph.ts";
import { batchesOf } from "../../tests/support/graph.ts";
import { type PlainClient, type PlainGraph, writeAll } from "./plain.ts";
import { PlainBolt } from "./plain_bolt.ts";
import { PlainFalkor } from "./plain_falkor.ts";

/** What rates.ts prints. */
export interface Rates {
  rows: { what: string; records: number; ours: number; plain: number }[];
  /** How the plain client was quickest. */
  best: string;
}

type Seconds = Record<RecordKind, number>;

/** A server that both sides use. */
interface Bench extends AsyncDisposable {
  plain: PlainClient;
  codec: CypherCodec;
  /** Makes the driver's own values of ours. */
  toPlain(row: StoredMap): StoredMap;
  open(): Promise<GraphStore>;
  /** What a migration's export does for its import; see Backend. */
  encode: Backend["encode"];
}

const GRAPH = "memorygraph";
const PAGE_SIZES = [1000, 5000];

async function prepare(backend: string, folder: string): Promise<Bench> {
  switch (backend) {
    case "neo4j":
      return neo4jBench();
    case "falkordb":
      return await falkorDbBench();
    case "falkordblite":
      return await falkorDbLiteBench(folder);
    default:
      throw new TypeError(`no rates for ${backend}`);
  }
}

function variable(name: string): string {
  const value = Deno.env.get(name);
  if (value === undefined) throw new TypeError(`${name} is not set`);
  return value;
}

function neo4jBench(): Bench {
  const names = { uri: "MEMORY_NEO4J_URI", user: "MEMORY_NEO4J_USER", password: "MEMORY_NEO4J_PASSWORD" };
  const [uri, user, password] = Object.values(names).map(variable) as [string, string, string];
  const values = new BoltValues(neo4j);
  const plain = new PlainBolt({ uri, user, password });
  return {
    plain,
    codec: new CypherCodec(neo4jDialect(values, "5.26").storable),
    toPlain: (row) => values.toDriver(row) as StoredMap,
    encode: backendNamed("neo4j").encode,
    open: () => backendNamed("neo4j").open({ uri, user, password }, { mode: "create" }),
    [Symbol.asyncDispose]: () => plain[Symbol.asyncDispose](),
  };
}

async function falkorDbBench(): Promise<Bench> {
  const uri = variable("MEMORY_FALKORDB_URI");
  const password = variable("MEMORY_FALKORDB_PASSWORD");
  const plain = new PlainFalkor(new Redis(uri, { password, enableReadyCheck: false }), GRAPH);
  await plain.clear();
  return {
    plain,
    codec: new CypherCodec(falkorDialect.storable),
    toPlain: (row) => row,
    encode: backendNamed("falkordb").encode,
    open: () => backendNamed("falkordb").open({ uri, password, database: GRAPH }, { mode: "create" }),
    [Symbol.asyncDispose]: () => plain[Symbol.asyncDispose](),
  };
}

/** Both sides on the engine of one open file, with the journal that our store has. */
async function falkorDbLiteBench(folder: string): Promise<Bench> {
  const file = join(folder, "memory.db");
  const engine = {
    redisServer: variable("MEMORYGRAPH_REDIS_SERVER"),
    module: variable("MEMORYGRAPH_FALKORDB_MODULE"),
  };
  const session = await openToWrite(file, await findEngine(engine), { mode: "create" });
  const plain = new PlainFalkor(
    new Redis({ path: session.socket, enableReadyCheck: false }),
    GRAPH,
  );
  const location = { backend: "falkordblite", display: file, identity: file };
  const connect = () => connectRedis({ path: session.socket });
  return {
    plain,
    codec: new CypherCodec(falkorDialect.storable),
    toPlain: (row) => row,
    encode: backendNamed("falkordblite").encode,
    open: () => openFalkorStore({ connect, graph: GRAPH, location }, { mode: "create" }),
    async [Symbol.asyncDispose]() {
      await plain[Symbol.asyncDispose]();
      await session.close();
    },
  };
}

async function measureRates(
  bench: Bench,
  graph: GraphFixture,
  options: { folder: string; repeat: number },
): Promise<Rates> {
  const counts = { memory: [...graph.memories()].length, relationship: [...graph.relationships()].length };
  const { best, ...imports } = await measureImports(bench, graph, options);
  const exports = await measureExports(bench, counts, options);
  await bench.plain.clear();
  const rows = Object.entries({ import: imports, export: exports }).flatMap(([action, { ours, plain }]) =>
    RECORD_KINDS.map((kind) => ({
      what: `${action}, ${kind === "memory" ? "memories" : "relationships"}`,
      records: counts[kind],
      ours: ours[kind],
      plain: plain[kind],
    }))
  );
  return { rows, best };
}

/** The shortest time of each kind of record, ours and the plain client's. */
interface Sides {
  ours: Seconds;
  plain: Seconds;
}

async function measureImports(
  bench: Bench,
  graph: GraphFixture,
  { folder, repeat }: { folder: string; repeat: number },
): Promise<Sides & Pick<Rates, "best">> {
  const { plain } = bench;
  using workFile = WorkFile.create(join(folder, "work.db"));
  await takeSnapshot(graphStream(graph), workFile, { encode: bench.encode });
  workFile.enter("import");

  // The server, and both sides' code, get warm.
  for (let round = 0; round < 2; round++) await importOurs(bench, workFile);
  const ways = { memory: { seconds: Infinity, text: "" }, relationship: { seconds: Infinity, text: "" } };
  let [memoryWay, relationshipWay] = [{ batchSize: 1000, inFlight: 1 }, { batchSize: 1000, inFlight: 1 }];
  for (const inFlight of plain.inFlight) {
    for (const batchSize of plain.batchSizes) {
      const way = { batchSize, inFlight };
      const seconds = await importPlain(bench, graph, { memory: way, relationship: way });
      const text = `${batchSize} in a statement, ${inFlight} under way`;
      if (seconds.memory < ways.memory.seconds) {
        [ways.memory, memoryWay] = [{ seconds: seconds.memory, text }, way];
      }
      if (seconds.relationship < ways.relationship.seconds) {
        [ways.relationship, relationshipWay] = [{ seconds: seconds.relationship, text }, way];
      }
    }
  }
  const sides = { ours: slowest(), plain: slowest() };
  for (let round = 0; round < repeat; round++) {
    const seconds = await importPlain(bench, graph, { memory: memoryWay, relationship: relationshipWay });
    sides.plain = quicker(sides.plain, seconds);
    sides.ours = quicker(sides.ours, await importOurs(bench, workFile));
  }
  const best = `memories ${ways.memory.text}; relationships ${ways.relationship.text}`;
  return { ...sides, best };
}

async function measureExports(
  bench: Bench,
  counts: Record<RecordKind, number>,
  { repeat }: { repeat: number },
): Promise<Sides> {
  const sides = { ours: slowest(), plain: slowest() };
  const warmUps = 2;
  for (let round = -warmUps; round < repeat; round++) {
    // As often as the plain client: the quickest of more runs is quicker.
    for (const pageSize of PAGE_SIZES) {
      const plain = await exportPlain(bench.plain, pageSize, counts);
      const ours = await exportOurs(bench, counts);
      if (round < 0) continue;
      sides.plain = quicker(sides.plain, plain);
      sides.ours = quicker(sides.ours, ours);
    }
  }
  return sides;
}

const slowest = (): Seconds => ({ memory: Infinity, relationship: Infinity });

function quicker(a: Seconds, b: Seconds): Seconds {
  return {
    memory: Math.min(a.memory, b.memory),
    relationship: Math.min(a.relationship, b.relationship),
  };
}

/** A synchronous generator as a stream. */
async function* graphStream(graph: GraphFixture) {
  yield* batchesOf(graph, DEFAULT_BATCH_SIZE);
  await Promise.resolve();
}

function plainGraph({ codec, toPlain }: Bench, graph: GraphFixture): PlainGraph {
  const memory = [...graph.memories()].map((item) => toPlain(codec.encodeMemory(item).properties));
  const relationship = [...graph.relationships()].map((item) => ({
    type: item.type,
    from: item.fromId,
    to: item.toId,
    properties: toPlain(codec.encodeRelationship(item)) as StoredMap & StoredValue,
  }));
  return {
    memory,
    relationship: relationship.sort((a, b) => a.type < b.type ? -1 : a.type > b.type ? 1 : 0),
  };
}

/** An empty database with the indexes and the constraint of ours. */
async function emptied({ plain, open }: Bench): Promise<GraphStore> {
  await plain.clear();
  const store = await open();
  await store.ensureSchema();
  return store;
}

async function importOurs(bench: Bench, workFile: WorkFile): Promise<Seconds> {
  await using store = await emptied(bench);
  for (const kind of RECORD_KINDS) {
    for (const items of workFile.refs(kind, DEFAULT_BATCH_SIZE)) {
      workFile.setState(items.map(({ seq }) => seq), "exported");
    }
  }
  const memories = workFile.counts("memory");
  const start = performance.now();
  let between = start;
  await load(workFile, store, {
    batchSize: DEFAULT_BATCH_SIZE,
    onProgress: (done) => {
      if (done === memories) between = performance.now();
    },
  });
  return { memory: since(start, between), relationship: since(between) };
}

interface Way {
  batchSize: number;
  inFlight: number;
}

async function importPlain(
  bench: Bench,
  graph: GraphFixture,
  ways: Record<RecordKind, Way>,
): Promise<Seconds> {
  // Ours does not have them in memory, so they are there for this run alone.
  const rows = plainGraph(bench, graph);
  await using _ = await emptied(bench);
  const { plain } = bench;
  const start = performance.now();
  await writeAll(rows.memory, ways.memory, (batch) => plain.writeMemories(batch));
  const between = performance.now();
  await writeAll(rows.relationship, ways.relationship, (batch) => plain.writeRelationships(batch));
  return { memory: since(start, between), relationship: since(between) };
}

async function exportOurs({ open }: Bench, counts: Record<RecordKind, number>): Promise<Seconds> {
  await using store = await open();
  const start = performance.now();
  let between = start;
  const seen = { memory: 0, relationship: 0 };
  for await (const { kind, items } of store.read()) {
    seen[kind] += items.length;
    if (kind === "memory") between = performance.now();
  }
  assertAll(seen, counts);
  return { memory: since(start, between), relationship: since(between) };
}

async function exportPlain(
  plain: PlainClient,
  pageSize: number,
  counts: Record<RecordKind, number>,
): Promise<Seconds> {
  const start = performance.now();
  const memory = await plain.read("memory", pageSize);
  const between = performance.now();
  const relationship = await plain.read("relationship", pageSize);
  assertAll({ memory, relationship }, counts);
  return { memory: since(start, between), relationship: since(between) };
}

function assertAll(seen: Record<RecordKind, number>, counts: Record<RecordKind, number>): void {
  for (const kind of RECORD_KINDS) {
    if (seen[kind] !== counts[kind]) throw new Error(`${seen[kind]} of ${counts[kind]} ${kind} records`);
  }
}

function since(start: number, end = performance.now()): number {
  return (end - start) / 1000;
}

if (import.meta.main) {
  const [backend, memories, repeat] = Deno.args as [string, string, string];
  const graph = generateGraph({ memories: Number(memories), relationships: 2 * Number(memories) });
  const folder = await Deno.makeTempDir({ prefix: "memorygraph-bench-" });
  try {
    await using bench = await prepare(backend, folder);
    console.log(JSON.stringify(await measureRates(bench, graph, { folder, repeat: Number(repeat) })));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
