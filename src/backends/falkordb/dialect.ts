import { GraphError } from "../../errors.ts";
import type { Logger } from "../../log.ts";
import { type Dialect, FULL_TEXT_INDEX, MEMORY_INDEXES } from "../cypher/dialect.ts";
import { MEMORY_COLUMNS, RELATIONSHIP_COLUMNS } from "../cypher/codec.ts";
import { quote } from "../cypher/names.ts";
import type { Driver } from "../cypher/driver.ts";
import type { FalkorDriver } from "../cypher/falkor.ts";
import type { StoredValue } from "../cypher/values.ts";

const CONSTRAINT_TIMEOUT_MS = 120_000;
/** Full text of some ten million memories. */
const INDEX_TIMEOUT_MS = 3_600_000;
const POLL_MS = 20;

/** FalkorDB 4: indexes have no names and no IF NOT EXISTS, and a constraint is made in the background. */
export const falkorDialect: Dialect<FalkorDriver> = {
  name: "falkordb",
  snapshotReads: false,
  // It takes one after the other: one is at work, one on its way and one being made.
  overlappingWrites: 3,
  dynamicTypes: false,
  listRows: true,
  storable: {
    // Query text is a C string, and invalid UTF-8 breaks its string functions.
    text: (value) => !value.includes("\0") && value.isWellFormed(),
    // The index behind the unique constraint takes \u0001 for a separator, trims ASCII white space and leaves
    // out what is longer; the constraint then looks in vain for what it has just put in, and the server
    // crashes (4.16.3, EnforceUniqueEntity).
    // deno-lint-ignore no-control-regex
    id: (value) => !/[\0\x01]|^[\t-\r ]|[\t-\r ]$/.test(value) && value.isWellFormed(),
    maxIdBytes: 4096,
    // A backtick cannot be escaped inside backticks.
    name: (value) => value !== "" && !/[\0`]/.test(value) && value.isWellFormed(),
    nonFinite: false,
    timestampDigits: 0,
    // Its own types have no literal in parameters.
    native: () => false,
  },

  async ensureSchema(driver) {
    // Those that our statements list.
    await driver.makeNames({ properties: [...MEMORY_COLUMNS, ...RELATIONSHIP_COLUMNS] });
    const existing = await indexedProperties(driver, "RANGE");
    for (const property of ["id", ...MEMORY_INDEXES.map(([, property]) => property)]) {
      if (!existing.has(property)) await driver.schema(`CREATE INDEX FOR (m:Memory) ON (m.${property})`);
    }
    await untilIndexed(driver);
    await ensureUniqueIds(driver);
  },

  async finishLoad(driver) {
    // So that a relationship is found by its id alone. They would make a load slower by a tenth.
    const indexed = await driver.indexedTypes();
    for (const type of await driver.relationshipTypes()) {
      if (indexed.includes(type)) continue;
      await driver.schema(`CREATE INDEX FOR ()-[r:${quote(type)}]-() ON (r.id)`);
    }
    // All properties at once: the index would be filled anew for each.
    const existing = await indexedProperties(driver, "FULLTEXT");
    const missing = FULL_TEXT_INDEX.properties.filter((property) => !existing.has(property));
    if (missing.length > 0) {
      const properties = missing.map((property) => `m.${property}`).join(", ");
      await driver.schema(`CREATE FULLTEXT INDEX FOR (m:Memory) ON (${properties})`);
    }
    await untilIndexed(driver);
  },

  async hasUniqueIds(driver) {
    return await uniqueIdsStatus(driver) === "OPERATIONAL";
  },

  async details(driver) {
    const facts: Record<string, string | number | boolean> = {
      graph: driver.graph,
      uniqueIds: await uniqueIdsStatus(driver) === "OPERATIONAL",
      indexes: [...await indexedProperties(driver, "RANGE")].sort().join(", "),
      fullText: [...await indexedProperties(driver, "FULLTEXT")].sort().join(", "),
    };
    const redis = (await driver.serverInfo()).get("redis_version");
    return redis ? { ...facts, redis } : facts;
  },
};

/** Properties of memories that have an index of a type. */
async function indexedProperties(driver: Driver, type: "RANGE" | "FULLTEXT"): Promise<Set<string>> {
  // Of all indexes there may be more than one result has rows: each relationship type has one.
  const rows = await driver.rows(
    "CALL db.indexes() YIELD label, types, entitytype WHERE label = 'Memory' AND entitytype = 'NODE' RETURN types",
  );
  const found = new Set<string>();
  for (const [types] of rows) {
    for (const [property, kinds] of Object.entries(types as Record<string, StoredValue[]>)) {
      if (kinds.includes(type)) found.add(property);
    }
  }
  return found;
}

/**
 * Waits until every index is filled. A label has one index for all its properties, so that a new one has it filled
 * anew in the background; meanwhile `MATCH (m:Memory {id: $id})` silently misses memories (4.16.3).
 */
export async function untilIndexed(driver: FalkorDriver, log?: Logger): Promise<void> {
  const deadline = performance.now() + INDEX_TIMEOUT_MS;
  let isTold = false;
  while (true) {
    const rows = await driver.rows("CALL db.indexes() YIELD status RETURN DISTINCT status");
    if (rows.every(([status]) => status === "OPERATIONAL")) return;
    if (!isTold) log?.info(`Waiting until the graph "${driver.graph}" has filled its indexes`);
    isTold = true;
    if (performance.now() > deadline) {
      throw new GraphError("STORE_FAILED", `The graph "${driver.graph}" did not fill its indexes in time`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function uniqueIdsStatus(driver: Driver): Promise<string | undefined> {
  const rows = await driver.rows(
    "CALL db.constraints() YIELD type, label, properties, entitytype, status WHERE type = 'UNIQUE' " +
      "AND label = 'Memory' AND entitytype = 'NODE' AND properties = ['id'] RETURN status",
  );
  return rows[0]?.[0] as string | undefined;
}

async function ensureUniqueIds(driver: FalkorDriver): Promise<void> {
  const deadline = performance.now() + CONSTRAINT_TIMEOUT_MS;
  let asked = false;
  while (true) {
    const status = await uniqueIdsStatus(driver);
    if (status === "OPERATIONAL") return;
    if (status === undefined || (status === "FAILED" && !asked)) {
      // A failed constraint stays in the list until it is dropped.
      if (status) await driver.constraint("DROP");
      await driver.constraint("CREATE");
      asked = true;
    } else if (status === "FAILED") {
      throw new GraphError("CONFLICT", `The graph "${driver.graph}" holds several memories with one id`);
    }
    if (performance.now() > deadline) {
      throw new GraphError(
        "STORE_FAILED",
        `The graph "${driver.graph}" did not finish its constraint in time`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
