/** The stand-in refuses what Memgraph refuses, and says it in Memgraph's words. */
import assert from "node:assert/strict";
import neo4j, { type Driver, type Neo4jError } from "neo4j-driver";
import { registerUnavailable } from "./support/harnesses.ts";
import { AGENT } from "./support/memgraph/session.ts";
import { startMemgraphStandIn } from "./support/memgraph_stand_in.ts";
import { findServer, reasonOf, settingsOf } from "./support/servers.ts";

const CLIENT_ERROR = "Memgraph.ClientError.MemgraphError.MemgraphError";
const server = findServer("neo4j");
const unavailable = reasonOf(server);

interface Connected {
  driver: Driver;
  /** Runs a statement that commits by itself. */
  run(statement: string, parameters?: Record<string, unknown>): Promise<Record<string, unknown>[]>;
  statements: ReadonlySet<string>;
}

function test(name: string, body: (connected: Connected) => Promise<void>): void {
  name = `memgraph stand-in: ${name}`;
  if (unavailable !== undefined) return registerUnavailable(name, unavailable);
  Deno.test(name, async () => {
    const { uri, user, password } = settingsOf(server);
    await using standIn = startMemgraphStandIn(uri!);
    await using driver = neo4j.driver(standIn.uri, neo4j.auth.basic(user!, password!));
    const run = async (statement: string, parameters?: Record<string, unknown>) => {
      await using session = driver.session();
      const { records } = await session.run(statement, parameters);
      return records.map((record) => record.toObject());
    };
    await run("MATCH (x:`Stand in`) DETACH DELETE x");
    try {
      await body({ driver, run, statements: standIn.statements });
    } finally {
      await run("MATCH (x:`Stand in`) DETACH DELETE x");
      for (const { label } of await run("SHOW INDEX INFO")) await run(`DROP INDEX ON :\`${label}\`(id)`);
    }
  });
}

async function fails(action: Promise<unknown>, message: RegExp, code = CLIENT_ERROR): Promise<void> {
  await assert.rejects(action, (error: Neo4jError) => {
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  });
}

test("it says that it is Memgraph and speaks Bolt 5.2", async ({ driver }) => {
  const { agent, protocolVersion } = await driver.getServerInfo();
  assert.equal(agent, AGENT);
  assert.equal(Number(protocolVersion), 5.2);
});

test("a wrong password has Memgraph's code", async ({ driver }) => {
  const { uri } = settingsOf(server);
  await using standIn = startMemgraphStandIn(uri!);
  await using stranger = neo4j.driver(standIn.uri, neo4j.auth.basic("neo4j", "wrong password"));
  await fails(
    stranger.getServerInfo(),
    /Authentication failure/,
    "Memgraph.ClientError.Security.Unauthenticated",
  );
  await driver.getServerInfo();
});

test("statements about data run on the server behind", async ({ run, statements }) => {
  const rows = [{ id: "a", big: neo4j.int("9007199254740993"), text: "nul \u0000 🚀" }, { id: "b" }];
  const insert = "UNWIND $rows AS row CREATE (x:`Stand in`) SET x = row";
  await run(insert, { rows });
  const found = await run("MATCH (x:`Stand in`) RETURN properties(x) AS p ORDER BY x.id");
  assert.deepEqual(found.map(({ p }) => p), rows);
  assert(statements.has(insert));
});

test("large results come in several fetches", async ({ driver }) => {
  await using session = driver.session({ fetchSize: 10 });
  const { records } = await session.run("UNWIND range(1, 995) AS n RETURN n, 'x' + toString(n) AS text");
  assert.deepEqual(
    records.map((record) => record.get("n").toNumber()),
    Array.from({ length: 995 }, (_, i) => i + 1),
  );
});

test("what Memgraph does not parse is refused, and the connection goes on", async ({ run }) => {
  const refused = [
    "MATCH (n) RETURN count { (n)--() }",
    "CREATE (n:$($label))",
    "SHOW CONSTRAINTS YIELD name",
    "CREATE CONSTRAINT c IF NOT EXISTS FOR (x:`Stand in`) REQUIRE x.id IS UNIQUE",
    "CALL db.labels() YIELD label RETURN label",
  ];
  for (const statement of refused) await fails(run(statement, { label: "A" }), /^Error on line 1/);
  assert.equal((await run("RETURN 1 AS one")).length, 1);
});

test("statements about the schema are refused inside a transaction", async ({ driver }) => {
  const refused: [string, RegExp][] = [
    ["CREATE INDEX ON :`Stand in`(id)", /^Index manipulation not allowed in multicommand transactions/],
    ["CREATE CONSTRAINT ON (x:`Stand in`) ASSERT x.id IS UNIQUE", /^Constraint manipulation not allowed/],
    ["SHOW INDEX INFO", /^Info reporting not allowed/],
  ];
  for (const [statement, message] of refused) {
    await using session = driver.session();
    await fails(session.executeWrite((transaction) => transaction.run(statement)), message);
  }
});

test("indexes and constraints are shown until they are dropped, and made twice without an error", async ({ run }) => {
  for (let time = 0; time < 2; time++) {
    await run("CREATE INDEX ON :`Stand in`(id)");
    await run("CREATE CONSTRAINT ON (x:`Stand in`) ASSERT x.id IS UNIQUE");
  }
  const indexes = await run("SHOW INDEX INFO");
  assert.deepEqual(indexes.map(({ label, property }) => [label, property]), [["Stand in", ["id"]]]);
  assert.equal((await run("SHOW CONSTRAINT INFO")).length, 1);
  await run("DROP INDEX ON :`Stand in`(id)");
  await run("DROP CONSTRAINT ON (x:`Stand in`) ASSERT x.id IS UNIQUE");
  assert.deepEqual(await run("SHOW INDEX INFO"), []);
  assert.deepEqual(await run("SHOW CONSTRAINT INFO"), []);
});

test("a unique constraint is checked at the commit", async ({ driver, run }) => {
  await run("CREATE CONSTRAINT ON (x:`Stand in`) ASSERT x.id IS UNIQUE");
  await run("CREATE (x:`Stand in` {id: 'a'})");
  const violation = /^Unable to commit due to unique constraint violation on :Stand in\(id\)$/;
  await fails(run("CREATE (x:`Stand in` {id: 'a'})"), violation);
  await using session = driver.session();
  const transaction = session.beginTransaction();
  await transaction.run("CREATE (x:`Stand in` {id: 'b'})");
  await transaction.run("CREATE (x:`Stand in` {id: 'a'})");
  await fails(transaction.commit(), violation);
  assert.deepEqual(await run("MATCH (x:`Stand in`) RETURN x.id AS id"), [{ id: "a" }]);
});

test("a unique constraint that the data break is not made", async ({ run }) => {
  await run("UNWIND [1, 1] AS id CREATE (x:`Stand in` {id: id})");
  await fails(
    run("CREATE CONSTRAINT ON (x:`Stand in`) ASSERT x.id IS UNIQUE"),
    /^Unable to create unique constraint :Stand in\(id\)/,
  );
  assert.deepEqual(await run("SHOW CONSTRAINT INFO"), []);
});

test("there is one database, and no routing", async ({ driver }) => {
  await using other = driver.session({ database: "other" });
  await fails(other.run("RETURN 1"), /^Unknown database name "other"$/);
  await using own = driver.session({ database: "memgraph" });
  await own.run("RETURN 1");
});
