import { join } from "node:path";
import * as z from "zod";
import { homeDirectory } from "../../state.ts";
import { defineBackend } from "../backend.ts";
import { removeDatabase } from "./database.ts";
import { identityOf } from "./identity.ts";
import { assertStoreWritable, openSqliteStore } from "./store.ts";

/** A memory graph in one SQLite file. */
export const sqlite = defineBackend({
  name: "sqlite",
  summary: "SQLite file, no server",
  config: z.object({
    path: z.string().min(1).default(() => join(homeDirectory(), ".memorygraph", "memory.db"))
      .describe("Database file").meta({ env: ["MEMORY_SQLITE_PATH"] }),
  }),
  open: ({ path }, options) => Promise.resolve().then(() => openSqliteStore(path, options)),
  locate: ({ path }) => ({ display: path, identity: identityOf(path) }),
  checkWritable: ({ path }) => Promise.resolve().then(() => assertStoreWritable(path)),
  discard: ({ path }) => Promise.resolve().then(() => removeDatabase(path)),
});
