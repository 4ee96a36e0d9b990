import * as z from "zod";
import { defineBackend } from "../backend.ts";
import { whyIdRefused } from "../cypher/codec.ts";
import { type BoltProduct, openBoltStore } from "../cypher/bolt_open.ts";
import { type BoltSettings, boltUriField, parseBoltAddress } from "../cypher/bolt_uri.ts";
import { listedRows, wholeRows } from "../cypher/bolt_rows.ts";
import { authorityField } from "../cypher/authority.ts";
import { BOLT_STORABLE, hasUniqueIds, isAtLeast, neo4jDialect } from "./dialect.ts";

const product: BoltProduct = {
  name: "Neo4j",
  version: (agent) => /^Neo4j\/(\d[^ ]*)$/.exec(agent)?.[1],
  refuse: (version) =>
    Number(version.split(".")[0]) < 5
      ? `Neo4j ${version} is too old (version 5 or later is needed)`
      : undefined,
  hasUniqueIds,
  // For an id that is not text the comparison is null.
  unusableId: "coalesce(m.id > '', false) = false",
  // An older one cannot say whether a value is a DateTime.
  rows: (values, version) => isAtLeast(version, 10) ? listedRows(values) : wholeRows(values),
  dialect: neo4jDialect,
};

/** A memory graph in a Neo4j database. */
export const neo4j = defineBackend({
  name: "neo4j",
  summary: "Neo4j server, over Bolt",
  config: z.object({
    uri: boltUriField.meta({ env: ["MEMORY_NEO4J_URI", "NEO4J_URI"] }),
    user: z.string().default("neo4j").describe("User")
      .meta({ env: ["MEMORY_NEO4J_USER", "NEO4J_USER"] }),
    password: z.string().optional().describe("Password")
      .meta({ env: ["MEMORY_NEO4J_PASSWORD", "NEO4J_PASSWORD"], secret: true }),
    database: z.string().min(1).default("neo4j").describe("Name of the database")
      .meta({ env: ["MEMORY_NEO4J_DATABASE", "NEO4J_DATABASE"] }),
    caFile: authorityField,
  }),
  open: (settings, options) =>
    openBoltStore({ settings, location: { backend: "neo4j", ...locate(settings) }, product }, options),
  locate,
  whyIdRefused: (id) => whyIdRefused(id, BOLT_STORABLE),
});

function locate(settings: BoltSettings & { database: string }) {
  const { uri, server } = parseBoltAddress(settings);
  // Neo4j's names of databases are not case sensitive.
  const database = settings.database.toLowerCase();
  return { display: `${uri}/${database}`, identity: `bolt:${server}/${database}` };
}
