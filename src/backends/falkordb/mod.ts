import * as z from "zod";
import { defineBackend } from "../backend.ts";
import { authorityField } from "../cypher/authority.ts";
import { whyIdRefused } from "../cypher/codec.ts";
import { connectTo } from "./connect.ts";
import { falkorDialect } from "./dialect.ts";
import { encode } from "./encode.ts";
import { openFalkorStore } from "./open.ts";
import { type FalkorSettings, parseFalkorAddress } from "./uri.ts";

const DEFAULT_GRAPH = "memorygraph";

/** A memory graph on a FalkorDB server. */
export const falkordb = defineBackend({
  name: "falkordb",
  summary: "FalkorDB server, over the Redis protocol",
  config: z.object({
    uri: z.string().min(1).optional()
      .describe(
        "Address of the server: redis://host:port, rediss:// with TLS, redis+sentinel://, redis+cluster:// or unix:///path",
      )
      .meta({ env: ["MEMORY_FALKORDB_URI", "FALKORDB_URI"] }),
    host: z.string().min(1).default("localhost").describe("Host of the server, where no address is given")
      .meta({ env: ["MEMORY_FALKORDB_HOST", "FALKORDB_HOST"] }),
    port: z.string().regex(/^\d{1,5}$/, "must be a port number").default("6379")
      .describe("Port of the server, where no address is given")
      .meta({ env: ["MEMORY_FALKORDB_PORT", "FALKORDB_PORT"] }),
    user: z.string().optional().describe("User, where the server has users")
      .meta({ env: ["MEMORY_FALKORDB_USER", "FALKORDB_USER"] }),
    password: z.string().optional().describe("Password")
      .meta({ env: ["MEMORY_FALKORDB_PASSWORD", "FALKORDB_PASSWORD"], secret: true }),
    database: z.string().min(1).default(DEFAULT_GRAPH).describe("Name of the graph")
      .meta({ env: ["MEMORY_FALKORDB_DATABASE", "MEMORY_FALKORDB_GRAPH"] }),
    caFile: authorityField,
  }),
  open: (settings, options) =>
    openFalkorStore({
      connect: () => connectTo(parseFalkorAddress(settings), settings.caFile),
      graph: settings.database,
      location: { backend: "falkordb", ...locate(settings) },
      hasSentinels: parseFalkorAddress(settings).kind === "sentinel",
    }, options),
  locate,
  whyIdRefused: (id) => whyIdRefused(id, falkorDialect.storable),
  encode,
});

function locate(settings: FalkorSettings & { database: string }) {
  const { display, server } = parseFalkorAddress(settings);
  return {
    display: `${display}/${settings.database}`,
    identity: `falkordb:${server}/${settings.database}`,
  };
}
