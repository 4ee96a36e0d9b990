import type { BoltDriver } from "../cypher/bolt.ts";
import type { BoltValues } from "../cypher/bolt_values.ts";
import { type Dialect, FULL_TEXT_INDEX, MEMORY_INDEXES } from "../cypher/dialect.ts";
import type { StoredValue } from "../cypher/values.ts";

const INDEX_TIMEOUT_SECONDS = 600;

/** Neo4j 5 and later; `version` is what the server says. */
export function neo4jDialect(values: BoltValues, version: string): Dialect<BoltDriver> {
  return {
    name: "neo4j",
    snapshotReads: false,
    overlappingWrites: 3,
    fullTextMatch:
      `CALL db.index.fulltext.queryNodes('${FULL_TEXT_INDEX.name}', $pattern) YIELD node AS m WITH m`,
    dynamicTypes: isAtLeast(version, 26),
    listRows: true,
    storable: {
      ...BOLT_STORABLE,
      native: (value) => values.isStorable(value),
    },

    async ensureSchema(driver) {
      if (!await hasUniqueIds(driver)) {
        await driver.schema(
          "CREATE CONSTRAINT `memory_id_unique` IF NOT EXISTS FOR (m:`Memory`) REQUIRE m.`id` IS UNIQUE",
        );
      }
      for (const [name, property] of MEMORY_INDEXES) {
        await driver.schema(
          `CREATE INDEX \`${name}\` IF NOT EXISTS FOR (m:\`Memory\`) ON (m.\`${property}\`)`,
        );
      }
      await driver.schema(`CALL db.awaitIndexes(${INDEX_TIMEOUT_SECONDS})`);
    },

    async finishLoad(driver) {
      const properties = FULL_TEXT_INDEX.properties.map((property) => `m.\`${property}\``).join(", ");
      await driver.schema(
        `CREATE FULLTEXT INDEX \`${FULL_TEXT_INDEX.name}\` IF NOT EXISTS FOR (m:\`Memory\`) ON EACH [${properties}]`,
      );
      await driver.schema(`CALL db.awaitIndexes(${INDEX_TIMEOUT_SECONDS})`);
    },

    hasUniqueIds,

    async details(driver) {
      const indexes = await driver.show("SHOW INDEXES YIELD name, type, state WHERE type <> 'LOOKUP'");
      return {
        uniqueIds: await hasUniqueIds(driver),
        indexes: indexes.map(({ name }) => name).sort().join(", "),
        indexesOnline: indexes.every(({ state }) => state === "ONLINE"),
      };
    },
  };
}

/** Whether a version is this one of Neo4j 5 or later; the major version after 5 is a year. */
export function isAtLeast(version: string, minorOf5: number): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 5 || (major === 5 && minor >= minorOf5);
}

/** What Neo4j's and Memgraph's strings and names can hold. */
export const BOLT_STORABLE = {
  // The driver would replace a lone surrogate.
  text: (value: string) => value.isWellFormed(),
  id: (value: string) => value.isWellFormed(),
  // An index entry has at most 8,167 bytes, a few of them for itself.
  maxIdBytes: 8_000,
  // See names.ts for the backslash.
  name: (value: string) => value !== "" && !/[\0\\]/.test(value) && value.isWellFormed(),
  nonFinite: true,
  timestampDigits: 9,
};

/** Whether a constraint keeps two memories from having one id, by whatever name. */
export async function hasUniqueIds(driver: BoltDriver): Promise<boolean> {
  const constraints = await driver.show(
    "SHOW CONSTRAINTS YIELD type, entityType, labelsOrTypes, properties " +
      "WHERE entityType = 'NODE' AND type IN ['UNIQUENESS', 'NODE_PROPERTY_UNIQUENESS', 'NODE_KEY']",
  );
  return constraints.some(({ labelsOrTypes, properties }) =>
    only(labelsOrTypes, "Memory") && only(properties, "id")
  );
}

function only(list: StoredValue | undefined, item: string): boolean {
  return Array.isArray(list) && list.length === 1 && list[0] === item;
}
