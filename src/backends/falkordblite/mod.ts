import { join } from "node:path";
import * as z from "zod";
import { realPathOf } from "../../paths.ts";
import { homeDirectory } from "../../state.ts";
import type { GraphStore } from "../../store/store.ts";
import { defineBackend, type OpenOptions } from "../backend.ts";
import { whyIdRefused } from "../cypher/codec.ts";
import { falkorDialect } from "../falkordb/dialect.ts";
import { encode } from "../falkordb/encode.ts";
import { connectRedis } from "../falkordb/connect.ts";
import { openFalkorStore } from "../falkordb/open.ts";
import { findEngine } from "./engine.ts";
import { assertReplaceable, explainSystemError, isFile } from "./file.ts";
import { describeHeader, readRdbHeader } from "./rdb.ts";
import { notFound, openToRead } from "./session.ts";
import { explainLoss, FalkorDbLiteStore } from "./store.ts";
import { openToWrite } from "./writing_session.ts";
import { hasWrites, ifMissing } from "./data_folder.ts";
import { writingFolderOf } from "./writing_folder.ts";

const config = z.object({
  path: z.string().min(1).default(() => join(homeDirectory(), ".memorygraph", "falkordblite.db"))
    .describe("Database file").meta({ env: ["MEMORY_FALKORDBLITE_PATH", "FALKORDBLITE_PATH"] }),
  database: z.string().min(1).default("memorygraph")
    .describe("Name of the graph in the file").meta({ env: ["MEMORY_FALKORDBLITE_DATABASE"] }),
  redisServer: z.string().min(1).optional()
    .describe("Engine: a redis-server (default: found by itself)")
    .meta({ env: ["MEMORYGRAPH_REDIS_SERVER"] }),
  module: z.string().min(1).optional()
    .describe("Engine: the FalkorDB module for it").meta({ env: ["MEMORYGRAPH_FALKORDB_MODULE"] }),
});

/** A memory graph in a file that Python's falkordblite opens too. */
export const falkordblite = defineBackend({
  name: "falkordblite",
  summary: "FalkorDB file, served by a local child process",
  isExclusive: true,
  config,
  async open(settings, options) {
    try {
      return await openStore(settings, options);
    } catch (error) {
      throw explainSystemError(error, settings.path);
    }
  },
  locate,
  checkWritable,
  whyIdRefused: (id) => whyIdRefused(id, falkorDialect.storable),
  encode,
  discard: async ({ path }) => await Deno.remove(realPathOf(path)).catch(ifMissing(undefined)),
});

/** A file that is there has been opened; for a new one nothing has looked for an engine yet. */
async function checkWritable(settings: z.output<typeof config>): Promise<void> {
  // The real one, since the file is replaced by a rename.
  const file = realPathOf(settings.path);
  await assertReplaceable(file);
  if (!await isFile(file)) await findEngine(settings);
}

async function openStore(settings: z.output<typeof config>, options: OpenOptions): Promise<GraphStore> {
  const file = realPathOf(settings.path);
  // A mistyped path is reported as one also where no engine is installed.
  const there = await isFile(file);
  if (!there && options.mode !== "create" && !await hasWrites(writingFolderOf(file))) throw notFound(file);
  const header = there ? await readRdbHeader(file) : undefined;
  const engine = await findEngine({ ...settings, rdbVersion: header?.version });
  options.log?.debug(`engine: ${engine.product} at "${engine.redisServer}", ${engine.origin}`);
  if (header) options.log?.debug(`file: ${describeHeader(header)}`);
  const session = options.mode === "read"
    ? await openToRead(file, engine, options)
    : await openToWrite(file, engine, options);
  try {
    const store = await openFalkorStore({
      // ioredis waits this long also for a connection that is dead already.
      connect: () => connectRedis({ path: session.socket, disconnectTimeout: 1 }),
      graph: settings.database,
      location: { backend: "falkordblite", ...locate(settings) },
    }, options);
    return new FalkorDbLiteStore(store, session);
  } catch (error) {
    const reason = await explainLoss(error, session);
    await session.close();
    throw reason;
  }
}

function locate({ path, database }: z.output<typeof config>) {
  return { display: path, identity: `falkordblite:${realPathOf(path)}#${database}` };
}
