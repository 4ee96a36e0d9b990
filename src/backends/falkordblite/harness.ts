import { existsSync } from "node:fs";
import { join } from "node:path";
import { defineHarness } from "../../../tests/support/harness.ts";
import { closeRedis, connectRedis } from "../falkordb/connect.ts";
import { falkorSurgery } from "../falkordb/harness.ts";
import { findEngine } from "./engine.ts";
import { falkordblite } from "./mod.ts";
import { openToRead, type Session } from "./session.ts";
import { ownerFileOf } from "./writing_folder.ts";
import { openToWrite } from "./writing_session.ts";

const redisServer = Deno.env.get("MEMORYGRAPH_REDIS_SERVER");
const module = Deno.env.get("MEMORYGRAPH_FALKORDB_MODULE");
const GRAPH = "memorygraph";

/** Settings that name the engine of the tests, so that no other one is tested by accident. */
export const ENGINE_SETTINGS = { redisServer, module };

/** A file in a folder of its own. */
export const falkordbliteHarness = defineHarness({
  backend: falkordblite,
  exclusive: true,
  unavailable: redisServer && module
    ? undefined
    : Deno.env.get("MEMORYGRAPH_TEST_FALKORDBLITE_UNAVAILABLE") ?? "MEMORYGRAPH_REDIS_SERVER is not set",
  async prepare() {
    const folder = await Deno.makeTempDir({ prefix: "memorygraph-test-falkordblite-" });
    const path = join(folder, "memory.db");
    const surgery = falkorSurgery((text) => withSocket(path, "write", (socket) => query(socket, text)));
    const look = falkorSurgery((text) => withSocket(path, "read", (socket) => query(socket, text)));
    return {
      settings: { path, ...ENGINE_SETTINGS },
      ...surgery,
      describeSchema: look.describeSchema,
      async empty() {
        for await (const { name } of Deno.readDir(folder)) {
          await Deno.remove(join(folder, name), { recursive: true });
        }
      },
      remove: () => Deno.remove(folder, { recursive: true }),
    };
  },
  async missing() {
    const folder = await Deno.makeTempDir({ prefix: "memorygraph-test-falkordblite-" });
    return {
      settings: { path: join(folder, "sub", "missing.db"), ...ENGINE_SETTINGS },
      exists: () => Promise.resolve(existsSync(join(folder, "sub"))),
      [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
    };
  },
});

/** Gives the socket of the engine that serves the file, or of one of its own while no store has it open. */
async function withSocket<T>(
  file: string,
  mode: "read" | "write",
  action: (socket: string) => Promise<T>,
): Promise<T> {
  const owner = ownerFileOf(file);
  if (existsSync(owner)) {
    return await action(join(JSON.parse(await Deno.readTextFile(owner)).privateFolder, "socket"));
  }
  const engine = await findEngine(ENGINE_SETTINGS);
  const session: Session = mode === "read"
    ? await openToRead(file, engine, {})
    : await openToWrite(file, engine, { mode });
  try {
    return await action(session.socket);
  } finally {
    await session.close();
  }
}

async function query(socket: string, text: string): Promise<unknown> {
  const client = await connectRedis({ path: socket });
  try {
    return await client.call("GRAPH.QUERY", GRAPH, text);
  } finally {
    await closeRedis(client);
  }
}
