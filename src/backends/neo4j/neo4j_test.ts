/** What only Neo4j does, on a real server. The conformance suite tests what all backends promise. */
import assert from "node:assert/strict";
import { startNeo4jTls } from "../../../scripts/servers/mod.ts";
import { testsWith } from "../../../scripts/servers/testing.ts";
import { failsWith } from "../../../tests/conformance/suite.ts";
import { generateGraph } from "../../../tests/fixtures/generated.ts";
import { memory, relationship } from "../../../tests/fixtures/graph.ts";
import { assertConnectFailures } from "../../../tests/support/connect_failures.ts";
import type { HarnessStore } from "../../../tests/support/harness.ts";
import { registerUnavailable } from "../../../tests/support/harnesses.ts";
import { startBreakingProxy } from "../../../tests/support/breaking_proxy.ts";
import { assertSameGraph, readGraph, writeGraph } from "../../../tests/support/graph.ts";
import { createLogger } from "../../log.ts";
import type { Memory } from "../../model/memory.ts";
import { parseBoltAddress } from "../cypher/bolt_uri.ts";
import { loadNeo4j } from "../cypher/neo4j_module.ts";
import { memgraph } from "../memgraph/mod.ts";
import { neo4jHarness } from "./harness.ts";
import { neo4j } from "./mod.ts";

type Query = (text: string, parameters?: Record<string, unknown>) => Promise<Record<string, unknown>[]>;

/** A test with an empty database, and a way to run statements past the store. */
function test(name: string, run: (opened: HarnessStore, query: Query) => Promise<void>): void {
  const title = `neo4j: ${name}`;
  if (neo4jHarness.unavailable !== undefined) return registerUnavailable(title, neo4jHarness.unavailable);
  Deno.test(title, async () => {
    await using opened = await neo4jHarness.open();
    const { uri, user = "", password = "" } = parseBoltAddress({ uri: "", ...opened.settings });
    const driver = await loadNeo4j();
    await using client = driver.driver(uri, driver.auth.basic(user, password), {
      disableLosslessIntegers: true,
    });
    await run(opened, async (text, parameters) => {
      await using session = client.session();
      return (await session.run(text, parameters)).records.map((record) => record.toObject());
    });
  });
}

test(
  "native timestamps that upstream wrote are read as Python prints them, and written so",
  async ({ store }, query) => {
    await store.ensureSchema();
    await query(`
    CREATE (a:Memory {id: 'a', created_at: datetime('2025-01-02T03:04:05.5Z')})
    CREATE (a)-[:SOLVES {id: 'r', valid_from: datetime('2025-01-02T03:04:05.123456+02:00'),
      valid_until: localdatetime('2025-01-02T03:04:05'), recorded_at: datetime('2025-01-02T03:04:05.123456789Z')}]->(a)`);
    const { memories: [a], relationships: [r] } = await readGraph(store);
    assert.equal(a!.createdAt, "2025-01-02T03:04:05.500000+00:00");
    assert.equal(r!.validFrom, "2025-01-02T03:04:05.123456+02:00");
    assert.equal(r!.validUntil, "2025-01-02T03:04:05");
    assert.equal(r!.recordedAt, "2025-01-02T03:04:05.123456789+00:00");
    await writeGraph(store, { memories: [a!], relationships: [r!] }, { mode: "overwrite" });
    assertSameGraph(await readGraph(store), { memories: [a!], relationships: [r!] });
    const types = await query(
      `MATCH (a)-[r]->() RETURN valueType(a.created_at) AS a, valueType(r.valid_from) AS f,
    valueType(r.valid_until) AS u, valueType(r.recorded_at) AS c`,
    );
    assert.deepEqual(types, [{
      a: "STRING NOT NULL",
      f: "ZONED DATETIME NOT NULL",
      u: "STRING NOT NULL",
      c: "ZONED DATETIME NOT NULL",
    }]);
  },
);

