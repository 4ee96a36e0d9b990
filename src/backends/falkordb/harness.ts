import "../../../tests/support/parser_timer.ts";
import { defineHarness, type TestDatabase } from "../../../tests/support/harness.ts";
import { splitUri } from "../../redact.ts";
import { closeRedis, connectTo } from "./connect.ts";
import { falkordb } from "./mod.ts";
import { parseFalkorAddress } from "./uri.ts";

const variable = "MEMORYGRAPH_TEST_FALKORDB_URI";
const uri = Deno.env.get(variable);

/** A graph of its own for each test, on one server. */
export const falkordbHarness = defineHarness({
  backend: falkordb,
  unavailable: uri
    ? undefined
    : Deno.env.get("MEMORYGRAPH_TEST_FALKORDB_UNAVAILABLE") ?? `${variable} is not set`,
  prepare: () => Promise.resolve(testGraph(settingsOf(uri!))),
  missing() {
    const { settings, exists, remove } = testGraph(settingsOf(uri!));
    return Promise.resolve({ settings, exists, [Symbol.asyncDispose]: remove });
  },
});

interface GraphSettings {
  uri: string;
  user?: string;
  password?: string;
  database: string;
}

function settingsOf(text: string): GraphSettings {
  return { ...splitUri(text), database: `memorygraph test ${crypto.randomUUID()}` };
}

/** Sends one command about the graph, past the store. */
async function call(settings: GraphSettings, name: string, ...args: string[]): Promise<unknown> {
  const client = await connectTo(parseFalkorAddress({ host: "", port: "", ...settings }));
  try {
    return await client.call(name, settings.database, ...args);
  } finally {
    await closeRedis(client);
  }
}

function testGraph(settings: GraphSettings): TestDatabase & { exists(): Promise<boolean> } {
  const exists = async () => await call(settings, "EXISTS") === "1";
  const remove = async () => {
    if (await exists()) await call(settings, "GRAPH.DELETE");
  };
  return {
    ...falkorSurgery((text) => call(settings, "GRAPH.QUERY", text)),
    settings: settings as TestDatabase["settings"],
    exists,
    empty: remove,
    remove,
  };
}

/** What tests do to a FalkorDB graph past the store, given a way to run a query. */
export function falkorSurgery(query: (text: string) => Promise<unknown>) {
  return {
    async describeSchema(): Promise<string> {
      const schema = await Promise.all([
        query(
          // Without the status: an index is built in the background.
          "CALL db.indexes() YIELD label, types, entitytype RETURN label, types, entitytype ORDER BY label",
        ),
        query(
          "CALL db.constraints() YIELD type, label, properties, entitytype " +
            "RETURN type, label, properties, entitytype ORDER BY label",
        ),
      ]);
      return JSON.stringify(schema.map((reply) => (reply as unknown[])[1]));
    },
    async addForeign(memoryId: string): Promise<void> {
      await query(`CREATE (:Entity {id: "foreign 1"})-[:ABOUT]->(:Entity {id: "foreign 2"})`);
      await query(
        `MATCH (e:Entity {id: "foreign 1"}) MATCH (m:Memory {id: ${JSON.stringify(memoryId)}}) ` +
          "CREATE (e)-[:ABOUT]->(m)",
      );
    },
    async addBroken() {
      // Not one with an empty id, at which the unique constraint crashes the server (4.16.3).
      await query(`CREATE (:Memory {content: "without"}), (:Memory {id: 5}), (:Memory {id: true})`);
      await query(`MATCH (a:Memory {id: 5}) CREATE (a)-[:SOLVES {id: "of a broken memory"}]->(a)`);
      await query(`CREATE (a:Memory {id: ["list"]}) CREATE (a)-[:SOLVES {id: 7}]->(a)`);
      const memories = Array.from({ length: 4 }, () => ({ kind: "memory" as const, id: "" }));
      return [
        ...memories,
        { kind: "relationship" as const, id: "of a broken memory" },
        { kind: "relationship" as const, id: "" },
      ];
    },
    async addRelationshipWithoutId(memoryId: string): Promise<void> {
      await query(
        `MATCH (a:Memory {id: ${JSON.stringify(memoryId)}}) CREATE (a)-[:SOLVES {strength: 0.1}]->(a)`,
      );
    },
    async addDuplicate(memoryId: string): Promise<void> {
      await query(`CREATE (:Memory {id: ${JSON.stringify(memoryId)}})`);
    },
  };
}
