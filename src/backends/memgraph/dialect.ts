import type { BoltDriver } from "../cypher/bolt.ts";
import type { BoltValues } from "../cypher/bolt_values.ts";
import { type Dialect, FULL_TEXT_INDEX, MEMORY_INDEXES } from "../cypher/dialect.ts";
import type { NativeType } from "../cypher/values.ts";
import { BOLT_STORABLE } from "../neo4j/dialect.ts";

/**
 * What comes back as it was. Not a Duration: Memgraph makes one number of its months, days and seconds. Not
 * nanoseconds, nor offsets with seconds, which it cuts (communication/bolt/v1/decoder/decoder.hpp).
 */
const NATIVES: ReadonlySet<NativeType> = new Set(["DateTime", "LocalDateTime", "Date", "LocalTime"]);
const CUT = /\.\d{7,}|[+-]\d\d:\d\d:\d\d/;

const CREATE_CONSTRAINT = "CREATE CONSTRAINT ON (m:`Memory`) ASSERT m.`id` IS UNIQUE";
// A constraint brings no index here.
const INDEXED = ["id", ...MEMORY_INDEXES.map(([, property]) => property)];
const createIndex = (property: string) => `CREATE INDEX ON :\`Memory\`(\`${property}\`)`;
const CREATE_TEXT_INDEX = `CREATE TEXT INDEX \`${FULL_TEXT_INDEX.name}\` ON :\`Memory\`(${
  FULL_TEXT_INDEX.properties.map((property) => `\`${property}\``).join(", ")
})`;
const SHOW_INDEXES = "SHOW INDEX INFO";
const SHOW_CONSTRAINTS = "SHOW CONSTRAINT INFO";
/** Says the server's version. */
export const SHOW_VERSION = "SHOW VERSION";

/** Memgraph 3.6 and later. Statements about the schema have no names, no IF NOT EXISTS and no transaction. */
export function memgraphDialect(values: BoltValues): Dialect<BoltDriver> {
  return {
    name: "memgraph",
    snapshotReads: false,
    // Two transactions that touch one node end with an error.
    overlappingWrites: 1,
    dynamicTypes: false,
    listRows: false,
    storable: {
      ...BOLT_STORABLE,
      timestampDigits: 6,
      native: (value) => NATIVES.has(value.type) && !CUT.test(value.text) && values.isStorable(value),
    },

    async ensureSchema(driver) {
      if (!await hasUniqueIds(driver)) await driver.schema(CREATE_CONSTRAINT);
      const existing = await indexedProperties(driver);
      for (const property of INDEXED) {
        if (!existing.has(property)) await driver.schema(createIndex(property));
      }
    },

    async finishLoad(driver) {
      const indexes = await driver.show(SHOW_INDEXES);
      if (indexes.some((index) => String(index["index type"]).includes("text"))) return;
      try {
        await driver.schema(CREATE_TEXT_INDEX);
      } catch (error) {
        // A server may have been started without text search; everything else works there.
        if (!(error instanceof Error && /text.?search|experimental/i.test(error.message))) throw error;
      }
    },

    hasUniqueIds,

    async details(driver) {
      return {
        uniqueIds: await hasUniqueIds(driver),
        indexes: [...await indexedProperties(driver)].sort().join(", "),
      };
    },
  };
}

/** Whether a constraint keeps two memories from having one id. */
export async function hasUniqueIds(driver: BoltDriver): Promise<boolean> {
  const constraints = await driver.show(SHOW_CONSTRAINTS);
  return constraints.some((constraint) =>
    constraint["constraint type"] === "unique" && constraint.label === "Memory" &&
    String(constraint.properties) === "id"
  );
}

async function indexedProperties(driver: BoltDriver): Promise<Set<string>> {
  const indexes = await driver.show(SHOW_INDEXES);
  return new Set(
    indexes.filter(({ "index type": type, label }) => type === "label+property" && label === "Memory")
      // A list since composite indexes exist.
      .map(({ property }) => String(property)),
  );
}