const DATE_TIMES = [
  "2025-01-02T03:04Z",
  "2025-01-02T03:04:00.000001Z",
  "2025-01-02T03:04:05.1+01:00",
  "2025-01-02T03:04:05.123456789-08:30",
  "2025-01-02T03:04:05.1234567Z",
  "0000-01-01T00:00:00Z",
  "-0044-03-15T12:00:00Z",
  "+12345-01-01T00:00:00Z",
  "2025-07-02T03:04:05[Europe/Berlin]",
  "2025-07-02T03:04:05Z[UTC]",
  // An offset with seconds.
  "1850-01-01T00:00:00[Europe/Berlin]",
];

test(
  "a relationship has as a list, on its way in and out, what it would have as a map",
  async ({ store }, query) => {
    await store.ensureSchema();
    // One that has a property that no field describes comes as a map.
    await query(
      `CREATE (a:Memory {id: 'a'}) WITH a UNWIND range(0, size($texts) - 1) AS i
    WITH a, i, datetime($texts[i]) AS t
    CREATE (a)-[:SOLVES {id: 'list' + i, valid_from: t, valid_until: t, strength: 0.1, description: ['x']}]->(a)
    CREATE (a)-[:SOLVES {id: 'map' + i, valid_from: t, valid_until: t, strength: 0.1, description: ['x'], other: 1}]->(a)`,
      { texts: DATE_TIMES },
    );
    const { relationships } = await readGraph(store);
    const byId = new Map(relationships.map((item) => [item.id, item]));
    for (const [index, text] of DATE_TIMES.entries()) {
      const [list, map] = [byId.get(`list${index}`)!, byId.get(`map${index}`)!];
      assert.deepEqual({ ...list.extra, other: 1 }, { ...map.extra }, text);
      assert.deepEqual({ ...list, extra: undefined }, { ...map, id: list.id, extra: undefined }, text);
    }
    const refs = relationships.map(({ id, fromId, toId, type }) => ({ id, fromId, toId, type }));
    const graph = { memories: [], relationships };
    assertSameGraph({ memories: [], relationships: await store.readRelationships(refs) }, graph);

    const written: unknown[] = [];
    for (const mode of ["fail", "overwrite"] as const) {
      await query("MATCH ()-[r]->() DELETE r");
      await writeGraph(store, graph, { mode });
      assertSameGraph({ memories: [], relationships: (await readGraph(store)).relationships }, graph);
      written.push(await query("MATCH ()-[r]->() RETURN r.id AS id, r.valid_from AS at ORDER BY id"));
    }
    assert.deepEqual(written[0], written[1]);
  },
);

const NATIVES = `datetime('2025-01-02T03:04:05+01:00[Europe/Paris]') AS zoned, date('2025-01-02') AS day,
  localdatetime('2025-01-02T03:04:05.000000001') AS at, time('03:04:05+01:00') AS time, localtime('03:04:05') AS clock,
  duration('P1Y2M3DT4H5M6.000000007S') AS length, point({longitude: 0.1, latitude: 51.5, height: 1.5}) AS place,
  [date('2025-01-02')] AS days`;

test(
  "values of Neo4j's own types are carried as objects, and written back natively",
  async ({ store }, query) => {
    await store.ensureSchema();
    const properties = "id: 'a', zoned: zoned, day: day, at: at, time: time, clock: clock, length: length, " +
      "place: place, days: days, bytes: $bytes";
    await query(`WITH ${NATIVES} CREATE (:Memory {${properties}})`, { bytes: Int8Array.of(0, -1, 127) });
    const types = () =>
      query("MATCH (m:Memory) UNWIND keys(m) AS key RETURN key, valueType(m[key]) AS type ORDER BY key");
    const before = await types();
    const { memories } = await readGraph(store);
    assert.deepEqual(memories[0]!.extra!.bytes, { memorygraph_native: "Bytes", value: "00ff7f" });
    assert.deepEqual(memories[0]!.extra!.zoned, {
      memorygraph_native: "DateTime",
      value: "2025-01-02T03:04:05+01:00[Europe/Paris]",
    });
    await store.deleteMemories(["a"]);
    await store.write({ kind: "memory", items: memories }, { mode: "fail" });
    assertSameGraph(await readGraph(store), { memories, relationships: [] });
    // A list of native values is kept as text, and what a new memory always has was not there before.
    const natives = (rows: Record<string, unknown>[]) =>
      rows.filter(({ key }) => key !== "days" && String(key) in memories[0]!.extra!);
    assert.deepEqual(natives(await types()), natives(before));
  },
);

