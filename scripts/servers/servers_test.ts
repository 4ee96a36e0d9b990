import assert from "node:assert/strict";
import { askRedis, startFalkorDb, startFalkorDbTls, startNeo4j, startNeo4jTls } from "./mod.ts";
import { assertGone, assertStops, BOLT_HANDSHAKE, exchange, isAlive, testsWith } from "./testing.ts";
import { waitUntil } from "./wait.ts";
import { exists } from "./cache.ts";

const testFalkorDb = await testsWith("falkordb");
const testFalkorDbTls = await testsWith("falkordb-tls", "(linux only)");
const testNeo4j = await testsWith("neo4j");
const testNeo4j2026 = await testsWith("neo4j-2026");

testFalkorDb("startFalkorDb() serves, with a password", async () => {
  await using server = await startFalkorDb();
  await assert.rejects(askRedis({ port: server.port, password: "" }, "PING"), /NOAUTH/);
  await assert.rejects(askRedis({ port: server.port, password: "wrong" }, "PING"), /WRONGPASS/);
  assert.equal(await askRedis(server, "PING"), "PONG");
  assert.deepEqual((await askRedis(server, "GRAPH.QUERY", "g", "RETURN 1") as unknown[])[1], [[1]]);
  await assertStops(server);
});

testFalkorDb('startFalkorDb() with "aof" keeps what was written before kill()', async () => {
  const moduleArguments = ["RESULTSET_SIZE", "100"];
  await using server = await startFalkorDb({ password: "", persistence: "aof", moduleArguments });
  await askRedis(server, "SET", "kept", "1");
  const { pid } = server;
  await server.kill();
  assert.equal(await isAlive(pid), false);
  await server.restart();
  assert.notEqual(server.pid, pid);
  assert.equal(await askRedis(server, "GET", "kept"), "1");
  await server.restart();
  assert.deepEqual(await askRedis(server, "GRAPH.CONFIG", "GET", "RESULTSET_SIZE"), ["RESULTSET_SIZE", 100]);
  await assertStops(server);
});

testFalkorDb("a killed server leaves nothing once it is stopped", async () => {
  await using server = await startFalkorDb();
  await server.kill();
  await assertStops(server);
});

testFalkorDb("startFalkorDb() keeps a folder it was given, and puts only data there", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const server = await startFalkorDb({ directory, persistence: "rdb" });
    await askRedis(server, "SET", "kept", "1");
    await server.stop();
    assert.equal(await isAlive(server.pid), false);
    assert.deepEqual(Array.from(Deno.readDirSync(directory), ({ name }) => name), ["dump.rdb"]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

testFalkorDb("startFalkorDb() shows the log of a server that does not start", async () => {
  await assert.rejects(startFalkorDb({ options: ["--no-such-option", "1"] }), /no-such-option/);
});

testFalkorDb("a server ends with the program that started it, even a killed one", async () => {
  const program = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", PROGRAM],
    stdout: "piped",
  }).spawn();
  const reader = program.stdout.getReader();
  const { value } = await reader.read();
  const server = JSON.parse(new TextDecoder().decode(value));
  assert.equal(await isAlive(server.pid), true);
  program.kill("SIGKILL");
  await program.status;
  await reader.cancel();
  await waitUntil(async () => !await exists(server.directory), { what: "its folder is gone" });
  await assertGone(server);
});

const PROGRAM = `
  const { startFalkorDb } = await import(${JSON.stringify(import.meta.resolve("./mod.ts"))});
  const { pid, directory } = await startFalkorDb();
  console.log(JSON.stringify({ pid, directory }));
  await new Promise((resolve) => setTimeout(resolve, 60_000));
`;

testFalkorDbTls("startFalkorDbTls() serves to those who trust its authority", async () => {
  await using server = await startFalkorDbTls();
  const request = new TextEncoder().encode(`AUTH ${server.password}\r\n`);
  const caCerts = [await Deno.readTextFile(server.caFile)];
  for (const hostname of ["127.0.0.1", "localhost"]) {
    const connection = await Deno.connectTls({ hostname, port: server.port, caCerts });
    assert.equal(new TextDecoder().decode(await exchange(connection, request)), "+OK\r\n");
  }
  await assert.rejects(async () => {
    await exchange(await Deno.connectTls({ hostname: "127.0.0.1", port: server.port }), request);
  }, /UnknownIssuer/);
  await assertStops(server);
});

testNeo4j("startNeo4j() serves, also after kill() and restart()", async () => {
  await using server = await startNeo4j();
  const { port } = server;
  assert.deepEqual([...await exchange(await Deno.connect({ port }), BOLT_HANDSHAKE)], [0, 0, 8, 5]);
  await server.kill();
  await server.restart();
  assert.deepEqual([...await exchange(await Deno.connect({ port }), BOLT_HANDSHAKE)], [0, 0, 8, 5]);
  await assertStops(server);
});

testNeo4j("startNeo4j() shows the log of a server that does not start", async () => {
  await assert.rejects(startNeo4j({ settings: { "no.such.setting": "1" } }), /no\.such\.setting/);
});

testNeo4j2026("startNeo4jTls() serves the newest Neo4j to those who trust its authority", async () => {
  await using server = await startNeo4jTls({ version: "2026.08.1" });
  const { port } = server;
  const caCerts = [await Deno.readTextFile(server.caFile)];
  const connection = await Deno.connectTls({ hostname: "localhost", port, caCerts });
  const [, , , major] = await exchange(connection, BOLT_HANDSHAKE);
  assert.equal(major, 6);
  await assert.rejects(async () => {
    await exchange(await Deno.connectTls({ hostname: "localhost", port }), BOLT_HANDSHAKE);
  }, /UnknownIssuer/);
  await assertStops(server);
});
