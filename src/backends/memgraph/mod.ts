import * as z from "zod";
import { defineBackend } from "../backend.ts";
import { whyIdRefused } from "../cypher/codec.ts";
import { wholeRows } from "../cypher/bolt_rows.ts";
import { authorityField } from "../cypher/authority.ts";
import { type BoltProduct, openBoltStore } from "../cypher/bolt_open.ts";
import { type BoltSettings, boltUriField, parseBoltAddress } from "../cypher/bolt_uri.ts";
import { BOLT_STORABLE } from "../neo4j/dialect.ts";
import { hasUniqueIds, memgraphDialect, SHOW_VERSION } from "./dialect.ts";

const OLDEST = [3, 6] as const;

const product: BoltProduct = {
  name: "Memgraph",
  // It says which Neo4j it is compatible with, and what it is itself without a version.
  version: (agent) => /memgraph/i.test(agent) ? "" : undefined,
  askVersion: async (driver) => String((await driver.show(SHOW_VERSION))[0]?.version ?? ""),
  refuse(version) {
    const [major = 0, minor = 0] = version.split(".").map(Number);
    const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
    return isOld
      ? `Memgraph ${version} is too old (version ${OLDEST.join(".")} or later is needed)`
      : undefined;
  },
  hasUniqueIds,
  unusableId: "NOT (valueType(m.id) STARTS WITH 'STRING') OR m.id = ''",
  rows: wholeRows,
  dialect: memgraphDialect,
};

/** A memory graph in a Memgraph database. */
export const memgraph = defineBackend({
  name: "memgraph",
  summary: "Memgraph server, over Bolt",
  config: z.object({
    uri: boltUriField.meta({ env: ["MEMORY_MEMGRAPH_URI", "MEMGRAPH_URI"] }),
    user: z.string().optional().describe("User, where the server has users")
      .meta({ env: ["MEMORY_MEMGRAPH_USER", "MEMGRAPH_USER"] }),
    password: z.string().optional().describe("Password")
      .meta({ env: ["MEMORY_MEMGRAPH_PASSWORD", "MEMGRAPH_PASSWORD"], secret: true }),
    database: z.string().min(1).optional().describe("Name of the database, where the server has several")
      .meta({ env: ["MEMORY_MEMGRAPH_DATABASE"] }),
    caFile: authorityField,
  }),
  open: (settings, options) =>
    openBoltStore({ settings, location: { backend: "memgraph", ...locate(settings) }, product }, options),
  locate,
  whyIdRefused: (id) => whyIdRefused(id, BOLT_STORABLE),
});

const DEFAULT_DATABASE = "memgraph";

function locate(settings: BoltSettings) {
  const { uri, server } = parseBoltAddress(settings);
  const database = settings.database ?? DEFAULT_DATABASE;
  return { display: `${uri}/${database}`, identity: `bolt:${server}/${database}` };
}