test("labels and types that are injections stay names", async ({ store }, query) => {
  await store.ensureSchema();
  const names = [
    "X`) DETACH DELETE a //",
    "X\\u0060) DETACH DELETE a //",
    "X\\u0060]->(b) WITH a MATCH (n) DETACH DELETE n //",
    "$rows",
    "a b\n:|&!%",
  ];
  const memories = names.map((name, index) =>
    memory(`m${index}`, { extra: { memorygraph_labels: [name], [name]: 1 } })
  );
  const relationships = names.map((type, index) => relationship(`r${index}`, ["m0", `m${index}`], { type }));
  for (const mode of ["fail", "overwrite"] as const) {
    await writeGraph(store, { memories, relationships }, { mode });
    assertSameGraph(await readGraph(store), { memories, relationships });
  }
  assertSameGraph({ memories: [], relationships: await store.readRelationships(relationships) }, {
    memories: [],
    relationships,
  });
  const plain = names.map((_, index) => memory(`m${index}`));
  await store.write({ kind: "memory", items: plain }, { mode: "overwrite" });
  await store.deleteRelationships(relationships);
  assertSameGraph(await readGraph(store), { memories: plain, relationships: [] });
  assert.deepEqual(await query("MATCH (m) WHERE size(labels(m)) > 1 RETURN m"), []);
});

test(
  "without a unique constraint every memory is read, and ids are still looked for",
  async ({ store }, query) => {
    await query("UNWIND range(1, 30) AS i CREATE (:Memory {id: 'twice', content: toString(i)})");
    assert.equal((await readGraph(store, { batchSize: 7 })).memories.length, 30);
    await failsWith(
      "CONFLICT",
      () => store.write({ kind: "memory", items: [memory("twice")] }, { mode: "fail" }),
    );
    const error = await failsWith("CONFLICT", () => store.ensureSchema());
    assert.match(error.message, /several memories with one id/);
  },
);

test("a constraint of another name is taken for ours", async ({ store }, query) => {
  await query("CREATE CONSTRAINT mine FOR (m:Memory) REQUIRE m.id IS UNIQUE");
  await store.ensureSchema();
  const names = await query("SHOW CONSTRAINTS YIELD name RETURN name");
  assert.deepEqual(names, [{ name: "mine" }]);
});

test("an id that is too long for the index is RECORD_INVALID", async ({ store }) => {
  await store.ensureSchema();
  const long = memory("x".repeat(8001));
  const error = await failsWith(
    "RECORD_INVALID",
    () => store.write({ kind: "memory", items: [long] }, { mode: "fail" }),
  );
  assert.match(error.message, /8000 bytes/);
  const fits = memory("x".repeat(8000));
  await store.write({ kind: "memory", items: [fits] }, { mode: "fail" });
  assert.equal((await store.readMemories([fits.id])).length, 1);
});

test("a log at level debug has statements and no parameters", async ({ store, settings }) => {
  await store.ensureSchema();
  const lines: string[] = [];
  const log = createLogger("debug", (line) => lines.push(line));
  await using logged = await neo4j.open(settings, { mode: "write", log });
  await writeGraph(logged, {
    memories: [memory("private id", { content: "private content" })],
    relationships: [],
  });
  await readGraph(logged);
  assert(lines.some((line) => /^debug: UNWIND .*CREATE .* \(\d+\.\d ms\)$/.test(line)));
  assert(lines.some((line) => /^debug: MATCH .*RETURN .* \(streamed, \d+\.\d ms\)$/.test(line)));
  assert(!lines.join("\n").includes("private"));
});

