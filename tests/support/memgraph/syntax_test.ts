import assert from "node:assert/strict";
import { shapeOf, whyRefused } from "./syntax.ts";

const table = await Deno.readTextFile(new URL("../../fixtures/memgraph/verdicts.tsv", import.meta.url));
const [header, ...rows] = table.trimEnd().split("\n").map((line) => line.split("\t"));
/** Columns of the releases from 3.6 on. */
const columns = header!.flatMap((name, index) => {
  const [, major, minor] = /^v(\d+)\.(\d+)/.exec(name) ?? [];
  return Number(major) > 3 || (Number(major) === 3 && Number(minor) >= 6) ? [index] : [];
});

Deno.test("the verdicts are about releases from 3.6 on", () => {
  assert.deepEqual(columns.map((index) => header![index]), [
    "v3.6.0",
    "v3.8.0",
    "v3.9.0",
    "v3.11.0",
    "v3.12.0",
  ]);
  assert.equal(rows.length, 41);
});

for (const row of rows) {
  const statement = row[0]!;
  const parses = columns.every((index) => row[index] === "parses");
  Deno.test(`${parses ? "lets through" : "refuses"} as Memgraph does: ${statement}`, () => {
    const reason = whyRefused(statement);
    assert.equal(reason === undefined, parses, reason);
  });
}

const REFUSED = [
  "",
  "MATCH (n) RETURN n FINISH",
  "MATCH (n) FILTER n.a > 1 RETURN n",
  "LET x = 1 RETURN x",
  "INSERT (n:A)",
  "MATCH (n) NODETACH DELETE n",
  "MATCH (n WHERE n.a > 1) RETURN n",
  "MATCH (a)-[r:A WHERE r.b = 1]->(b) RETURN a",
  "MATCH (n:A&B) RETURN n",
  "MATCH (n:!A) RETURN n",
  "MATCH (n:%) RETURN n",
  "MATCH ((a)-->(b)){1,3} RETURN a",
  "MATCH (n) WHERE n.a IS :: STRING RETURN n",
  "MATCH (n) CALL (n) { RETURN 1 AS x } RETURN x",
  "UNWIND $rows AS row CALL { WITH row CREATE (n:A) } IN CONCURRENT TRANSACTIONS",
  "CALL db.labels() YIELD label RETURN label",
  "CALL apoc.periodic.iterate('', '', {})",
  "CYPHER 25 MATCH (n) RETURN n",
  "MATCH (n) RETURN toIntegerOrNull(n.a)",
  "MATCH (n) RETURN apoc.text.join(n.a, '')",
  "MATCH (n) RETURN COLLECT { MATCH (m) RETURN m }",
  "CREATE (n:$($label))",
  "MATCH (n) SET n[$key] = 1 RETURN n LIMIT 1 OFFSET 2",
  "SHOW INDEXES YIELD name",
  "SHOW CONSTRAINTS",
  "DROP INDEX name IF EXISTS",
  "CREATE CONSTRAINT FOR (m:Memory) REQUIRE m.id IS UNIQUE",
  "USE other MATCH (n) RETURN n",
];
for (const statement of REFUSED) {
  Deno.test(`refuses what only Neo4j knows: ${statement}`, () => {
    assert.notEqual(whyRefused(statement), undefined);
  });
}

const ACCEPTED = [
  "UNWIND $rows AS row CREATE (n:`Memory`) SET n = row.properties",
  "UNWIND $rows AS `row` MATCH (m:`Memory` {`id`: row.id}) SET m = row.properties",
  "MATCH (m:`Memory`) WHERE id(m) > $after RETURN id(m) AS at, properties(m) AS properties ORDER BY at LIMIT $limit",
  "MATCH (a:`Memory`)-[r:`with space`]->(b:`Memory`) WHERE r.`id` IN $ids DELETE r",
  "MATCH (n) WHERE NOT n:`Memory` RETURN count(n) AS n",
  "MATCH (m) RETURN 'FILTER x IS ::' AS t, [x IN m.tags WHERE x <> ''] AS l, CASE WHEN m.a THEN 1 ELSE 2 END AS c",
  "OPTIONAL MATCH (a)-[r]->(b) WITH a, collect(r) AS rs WHERE size(rs) > 0 RETURN a.id, rs",
  "CREATE INDEX ON :`Memory`(`context_project_path`)",
  "CREATE EDGE INDEX ON :`RELATED_TO`",
  "DROP INDEX ON :Memory(id)",
  "DROP CONSTRAINT ON (m:`Memory`) ASSERT m.`id` IS UNIQUE",
];
for (const statement of ACCEPTED) {
  Deno.test(`lets through by extension: ${statement}`, () => assert.equal(whyRefused(statement), undefined));
}

Deno.test("statements that differ in names and values alone have one shape", () => {
  assert.equal(
    shapeOf("MATCH (m:`A`) WHERE m.`b` = 'c' RETURN m LIMIT 5"),
    shapeOf('MATCH (m:`Z z`)  WHERE m.`y` = "x" RETURN m LIMIT 10'),
  );
  assert.notEqual(shapeOf("MATCH (m) RETURN m"), shapeOf("MATCH (m) DELETE m"));
});
