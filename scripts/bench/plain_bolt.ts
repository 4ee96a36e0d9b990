/** neo4j-driver without anything of ours. */
import neo4j, { type Driver } from "neo4j-driver";
import type { StoredMap } from "../../src/backends/cypher/values.ts";
import type { RecordKind } from "../../src/model/record.ts";
import type { PlainClient, PlainRelationship } from "./plain.ts";

const READ: Record<RecordKind, string> = {
  memory: "MATCH (m:Memory) RETURN m",
  relationship: "MATCH (a:Memory)-[r]->(b:Memory) RETURN r, a.id, b.id",
};

/** Neo4j by neo4j-driver, for {@linkcode PlainClient}'s loops. */
export class PlainBolt implements PlainClient {
  readonly batchSizes = [500, 1000, 2000, 5000];
  readonly inFlight = [1, 2];
  readonly #driver: Driver;

  constructor({ uri, user, password }: { uri: string; user: string; password: string }) {
    this.#driver = neo4j.driver(uri, neo4j.auth.basic(user, password), { useBigInt: true });
  }

  async clear(): Promise<void> {
    for (const match of ["MATCH ()-[x]->()", "MATCH (x)"]) {
      await this.#run(`${match} CALL (x) { DELETE x } IN TRANSACTIONS OF 5000 ROWS`);
    }
  }

  async writeMemories(rows: readonly StoredMap[]): Promise<void> {
    await this.#write("UNWIND $rows AS row CREATE (m:Memory) SET m = row", rows);
  }

  async writeRelationships(rows: readonly PlainRelationship[]): Promise<void> {
    await this.#write(
      "UNWIND $rows AS row MATCH (a:Memory {id: row.from}) MATCH (b:Memory {id: row.to}) " +
        "CREATE (a)-[r:$(row.type)]->(b) SET r = row.properties",
      rows,
    );
  }

  async read(kind: RecordKind, pageSize: number): Promise<number> {
    const session = this.#driver.session({ fetchSize: pageSize, defaultAccessMode: neo4j.session.READ });
    let count = 0;
    for await (const row of session.run(READ[kind])) count += Number(row.get(0).properties !== undefined);
    await session.close();
    return count;
  }

  async #write(text: string, rows: readonly unknown[]): Promise<void> {
    const session = this.#driver.session();
    await session.executeWrite((transaction) => transaction.run(text, { rows }));
    await session.close();
  }

  async #run(text: string): Promise<void> {
    const session = this.#driver.session();
    await session.run(text);
    await session.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#driver.close();
  }
}