test("failures to connect are told apart, and no password is in them", async ({ settings }) => {
  const { uri = "" } = settings;
  await assertConnectFailures(neo4j, (silentPort, httpPort) => [
    ["UNREACHABLE", "bolt://127.0.0.1:1", /connection refused/],
    ["UNREACHABLE", "neo4j://127.0.0.1:1", /connection refused/],
    ["UNREACHABLE", "bolt://no-such-host.invalid", /host name is unknown/],
    ["UNREACHABLE", `bolt://127.0.0.1:${silentPort}`, /no answer in time/],
    ["UNREACHABLE", uri.replace("bolt:", "bolt+s:"), /TLS/],
    ["AUTHENTICATION_FAILED", uri, /refuses this user or password/],
    ["WRONG_PRODUCT", `bolt://127.0.0.1:${httpPort}`, /does not speak Bolt/],
    ["USAGE", "http://localhost", /not the address/],
  ]);
  await failsWith("AUTHENTICATION_FAILED", () => neo4j.open({ uri }, { mode: "read" }));
  const missing = { ...settings, database: "nosuch" };
  await failsWith("NOT_FOUND", () => neo4j.open(missing, { mode: "create" }));
  const error = await failsWith("WRONG_PRODUCT", () => memgraph.open(settings, { mode: "read" }));
  assert.match(error.message, /is not Memgraph but "Neo4j\/\d/);
});

test("the scheme neo4j:// reaches a single server too", async ({ store, settings }) => {
  const graph = generateGraph({ memories: 12, relationships: 20 });
  await writeGraph(store, graph);
  const routed = { ...settings, uri: settings.uri!.replace("bolt:", "neo4j:") };
  await using other = await neo4j.open(routed, { mode: "write" });
  assertSameGraph(await readGraph(other), graph);
  assert.equal(other.location.identity, store.location.identity);
});

/** Tells the commit of a transaction that creates relationships. */
function commitOfWrite(): (request: Uint8Array) => boolean {
  let isWriting = false;
  return (request) => {
    isWriting ||= /\b(CREATE|MERGE) \(a\)/.test(new TextDecoder().decode(request));
    // A Bolt message of its own: COMMIT.
    return isWriting && request.toHex().includes("0002b0120000");
  };
}

test("a connection that breaks at the commit repeats no write that may have succeeded", async ({ store, settings }) => {
  await store.ensureSchema();
  await store.write({ kind: "memory", items: [memory("a")] }, { mode: "fail" });
  for (const [index, mode] of (["fail", "overwrite"] as const).entries()) {
    const { port } = new URL(settings.uri!.replace("bolt:", "http:"));
    await using proxy = startBreakingProxy(Number(port), commitOfWrite());
    await using broken = await neo4j.open({ ...settings, uri: `bolt://127.0.0.1:${proxy.port}` }, {
      mode: "write",
    });
    const items = [relationship(`r${index}`, ["a", "a"])];
    const error = await failsWith(
      "UNREACHABLE",
      () => broken.write({ kind: "relationship", items }, { mode }),
    );
    assert(error.retry);
    assert.equal(proxy.broken(), 1);
    assert.equal((await readGraph(store)).relationships.length, index + 1);
  }
});

/** Tells the request numbered so among those of a scan that ask for more rows of a stream. */
function requestForMore(number: number): (request: Uint8Array) => boolean {
  let count = 0;
  let scans = false;
  return (request) => {
    scans ||= new TextDecoder().decode(request).includes("ORDER BY m.id");
    // PULL alone, in a chunk: https://neo4j.com/docs/bolt/current/bolt/message/#messages-pull
    return scans && /^.{4}b13f/.test(request.toHex()) && ++count === number;
  };
}

test("a connection that breaks while memories are read leaves none out", async ({ store, settings }) => {
  await store.ensureSchema();
  const graph = generateGraph({ memories: 3000, relationships: 0 });
  await writeGraph(store, graph);
  for (const number of [1, 2, 4]) {
    const { port } = new URL(settings.uri!.replace("bolt:", "http:"));
    await using proxy = startBreakingProxy(Number(port), requestForMore(number));
    const lines: string[] = [];
    const log = createLogger("debug", (line) => lines.push(line));
    await using broken = await neo4j.open(
      { ...settings, uri: `bolt://127.0.0.1:${proxy.port}` },
      { mode: "read", log },
    );
    assertSameGraph(await readGraph(broken), graph);
    assert.equal(proxy.broken(), 1);
    assert.match(lines.join("\n"), /come in pages: /);
  }
});

test("a transaction that is ended while memories are read leaves none out", async ({ store }, query) => {
  await store.ensureSchema();
  const graph = generateGraph({ memories: 5000, relationships: 0 });
  await writeGraph(store, graph);
  const memories: Memory[] = [];
  let ended = 0;
  for await (const { items } of store.read()) {
    memories.push(...items as Memory[]);
    if (memories.length < 1000 || ended > 0) continue;
    const scans = await query(
      "SHOW TRANSACTIONS YIELD transactionId AS id, currentQuery AS text WHERE text STARTS WITH 'MATCH' RETURN id",
    );
    for (const { id } of scans) {
      await query("TERMINATE TRANSACTIONS $id", { id });
      ended++;
    }
  }
  assert.equal(ended, 1);
  assertSameGraph({ memories, relationships: [] }, graph);
});

test("long texts come in small pages, also after a thousand short ones", async ({ store, settings }) => {
  await store.ensureSchema();
  const short = Array.from({ length: 1000 }, (_, index) => memory(`a${index}`));
  const content = "x".repeat(1_000_000);
  const long = Array.from({ length: 24 }, (_, index) => memory(`b${index}`, { content }));
  await writeGraph(store, { memories: [...short, ...long], relationships: [] });
  const lines: string[] = [];
  const log = createLogger("debug", (line) => lines.push(line));
  await using logged = await neo4j.open(settings, { mode: "read", log });
  const pages: number[] = [];
  let count = 0;
  for await (const { items } of logged.read()) {
    count += items.length;
    pages.push(items.filter((item) => (item as Memory).content === content).length);
  }
  assert.equal(count, 1024);
  assert.equal(Math.max(...pages), 8);
  // One for the first page, one until texts are long, one that has few of them on their way at once.
  assert.equal(lines.filter((line) => line.includes("ORDER BY m.id")).length, 3);
});

(await testsWith("neo4j-tls"))(
  "neo4j: TLS needs a certificate that is trusted, or none that is checked",
  async () => {
    await using server = await startNeo4jTls();
    const { uri, user, password, caFile } = server;
    const address = (scheme: string) => uri.replace(/^[^:]+/, scheme);
    for (const scheme of ["bolt+s", "neo4j+s"]) {
      await using store = await neo4j.open({ uri: address(scheme), user, password, caFile }, {
        mode: "create",
      });
      assert.equal((await store.count()).memories, 0);
      const untrusted = { uri: address(scheme), user, password };
      const error = await failsWith("UNREACHABLE", () => neo4j.open(untrusted, { mode: "read" }));
      assert.match(error.message, /certificate is not trusted/);
    }
    for (const scheme of ["bolt+ssc", "neo4j+ssc"]) {
      await using any = await neo4j.open({ uri: address(scheme), user, password }, { mode: "read" });
      assert.equal((await any.count()).memories, 0);
    }
    await assert.rejects(async () =>
      await neo4j.open({ uri: address("bolt"), user, password }, { mode: "read" })
    );
  },
);
