/** What only FalkorDB does, on a real server. The conformance suite tests what all backends promise. */
import assert from "node:assert/strict";
import { falkorDbEngine, startFalkorDb, startFalkorDbTls } from "../../../scripts/servers/mod.ts";
import {
  askRedis,
  type Server,
  startFalkorDbCluster,
  startFalkorDbSentinel,
} from "../../../scripts/servers/mod.ts";
import { findFreePort, inServerFolder, startProcess } from "../../../scripts/servers/process.ts";
import { testsWith } from "../../../scripts/servers/testing.ts";
import { failsWith } from "../../../tests/conformance/suite.ts";
import { generateGraph } from "../../../tests/fixtures/generated.ts";
import { memory, relationship } from "../../../tests/fixtures/graph.ts";
import { assertConnectFailures } from "../../../tests/support/connect_failures.ts";
import { registerUnavailable } from "../../../tests/support/harnesses.ts";
import { startBreakingProxy } from "../../../tests/support/breaking_proxy.ts";
import { assertSameGraph, readGraph, writeGraph } from "../../../tests/support/graph.ts";
import { findServer, ioredisTimers, reasonOf, settingsOf } from "../../../tests/support/servers.ts";
import type { GraphError } from "../../errors.ts";
import { createLogger } from "../../log.ts";
import type { Memory } from "../../model/memory.ts";
import type { GraphStore } from "../../store/store.ts";
import { closeRedis, connectTo } from "./connect.ts";
import { falkordb } from "./mod.ts";
import { parseFalkorAddress } from "./uri.ts";

const server = findServer("falkordb");

interface Opened {
  store: GraphStore;
  settings: Record<string, string>;
  /** Runs a query past the store. */
  query(text: string): Promise<unknown>;
}

/** A test with a graph of its own on the server of the run. */
function test(name: string, run: (opened: Opened) => Promise<void>): void {
  const title = `falkordb: ${name}`;
  const reason = reasonOf(server);
  if (reason !== undefined) return registerUnavailable(title, reason);
  Deno.test(title, async () => {
    const settings = { ...settingsOf(server), database: `memorygraph test ${crypto.randomUUID()}` };
    const client = await connectTo(parseFalkorAddress({ host: "", port: "", ...settings }));
    try {
      await using store = await falkordb.open(settings, { mode: "create" });
      await store.ensureSchema();
      await run({ store, settings, query: (text) => client.call("GRAPH.QUERY", settings.database, text) });
    } finally {
      await client.call("GRAPH.DELETE", settings.database);
      await closeRedis(client);
    }
  });
}

async function memoriesOf(store: GraphStore): Promise<Memory[]> {
  return (await readGraph(store)).memories;
}

test("every character comes back, whether JSON has an escape for it or not", async ({ store }) => {
  const units = Array.from({ length: 0x100 }, (_, unit) => String.fromCharCode(unit));
  const texts = [...units, "\u2028", "\u2029", "\ud83d\ude80", "\\u0041", "\\n", '\\"', "\b\t\n\f\r\"\\/'`$"];
  const memories = texts.flatMap((text, index) => [
    memory(`f${index}`, { content: `a${text}b`, tags: [text, `${text}${text}`], importance: 0.25 }),
    memory(`x${index}`, { importance: 1, extra: { text, list: [text, "b"], map: { [`k${text}`]: text } } }),
  ]);
  const relationships = texts.map((text, index) =>
    relationship(`r${index}`, ["f0", "x0"], { context: text, extra: { text } })
  );
  await writeGraph(store, { memories, relationships });
  assertSameGraph(await readGraph(store), { memories, relationships });
});

