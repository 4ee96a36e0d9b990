import { defineHarness } from "../../../tests/support/harness.ts";
import { findServer, reasonOf, settingsOf } from "../../../tests/support/servers.ts";
import { boltDatabase, type SchemaSurgery } from "../cypher/bolt_harness.ts";
import { neo4j } from "./mod.ts";

const INDEXES = "SHOW INDEXES YIELD name, type, owningConstraint, labelsOrTypes, properties " +
  "WHERE type <> 'LOOKUP' RETURN name, type, owningConstraint, labelsOrTypes, properties ORDER BY name";

const schema: SchemaSurgery = {
  describe: async (query) => JSON.stringify(await query(INDEXES)),
  async drop(query) {
    for (const { name } of await query("SHOW CONSTRAINTS YIELD name RETURN name")) {
      await query(`DROP CONSTRAINT \`${name}\``);
    }
    for (const { name } of await query(INDEXES)) await query(`DROP INDEX \`${name}\``);
  },
};

/** The community server has one database, so the second place is on a second server. */
export const neo4jHarness = defineHarness({
  backend: neo4j,
  unavailable: reasonOf(findServer("neo4j")),
  server: "neo4j",
  secondUnavailable: reasonOf(findServer("neo4j", 1)),
  secondRelease: "neo4j on the second server",
  prepare: (place, options) => boltDatabase(settingsOf(findServer("neo4j", place)), schema, options),
  missing: () =>
    Promise.resolve({
      settings: { ...settingsOf(findServer("neo4j")), database: "nosuchdatabase" },
      // The community server cannot make one.
      exists: () => Promise.resolve(false),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
});
