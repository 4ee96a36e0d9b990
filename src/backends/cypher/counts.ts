import type { Counts } from "../../store/store.ts";
import type { Driver } from "./driver.ts";
import { LEASE_LABEL } from "./leases.ts";

/**
 * Counts what a database holds. It keeps the numbers of nodes and relationships itself, so those between
 * memories are counted one by one only where a relationship may touch something else.
 */
export async function countRecords(driver: Pick<Driver, "rows">): Promise<Counts> {
  const count = async (match: string) => {
    const [[count] = []] = await driver.rows(`${match} RETURN count(n) AS count`);
    return Number(count ?? 0);
  };
  const [memories, leases, nodes, all] = await Promise.all([
    count("MATCH (n:`Memory`)"),
    count(`MATCH (n:\`${LEASE_LABEL}\`)`),
    count("MATCH (n)"),
    count("MATCH ()-[n]->()"),
  ]);
  const hasOthers = nodes > memories + leases ||
    (leases > 0 && await count(`MATCH (:\`${LEASE_LABEL}\`)-[n]-()`) > 0);
  const relationships = hasOthers ? await count("MATCH (:`Memory`)-[n]->(:`Memory`)") : all;
  return {
    memories,
    relationships,
    foreignNodes: nodes - memories - leases,
    foreignRelationships: all - relationships,
  };
}