test("every double comes back bit by bit, wherever it stands", async ({ store }) => {
  const doubles = randomDoubles(400);
  const memories = doubles.map((double, index) =>
    memory(`m${index}`, {
      importance: Math.abs(double) % 1,
      confidence: double,
      extra: { double, list: [double, index / 3, -double], tiny: double * 2 ** -600 },
    })
  );
  const relationships = doubles.map((double, index) =>
    relationship(`r${index}`, ["m0", `m${index}`], {
      strength: double,
      successRate: 1 / (index + 3),
      extra: { double },
    })
  );
  await writeGraph(store, { memories, relationships });
  assertSameGraph(await readGraph(store), { memories, relationships });
  assertSameGraph({
    memories: await store.readMemories(memories.map(({ id }) => id)),
    relationships: await store.readRelationships(relationships),
  }, { memories, relationships });
});

/** Doubles of all sizes: any bits but those of NaN and infinities, the ends of the range, and ties of 15 digits. */
function randomDoubles(count: number): number[] {
  const ends = [
    0,
    -0,
    5e-324,
    -5e-324,
    Number.MAX_VALUE,
    -Number.MAX_VALUE,
    2 ** -1022,
    0.1 + 0.2,
    1 - 2 ** -53,
    846995112740184.5,
    -846995112740185.5,
    1895139931622.125,
    -1895139931622.375,
  ];
  const view = new DataView(new ArrayBuffer(8));
  const any = () => {
    do crypto.getRandomValues(new Uint8Array(view.buffer)); while (!Number.isFinite(view.getFloat64(0)));
    return view.getFloat64(0);
  };
  return [...ends, ...Array.from({ length: count }, (_, index) => index % 2 ? Math.random() : any())];
}

test("names that are added while a graph is read are known", async ({ store, settings }) => {
  await using other = await falkordb.open(settings, { mode: "create" });
  const write = (extra: Memory["extra"]) =>
    other.write({ kind: "memory", items: [memory("a", { extra })] }, { mode: "overwrite" });
  await write({});
  let isDone = false;
  const writing = (async () => {
    for (let index = 0; index < 400; index++) await write({ [`name ${index}`]: index });
    isDone = true;
  })();
  while (!isDone) await store.readMemories(["a"]);
  await writing;
});

test("nested lists, native types and odd values that others stored are read", async ({ store, query }) => {
  await query(
    `CREATE (:Memory {id: "a", nested: [1, [0.1, "x"], [[0.30000000000000004]]], infinite: 1.0/0.0, importance: "high",
      day: date("2025-01-02"), at: localdatetime("2025-01-02T03:04:05"), time: localtime("03:04:05"),
      created_at: localdatetime("2025-01-02T03:04:05")})`,
  );
  const [found] = await memoriesOf(store);
  assert.deepEqual({ ...found!.extra }, {
    nested: [1, [0.1, "x"], [[0.30000000000000004]]],
    infinite: Infinity,
    importance: "high",
    day: { memorygraph_native: "Date", value: "2025-01-02" },
    at: { memorygraph_native: "LocalDateTime", value: "2025-01-02T03:04:05" },
    time: { memorygraph_native: "LocalTime", value: "03:04:05" },
  });
  assert.equal(found!.createdAt, "2025-01-02T03:04:05");
  await store.write({ kind: "memory", items: [found!] }, { mode: "overwrite" });
  assertSameGraph({ memories: await memoriesOf(store), relationships: [] }, {
    memories: [found!],
    relationships: [],
  });
});

test("labels beside Memory are carried, restored, and taken off", async ({ store, query }) => {
  const labelled = memory("a", { extra: { memorygraph_labels: ["Also", "w`eird \\u0060"] } });
  await store.write({ kind: "memory", items: [labelled, memory("b")] }, { mode: "fail" });
  const labels = () => query(`MATCH (m:Memory:Also) RETURN count(m)`);
  assert.deepEqual((await labels() as unknown[])[1], [["1"]]);
  assertSameGraph(await readGraph(store), { memories: [labelled, memory("b")], relationships: [] });
  await store.write({ kind: "memory", items: [memory("a"), memory("b")] }, { mode: "overwrite" });
  assert.deepEqual((await labels() as unknown[])[1], [["0"]]);
  assertSameGraph(await readGraph(store), { memories: [memory("a"), memory("b")], relationships: [] });
});

