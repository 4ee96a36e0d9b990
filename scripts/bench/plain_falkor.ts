/** ioredis without anything of ours but the text of parameters, which any client has to make. */
import type { Redis } from "ioredis";
import { parameterText } from "../../src/backends/cypher/falkor_text.ts";
import type { StoredMap, StoredValue } from "../../src/backends/cypher/values.ts";
import type { RecordKind } from "../../src/model/record.ts";
import type { PlainClient, PlainRelationship } from "./plain.ts";

type Cell = [type: number, value: unknown];
/** A name of a property, type of a value, value. */
type Property = [key: number, type: number, value: unknown];

const READ: Record<RecordKind, string> = {
  memory: "MATCH (m:Memory) WHERE id(m) >= $from AND id(m) < $to RETURN m",
  relationship: "MATCH (a:Memory)-[r]->(b:Memory) WHERE id(a) >= $from AND id(a) < $to RETURN r, a.id, b.id",
};

/** FalkorDB by ioredis, for {@linkcode PlainClient}'s loops. */
export class PlainFalkor implements PlainClient {
  readonly batchSizes = [500, 1000, 2000, 5000];
  readonly inFlight = [1, 4];
  readonly #client: Redis;
  readonly #graph: string;

  constructor(client: Redis, graph: string) {
    this.#client = client;
    this.#graph = graph;
  }

  async clear(): Promise<void> {
    if (await this.#client.exists(this.#graph)) await this.#client.call("GRAPH.DELETE", this.#graph);
  }

  async writeMemories(rows: readonly StoredMap[]): Promise<void> {
    await this.#query("UNWIND $rows AS row CREATE (m:Memory) SET m = row", { rows: [...rows] });
  }

  async writeRelationships(rows: readonly PlainRelationship[]): Promise<void> {
    for (const [type, group] of Map.groupBy(rows, ({ type }) => type)) {
      await this.#query(
        "UNWIND $rows AS row MATCH (a:Memory {id: row.f}) MATCH (b:Memory {id: row.t}) " +
          `CREATE (a)-[r:${type}]->(b) SET r = row.p`,
        { rows: group.map(({ from, to, properties }) => ({ f: from, t: to, p: properties })) },
      );
    }
  }

  async read(kind: RecordKind, pageSize: number): Promise<number> {
    const names = ((await this.#query("CALL db.propertyKeys()", {}))[1] as Cell[][]).map(([key]) => key![1]);
    const [[last]] = (await this.#query("MATCH (m:Memory) RETURN max(id(m))", {}))[1] as Cell[][] as [[Cell]];
    let count = 0;
    for (let from = 0; from <= Number(last[1]); from += pageSize) {
      const [, rows] = await this.#query(READ[kind], { from: BigInt(from), to: BigInt(from + pageSize) });
      for (const row of rows as Cell[][]) {
        const record: Record<string, unknown> = {};
        for (const [key, type, value] of (row[0]![1] as unknown[]).at(-1) as Property[]) {
          record[names[key] as string] = plainValue(type, value);
        }
        count += Number(record.id !== undefined);
      }
    }
    return count;
  }

  async #query(text: string, parameters: Record<string, StoredValue>): Promise<unknown[]> {
    const query = parameterText(parameters) + text;
    return await this.#client.call("GRAPH.QUERY", this.#graph, query, "--compact") as unknown[];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.quit();
  }
}

function plainValue(type: number, value: unknown): unknown {
  switch (type) {
    case 4:
      return value === "true";
    case 5:
      return Number(value);
    case 6:
      return (value as Cell[]).map(([itemType, item]) => plainValue(itemType, item));
    default:
      return value;
  }
}
