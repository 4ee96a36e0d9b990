/** Answers of servers that are not here: old ones, and ones with users who may not do everything. */
import assert from "node:assert/strict";
import { failsWith } from "../../../tests/conformance/suite.ts";
import { type Script, startScriptedBoltServer } from "../../../tests/support/scripted_bolt_server.ts";
import type { ErrorCode } from "../../errors.ts";
import { memgraph } from "../memgraph/mod.ts";
import { neo4j } from "../neo4j/mod.ts";

const NEO4J = "Neo4j/5.26.30";
const MEMGRAPH = "Neo4j/v5.11.0 compatible graph database server - Memgraph";
const memgraphError = (message: string) => ({
  code: "Memgraph.ClientError.MemgraphError.MemgraphError",
  message,
});

const CASES: [title: string, typeof neo4j, Script, ErrorCode, RegExp][] = [
  ["Neo4j 4.4", neo4j, { agent: "Neo4j/4.4.12" }, "UNSUPPORTED_VERSION", /Neo4j 4\.4\.12 is too old/],
  [
    "Memgraph 2.14",
    memgraph,
    { agent: MEMGRAPH, value: "2.14.1" },
    "UNSUPPORTED_VERSION",
    /Memgraph 2\.14\.1 is/,
  ],
  ["Memgraph for Neo4j", neo4j, { agent: MEMGRAPH }, "WRONG_PRODUCT", /is not Neo4j but/],
  [
    "Neo4j's wrong password",
    neo4j,
    { agent: NEO4J, login: { code: "Neo.ClientError.Security.Unauthorized", message: "unauthorized" } },
    "AUTHENTICATION_FAILED",
    /refuses this user or password/,
  ],
  [
    "Neo4j's pause after wrong passwords",
    neo4j,
    {
      agent: NEO4J,
      login: { code: "Neo.ClientError.Security.AuthenticationRateLimit", message: "too often" },
    },
    "AUTHENTICATION_FAILED",
    /for a while/,
  ],
  [
    "Neo4j's password that has to be changed",
    neo4j,
    { agent: NEO4J, statement: { code: "Neo.ClientError.Security.CredentialsExpired", message: "expired" } },
    "AUTHENTICATION_FAILED",
    /has to be changed first/,
  ],
  [
    "Neo4j's user without a right",
    neo4j,
    { agent: NEO4J, statement: { code: "Neo.ClientError.Security.Forbidden", message: "Access denied" } },
    "PERMISSION_DENIED",
    /Access denied/,
  ],
  [
    "Memgraph's wrong password",
    memgraph,
    {
      agent: MEMGRAPH,
      login: { code: "Memgraph.ClientError.Security.Unauthenticated", message: "Authentication failure" },
    },
    "AUTHENTICATION_FAILED",
    /refuses this user or password/,
  ],
  [
    "Memgraph's user without a right",
    memgraph,
    { agent: MEMGRAPH, statement: memgraphError("You are not authorized to execute this query!") },
    "PERMISSION_DENIED",
    /not authorized/,
  ],
  [
    "Memgraph's missing database",
    memgraph,
    { agent: MEMGRAPH, statement: memgraphError(`Unknown database name "nosuch"`) },
    "NOT_FOUND",
    /no such database/,
  ],
];

for (const [title, backend, script, code, message] of CASES) {
  Deno.test(`openBoltStore() tells what it met: ${title} is ${code}`, async () => {
    await using server = startScriptedBoltServer(script);
    const settings = { uri: server.uri, user: "someone", password: "secret" };
    const error = await failsWith(code, () => backend.open(settings, { mode: "read" }));
    assert.match(error.message, message);
  });
}

Deno.test("openBoltStore() tells a password that is missing from a wrong one", async () => {
  const login = { code: "Neo.ClientError.Security.Unauthorized", message: "unauthorized" };
  await using server = startScriptedBoltServer({ agent: NEO4J, login });
  const open = () => neo4j.open({ uri: server.uri, user: "someone" }, { mode: "read" });
  const error = await failsWith("AUTHENTICATION_FAILED", open);
  assert.match(error.message, /asks for a password, and none is set/);
});

Deno.test("a transaction that the server asks to repeat is repeated", async () => {
  const deadlock = { code: "Neo.TransientError.Transaction.DeadlockDetected", message: "deadlock" };
  await using server = startScriptedBoltServer({ agent: NEO4J, statement: { ...deadlock, at: 1 } });
  await using store = await neo4j.open({ uri: server.uri, password: "secret" }, { mode: "write" });
  assert.equal(server.statements, 1);
  await store.deleteMemories(["a"], { detach: true });
  assert.equal(server.statements, 3);
});

Deno.test("openBoltStore() tells a Redis server by its answer", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const connection of listener) {
      const asked = new Uint8Array(64);
      const size = await connection.read(asked) ?? 0;
      const isLine = new TextDecoder().decode(asked.subarray(0, size)).endsWith("\r\n");
      if (isLine) await connection.write(new TextEncoder().encode("-NOAUTH Authentication required.\r\n"));
      connection.close();
    }
  })();
  const uri = `bolt://127.0.0.1:${listener.addr.port}`;
  for (const backend of [neo4j, memgraph]) {
    const error = await failsWith(
      "WRONG_PRODUCT",
      () => backend.open({ uri, password: "x" }, { mode: "read" }),
    );
    assert.match(error.message, /A Redis server answers/);
  }
  listener.close();
  await serving;
});