test("a graph that was deleted and made anew is read with its new names", async ({ store, settings, query }) => {
  await store.write({ kind: "memory", items: [memory("a", { extra: { first: 1, second: 2 } })] }, {
    mode: "fail",
  });
  await memoriesOf(store);
  await using other = await falkordb.open(settings, { mode: "create" });
  const client = await connectTo(parseFalkorAddress({ host: "", port: "", ...settings }));
  await client.call("GRAPH.DELETE", settings.database!);
  await closeRedis(client);
  await query(`CREATE (:Memory {zzz: 1, yyy: 2, id: "b"})`);
  for (const reader of [store, other]) {
    const [found] = await memoriesOf(reader);
    assert.deepEqual([found!.id, { ...found!.extra }], ["b", { zzz: 1, yyy: 2 }]);
  }
});

test("relationships are found by their ids alone, with and without an index", async ({ store }) => {
  const graph = generateGraph({ memories: 30, relationships: 70 });
  await writeGraph(store, graph);
  const relationships = [...graph.relationships()];
  const lost = relationships.map((each) => ({ ...each, fromId: "gone", type: "GONE" }));
  assertSameGraph(
    { memories: [], relationships: await store.readRelationships(lost) },
    { memories: [], relationships },
  );
  await store.finishLoad();
  const late = relationship("late", [relationships[0]!.fromId, relationships[0]!.toId], { type: "LATE" });
  await store.write({ kind: "relationship", items: [late] }, { mode: "fail" });
  assertSameGraph(
    { memories: [], relationships: await store.readRelationships([...lost, { ...late, toId: "gone" }]) },
    { memories: [], relationships: [...relationships, late] },
  );
});

test("several memories with one id make the constraint a CONFLICT", async ({ settings, query }) => {
  const client = await connectTo(parseFalkorAddress({ host: "", port: "", ...settings }));
  await client.call("GRAPH.DELETE", settings.database!);
  await closeRedis(client);
  await query(`CREATE (:Memory {id: "a"}), (:Memory {id: "a"})`);
  await using store = await falkordb.open(settings, { mode: "write" });
  await failsWith("CONFLICT", () => store.ensureSchema());
  assert.equal((await memoriesOf(store)).length, 2);
  await failsWith("CONFLICT", () => store.write({ kind: "memory", items: [memory("a")] }, { mode: "fail" }));
});

// While an index is filled, some lookups by id find nothing.
test("a load ends when its indexes are filled, and a store is not open before", async (opened) => {
  const ids = Array.from({ length: 10_000 }, (_, index) => `m${index}`);
  const fill = () =>
    opened.query(
      "UNWIND range(0, 9999) AS i CREATE (:Memory {id: 'm' + toString(i), content: 'one two three four five six'})",
    );
  await fill();
  await opened.store.finishLoad();
  await opened.store.deleteMemories(ids);
  assert.equal((await opened.store.count()).memories, 0);

  await fill();
  await opened.query("CREATE FULLTEXT INDEX FOR (m:Memory) ON (m.type)");
  await using store = await falkordb.open(opened.settings, { mode: "write" });
  await store.deleteMemories(ids);
  assert.equal((await store.count()).memories, 0);
});

test("a log at level debug has statements and no parameters", async ({ settings }) => {
  const lines: string[] = [];
  const log = createLogger("debug", (line) => lines.push(line));
  await using store = await falkordb.open(settings, { mode: "write", log });
  await writeGraph(store, {
    memories: [memory("private id", { content: "private content" })],
    relationships: [],
  });
  await store.readMemories(["private id"]);
  assert(lines.some((line) => /^debug: UNWIND .*CREATE .* \(\d+\.\d ms\)$/.test(line)));
  assert(!lines.join("\n").includes("private"));
});

