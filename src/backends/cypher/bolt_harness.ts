import type { Settings, TestDatabase } from "../../../tests/support/harness.ts";
import { parseBoltAddress } from "./bolt_uri.ts";
import { loadNeo4j } from "./neo4j_module.ts";

/** A row of a result by column. */
export type TestRow = Record<string, unknown>;
/** Runs a statement past the store, in a transaction of its own. */
export type Query = (text: string, parameters?: Record<string, unknown>) => Promise<TestRow[]>;

/** How a product lists and drops its schema. */
export interface SchemaSurgery {
  /** Equal for equal schemas. */
  describe(query: Query): Promise<string>;
  drop(query: Query): Promise<void>;
}

/**
 * The one database of a Bolt server, as tests treat it, emptied first. Its schema goes with `remove` only, if at
 * all, since making it anew for each graph of a test takes longer than the graph.
 */
export async function boltDatabase(
  settings: Settings,
  schema: SchemaSurgery,
  { schemaStays }: { schemaStays: boolean },
): Promise<TestDatabase> {
  const withQuery = async <T>(action: (query: Query) => Promise<T>): Promise<T> => {
    const neo4j = await loadNeo4j();
    const { uri, user = "neo4j", password = "" } = parseBoltAddress({ uri: "", ...settings });
    const client = neo4j.driver(uri, neo4j.auth.basic(user, password), { disableLosslessIntegers: true });
    const session = client.session();
    try {
      return await action(async (text, parameters) => {
        const { records } = await session.run(text, parameters);
        return records.map((record) => record.toObject());
      });
    } finally {
      await session.close();
      await client.close();
    }
  };
  const empty = () =>
    withQuery(async (query) => {
      let deleted = 0;
      do {
        const [row] = await query("MATCH (n) WITH n LIMIT 10000 DETACH DELETE n RETURN count(*) AS deleted");
        deleted = row!.deleted as number;
      } while (deleted > 0);
    });
  const remove = async () => {
    await empty();
    if (!schemaStays) await withQuery(schema.drop);
  };
  await remove();
  return {
    settings,
    empty,
    remove,
    describeSchema: () => withQuery(schema.describe),
    addForeign: (memoryId) =>
      withQuery(async (query) => {
        await query(
          "CREATE (e:`Entity` {id: 'foreign 1'}), (f:`Entity` {id: 'foreign 2'}), (e)-[:`ABOUT`]->(f)",
        );
        await query(
          "MATCH (e:`Entity` {id: 'foreign 1'}), (m:`Memory` {id: $memoryId}) CREATE (e)-[:`ABOUT`]->(m)",
          { memoryId },
        );
      }),
    addBroken: () =>
      withQuery(async (query) => {
        await query("CREATE (:`Memory` {content: 'without'}), (:`Memory` {id: 5}), (:`Memory` {id: ''})");
        await query("MATCH (a:`Memory` {id: 5}) CREATE (a)-[:`SOLVES` {id: 'of a broken memory'}]->(a)");
        await query("CREATE (a:`Memory` {id: ['list']}) CREATE (a)-[:`SOLVES` {id: 7}]->(a)");
        const memories = Array.from({ length: 4 }, () => ({ kind: "memory" as const, id: "" }));
        return [
          ...memories,
          { kind: "relationship" as const, id: "of a broken memory" },
          { kind: "relationship" as const, id: "" },
        ];
      }),
    addRelationshipWithoutId: (memoryId) =>
      withQuery(async (query) => {
        await query("MATCH (a:`Memory` {id: $memoryId}) CREATE (a)-[:`SOLVES` {strength: 0.1}]->(a)", {
          memoryId,
        });
      }),
    addDuplicate: (memoryId) =>
      withQuery(async (query) => {
        await query("CREATE (:`Memory` {id: $memoryId})", { memoryId });
      }),
  };
}
