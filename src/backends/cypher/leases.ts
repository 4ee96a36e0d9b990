import type { LeaseBoard, LeaseRecord } from "../../store/leases.ts";
import { type Driver, RowCountError } from "./driver.ts";

/** The label of a lease's node. Neither we nor upstream take one for a memory. */
export const LEASE_LABEL = "MemorygraphLease";

/** Leases as nodes of their own label, unconnected. */
export class CypherLeases implements LeaseBoard {
  readonly #driver: Driver;
  readonly #run: <T>(action: () => Promise<T>) => Promise<T>;

  /** `run` turns what the driver throws into a GraphError. */
  constructor(driver: Driver, run: <T>(action: () => Promise<T>) => Promise<T>) {
    this.#driver = driver;
    this.#run = run;
  }

  async list(): Promise<LeaseRecord[]> {
    const rows = await this.#run(() =>
      this.#driver.rows(
        `MATCH (l:\`${LEASE_LABEL}\`) RETURN l.id, l.migration, l.host, l.owner, l.since, l.expires`,
      )
    );
    return rows.map(([id, migration, host, owner, since, expires]) => ({
      id: String(id),
      migration: String(migration),
      host: String(host),
      owner: String(owner),
      since: String(since),
      expiresMs: Number(expires),
    }));
  }

  async add({ id, migration, host, owner, since, expiresMs }: LeaseRecord): Promise<void> {
    const row = { id, migration, host, owner, since, expires: String(expiresMs) };
    const parts = [{ text: `CREATE (l:\`${LEASE_LABEL}\`) SET l = row`, rows: [row] }];
    await this.#run(() => this.#driver.write(parts, { repeatable: false }));
  }

  async renew(id: string, expiresMs: number): Promise<boolean> {
    const row = { id, expires: String(expiresMs) };
    const text = `MATCH (l:\`${LEASE_LABEL}\` {id: row.id}) SET l.expires = row.expires`;
    return await this.#run(async () => {
      try {
        await this.#driver.write([{ text, rows: [row], expected: 1 }], { repeatable: true });
        return true;
      } catch (error) {
        if (error instanceof RowCountError) return false;
        throw error;
      }
    });
  }

  async remove(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const text = `MATCH (l:\`${LEASE_LABEL}\` {id: row}) DELETE l`;
    await this.#run(() => this.#driver.write([{ text, rows: ids }], { repeatable: true }));
  }
}