test("failures to connect are told apart, and no password is in them", async ({ settings }) => {
  const { uri = "" } = settings;
  await assertConnectFailures(falkordb, (silentPort, httpPort) => [
    ["UNREACHABLE", "redis://127.0.0.1:1", /connection refused/],
    ["UNREACHABLE", "redis://no-such-host.invalid", /host name is unknown/],
    ["UNREACHABLE", "unix:///no/such/socket", /no such socket/],
    ["UNREACHABLE", `redis://127.0.0.1:${silentPort}`, /no answer in time/],
    ["UNREACHABLE", `redis+sentinel://127.0.0.1:${silentPort}/master`, /no sentinel names a master/],
    ["AUTHENTICATION_FAILED", uri, /refuses this user or password/],
    ["AUTHENTICATION_FAILED", uri.replace("//", "//nobody:wrong-secret@"), /refuses this user or password/],
    ["WRONG_PRODUCT", `redis://127.0.0.1:${httpPort}`, /does not speak Redis/],
    ["USAGE", "http://localhost", /not the address/],
  ]);
  const error = await failsWith("AUTHENTICATION_FAILED", () => falkordb.open({ uri }, { mode: "create" }));
  assert.match(error.message, /asks for a password/);
  await ioredisTimers();
});

test("a key that is no graph is left alone", async ({ settings }) => {
  const database = `${settings.database} of text`;
  const client = await connectTo(parseFalkorAddress({ host: "", port: "", ...settings }));
  await client.call("SET", database, "mine");
  try {
    for (const mode of ["read", "write", "create"] as const) {
      const error = await failsWith(
        "UNKNOWN_LAYOUT",
        () => falkordb.open({ ...settings, database }, { mode }),
      );
      assert.match(error.message, /is not a graph but a Redis string/);
    }
    assert.equal(await client.call("GET", database), "mine");
  } finally {
    await client.call("DEL", database);
    await closeRedis(client);
  }
});

const isCreate = (request: Uint8Array) => new TextDecoder().decode(request).includes("CREATE (a)");

test("a connection that breaks while a write is under way repeats nothing", async ({ store, settings }) => {
  await store.write({ kind: "memory", items: [memory("a")] }, { mode: "fail" });
  const { hosts: [host] } = parseFalkorAddress({ host: "", port: "", ...settings });
  await using proxy = startBreakingProxy(host!.port, isCreate);
  await using broken = await falkordb.open({ ...settings, uri: `redis://127.0.0.1:${proxy.port}` }, {
    mode: "write",
  });
  const items = [relationship("r", ["a", "a"])];
  const error = await failsWith(
    "UNREACHABLE",
    () => broken.write({ kind: "relationship", items }, { mode: "fail" }),
  );
  assert(error.retry && proxy.broken() === 1);
  assertSameGraph(await readGraph(store), { memories: [memory("a")], relationships: items });
  await untilDone(() => broken.write({ kind: "relationship", items }, { mode: "overwrite" }));
  assertSameGraph(await readGraph(broken), { memories: [memory("a")], relationships: items });
});

const withServer = await testsWith("falkordb");

withServer("falkordb: a server with RESULTSET_SIZE 100 and a TIMEOUT gives the whole graph", async () => {
  const limits = ["RESULTSET_SIZE", "100", "TIMEOUT_DEFAULT", "1000", "TIMEOUT_MAX", "5000"];
  await using limited = await startFalkorDb({ password: "", moduleArguments: limits });
  await using store = await falkordb.open({ uri: limited.uri }, { mode: "create" });
  await store.ensureSchema();
  const hub = memory("hub");
  const memories = [hub, ...Array.from({ length: 1500 }, (_, index) => memory(`m${index}`))];
  const relationships = memories.map(({ id }, index) =>
    relationship(`r${index}`, ["hub", id], { strength: Math.random(), type: index % 2 ? "SOLVES" : "CAUSES" })
  );
  await writeGraph(store, { memories, relationships });
  for (const batchSize of [7, 1000]) {
    assertSameGraph(await readGraph(store, { batchSize }), { memories, relationships });
  }
  assertSameGraph({
    memories: await store.readMemories(memories.map(({ id }) => id)),
    relationships: await store.readRelationships(relationships.map((each) => ({ ...each, type: "GONE" }))),
  }, { memories, relationships });
  await writeGraph(store, { memories, relationships }, { mode: "overwrite" });
  assert.equal((await store.count()).relationships, relationships.length);
});

