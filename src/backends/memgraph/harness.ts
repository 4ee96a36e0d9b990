import { defineHarness } from "../../../tests/support/harness.ts";
import { Catalog } from "../../../tests/support/memgraph/catalog.ts";
import { startMemgraphStandIn } from "../../../tests/support/memgraph_stand_in.ts";
import { findServer, reasonOf, settingsOf } from "../../../tests/support/servers.ts";
import { boltDatabase, type SchemaSurgery } from "../cypher/bolt_harness.ts";
import { memgraph } from "./mod.ts";

const schema: SchemaSurgery = {
  async describe(query) {
    const shown = [await query("SHOW INDEX INFO"), await query("SHOW CONSTRAINT INFO")];
    return JSON.stringify(
      shown.map((rows) => rows.map((row) => JSON.stringify({ ...row, count: 0 })).sort()),
    );
  },
  async drop(query) {
    for (const row of await query("SHOW CONSTRAINT INFO")) {
      await query(`DROP CONSTRAINT ON (m:\`${row.label}\`) ASSERT m.\`${row.properties}\` IS UNIQUE`);
    }
    for (const row of await query("SHOW INDEX INFO")) {
      const name = /name: ([^)]+)/.exec(String(row["index type"]))?.[1];
      if (name) await query(`DROP TEXT INDEX \`${name}\``);
      else await query(`DROP INDEX ON :\`${row.label}\`(\`${row.property}\`)`);
    }
  },
};

const real = findServer("memgraph");
const behind = findServer("neo4j");
/** What the stand-in knows of its schema, which outlives it as it does on a server. */
const catalogs = [new Catalog(), new Catalog()];

/**
 * The server of MEMORYGRAPH_TEST_MEMGRAPH_URI where there is one. Else a stand-in, since no package registry has
 * a Memgraph: a proxy in front of a Neo4j, see tests/support/memgraph_stand_in.ts for what that proves.
 */
export const memgraphHarness = defineHarness({
  backend: memgraph,
  unavailable: "settings" in real ? undefined : reasonOf(behind),
  server: "settings" in real ? "memgraph" : "neo4j",
  secondUnavailable: reasonOf(findServer("settings" in real ? "memgraph" : "neo4j", 1)),
  async prepare(place, options) {
    if ("settings" in real) {
      return await boltDatabase(settingsOf(findServer("memgraph", place)), schema, options);
    }
    const { uri, ...credentials } = settingsOf(findServer("neo4j", place));
    const standIn = startMemgraphStandIn(uri!, catalogs[place]);
    const database = await boltDatabase({ ...credentials, uri: standIn.uri }, schema, options);
    return {
      ...database,
      async remove() {
        try {
          await database.remove();
        } finally {
          await standIn[Symbol.asyncDispose]();
        }
      },
    };
  },
});