withServer("falkordb: doubles are exact in records that no index finds", async () => {
  await using server = await startFalkorDb({ password: "" });
  const query = (text: string) => askRedis(server, "GRAPH.QUERY", "memorygraph", text);
  await query("CREATE INDEX FOR (m:Memory) ON (m.id)");
  const properties = "w: 0.30000000000000004, nested: [[1.3000000000000003]]";
  await query(
    `CREATE (:Memory {id: "a"})-[:SOLVES {strength: 1.3000000000000003, ${properties}}]->(:Memory {id: "b ", ${properties}})`,
  );
  await using store = await falkordb.open({ uri: server.uri }, { mode: "read" });
  const { memories, relationships } = await readGraph(store);
  const expected = { w: 0.30000000000000004, nested: [[1.3000000000000003]] };
  assert.deepEqual({ ...memories.find(({ id }) => id === "b ")!.extra }, expected);
  assert.deepEqual({ ...relationships[0]!.extra }, expected);
  assert.equal(relationships[0]!.strength, 1.3000000000000003);
});

withServer("falkordb: a result may have fewer rows than the graph has types", async () => {
  await using limited = await startFalkorDb({ password: "", moduleArguments: ["RESULTSET_SIZE", "12"] });
  await using store = await falkordb.open({ uri: limited.uri }, { mode: "create" });
  const graph = {
    memories: [memory("a")],
    relationships: Array.from(
      { length: 15 },
      (_, index) => relationship(`r${index}`, ["a", "a"], { type: `TYPE_${index}` }),
    ),
  };
  await writeGraph(store, graph);
  await writeGraph(store, graph, { mode: "overwrite" });
  assertSameGraph(await readGraph(store), graph);
  assert.equal((await store.health()).details.uniqueIds, true);
});

withServer("falkordb: a user without permissions is told so, and one with few reads the graph", async () => {
  await using server = await startFalkorDb();
  const { uri, password } = server;
  const graph = generateGraph({ memories: 12, relationships: 20 });
  await using owner = await falkordb.open({ uri, password }, { mode: "create" });
  await writeGraph(owner, graph);
  const client = await connectTo(parseFalkorAddress({ uri, password, host: "", port: "" }));
  const rights = { none: ["+ping"], reader: ["~*", "+type", "+graph.ro_query"] };
  for (const [name, rules] of Object.entries(rights)) {
    await client.call("ACL", "SETUSER", name, "on", ">pass", ...rules);
  }
  await closeRedis(client);
  await failsWith(
    "PERMISSION_DENIED",
    () => falkordb.open({ uri, user: "none", password: "pass" }, { mode: "read" }),
  );
  await using store = await falkordb.open({ uri, user: "reader", password: "pass" }, { mode: "write" });
  assertSameGraph(await readGraph(store), graph);
  await failsWith(
    "PERMISSION_DENIED",
    () => store.write({ kind: "memory", items: [memory("x")] }, { mode: "fail" }),
  );
});

withServer("falkordb: a Redis without the module is a WRONG_PRODUCT", async () => {
  const { redisServer } = await falkorDbEngine();
  const port = findFreePort();
  const redis = await inServerFolder("redis", (directory) =>
    startProcess({
      command: redisServer,
      args: ["--bind", "127.0.0.1", "--port", String(port), "--dir", directory, "--save", ""],
      directory,
      ready: /Ready to accept connections/,
      readyTimeoutMs: 10_000,
      stopTimeoutMs: 5_000,
    }));
  try {
    const settings = { uri: `redis://127.0.0.1:${port}` };
    const error = await failsWith("WRONG_PRODUCT", () => falkordb.open(settings, { mode: "create" }));
    assert.match(error.message, /without the FalkorDB module/);
  } finally {
    await redis.stop();
  }
});

withServer(
  "falkordb: a server that is killed is UNREACHABLE, and serves the same store once it is back",
  async () => {
    await using server = await startFalkorDb({ persistence: "aof" });
    const { uri, password } = server;
    await using store = await falkordb.open({ uri, password }, { mode: "create" });
    await store.ensureSchema();
    await store.write({ kind: "memory", items: [memory("a")] }, { mode: "fail" });
    await server.kill();
    await failsWith(
      "UNREACHABLE",
      () => store.write({ kind: "memory", items: [memory("b")] }, { mode: "fail" }),
    );
    await server.restart();
    await untilDone(() => store.write({ kind: "memory", items: [memory("b")] }, { mode: "overwrite" }));
    assertSameGraph(await readGraph(store), { memories: [memory("a"), memory("b")], relationships: [] });
  },
);

withServer(
  "falkordb: what is written after writes that failed is there when the log is read again",
  async () => {
    // So that the log has what changed, and not the query.
    const moduleArguments = ["EFFECTS_THRESHOLD", "0"];
    await using server = await startFalkorDb({ persistence: "aof", moduleArguments });
    const { uri, password } = server;
    const memories = [memory("a"), memory("b", { extra: { memorygraph_labels: ["Other"] } })];
    const good = relationship("good", ["a", "b"]);
    {
      await using store = await falkordb.open({ uri, password }, { mode: "create" });
      await store.ensureSchema();
      await store.write({ kind: "memory", items: memories.slice(0, 1) }, { mode: "fail" });
      const taken = [{ ...memories[1]!, id: "a" }];
      await failsWith("CONFLICT", () => store.write({ kind: "memory", items: taken }, { mode: "fail" }));
      await store.write({ kind: "memory", items: memories.slice(1) }, { mode: "fail" });
      const items = [good, relationship("bad", ["a", "none"])];
      await failsWith("RECORD_INVALID", () => store.write({ kind: "relationship", items }, { mode: "fail" }));
      await store.write({ kind: "relationship", items: [good] }, { mode: "fail" });
    }
    await server.kill();
    await server.restart();
    await using store = await falkordb.open({ uri, password }, { mode: "read" });
    assertSameGraph(await readGraph(store), { memories, relationships: [good] });
  },
);

withServer("falkordb: sentinels lead to the new master after a failover", async () => {
  await using group = await startFalkorDbSentinel();
  const [{ host, port }] = group.sentinels as [{ host: string; port: number }];
  const settings = { uri: `redis+sentinel://${host}:${port}/${group.masterName}`, password: group.password };
  await using store = await falkordb.open(settings, { mode: "create" });
  await store.ensureSchema();
  await store.write({ kind: "memory", items: [memory("a")] }, { mode: "fail" });
  await untilDone(async () => {
    const client = await connectTo(parseFalkorAddress({ host: "", port: "", ...settings }));
    const replicas = await client.call("WAIT", "1", "100");
    await closeRedis(client);
    assert.equal(String(replicas), "1");
  });
  const sentinel = `redis+sentinel://${host}:${port}`;
  const wrong = [
    [
      "UNREACHABLE",
      `redis+sentinel://${host}:1/${group.masterName}`,
      group.password,
      /no sentinel names a master/,
    ],
    ["UNREACHABLE", `${sentinel}/nosuch`, group.password, /know no master of this name/],
    ["AUTHENTICATION_FAILED", `${sentinel}/${group.masterName}`, "wrong", /refuses this user or password/],
  ] as const;
  for (const [code, uri, password, message] of wrong) {
    const error = await failsWith(code, () => falkordb.open({ uri, password }, { mode: "read" }));
    assert.match(error.message, message);
  }
  await group.killMaster();
  await untilDone(() => store.write({ kind: "memory", items: [memory("b")] }, { mode: "overwrite" }));
  assertSameGraph(await readGraph(store), { memories: [memory("a"), memory("b")], relationships: [] });
});

withServer("falkordb: a cluster keeps graphs on any of its nodes", async () => {
  await using cluster = await startFalkorDbCluster();
  const hosts = cluster.nodes.map(({ port }) => `127.0.0.1:${port}`).slice(0, 2).join(",");
  const graph = generateGraph({ memories: 12, relationships: 20 });
  for (const database of ["a", "b", "c", "d"]) {
    const settings = { uri: `redis+cluster://${hosts}`, password: cluster.password, database };
    await using store = await falkordb.open(settings, { mode: "create" });
    await writeGraph(store, graph);
    assertSameGraph(await readGraph(store), graph);
  }
  const wrong = { uri: `redis+cluster://${hosts}`, password: "wrong" };
  await failsWith("AUTHENTICATION_FAILED", () => falkordb.open(wrong, { mode: "read" }));
});

withServer("falkordb: a cluster that is down says so soon, and that it may come back", async () => {
  await using cluster = await startFalkorDbCluster();
  const [first, second, last] = cluster.nodes as [Server, Server, Server];
  await last.kill();
  await untilDone(async () => assert.match(String(await askRedis(first, "CLUSTER", "INFO")), /state:fail/));
  const uri = `redis+cluster://127.0.0.1:${first.port},127.0.0.1:${second.port}`;
  const start = performance.now();
  await assert.rejects(
    () => falkordb.open({ uri, password: cluster.password }, { mode: "read" }),
    // By chance, the first command goes to the dead node.
    (error: GraphError) =>
      error.retry && /cannot serve this now: .*redirections|connection broke/.test(error.message),
  );
  assert(performance.now() - start < 6000);
  await ioredisTimers();
});

withServer("falkordb: a cluster whose node does not know its address is no end of waiting", async () => {
  await using cluster = await startFalkorDbCluster({ nodes: 1 });
  const uri = `redis+cluster://127.0.0.1:${cluster.nodes[0]!.port}`;
  await failsWith("UNREACHABLE", () => falkordb.open({ uri, password: cluster.password }, { mode: "read" }));
  await ioredisTimers();
});

withServer("falkordb: a Unix socket leads to the same graph as the port beside it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "memorygraph-socket-" });
  try {
    const socket = `${folder}/redis.sock`;
    await using server = await startFalkorDb({ options: ["--unixsocket", socket] });
    const { uri, password } = server;
    const graph = generateGraph({ memories: 12, relationships: 20 });
    for (const scheme of ["unix", "redis+unix", "redis+socket"]) {
      const settings = { uri: `${scheme}://${socket}`, password, database: scheme };
      await using bySocket = await falkordb.open(settings, { mode: "create" });
      await writeGraph(bySocket, graph);
      await using byPort = await falkordb.open({ uri, password, database: scheme }, { mode: "read" });
      assertSameGraph(await readGraph(byPort), graph);
    }
    const wrong = { uri: `unix://${socket}`, password: "wrong" };
    await failsWith("AUTHENTICATION_FAILED", () => falkordb.open(wrong, { mode: "read" }));
  } finally {
    await ioredisTimers();
    await Deno.remove(folder, { recursive: true });
  }
});

(await testsWith("falkordb-tls", "(linux only)"))(
  "falkordb: TLS needs a certificate that is trusted",
  async () => {
    await using server = await startFalkorDbTls();
    const { uri, password, caFile } = server;
    assert.match(uri, /^rediss:/);
    await using store = await falkordb.open({ uri, password, caFile }, { mode: "create" });
    await store.ensureSchema();
    assert.equal((await store.count()).memories, 0);
    const error = await failsWith("UNREACHABLE", () => falkordb.open({ uri, password }, { mode: "read" }));
    assert.match(error.message, /certificate is not trusted/);
    const plain = { uri: uri.replace("rediss:", "redis:"), password };
    await assert.rejects(
      async () => await falkordb.open(plain, { mode: "read" }),
      /does not speak|no answer/,
    );
    await ioredisTimers();
  },
);

/** Repeats what a database that comes back refuses for a while. */
async function untilDone(action: () => Promise<void>): Promise<void> {
  for (let attempt = 0;; attempt++) {
    try {
      return await action();
    } catch (error) {
      if (attempt === 60) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}
