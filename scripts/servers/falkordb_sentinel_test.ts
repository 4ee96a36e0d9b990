import assert from "node:assert/strict";
import { askRedis, startFalkorDbSentinel } from "./mod.ts";
import { assertGone, testsWith } from "./testing.ts";
import { waitUntil } from "./wait.ts";

const testSentinel = await testsWith("falkordb-sentinel");

testSentinel("startFalkorDbSentinel() goes on with the replica when the master is killed", async () => {
  await using group = await startFalkorDbSentinel();
  const [master, replica] = [await group.findMaster(), await group.findReplica()];
  await askRedis(master, "GRAPH.QUERY", "g", "CREATE (:Kept)");
  await assert.rejects(askRedis(replica, "GRAPH.QUERY", "g", "CREATE (:Lost)"), /READONLY/);
  await waitUntil(async () => await askRedis(replica, "EXISTS", "g") === 1, { what: "the graph is copied" });
  await group.killMaster();
  await waitUntil(async () => await group.findMaster() === replica, {
    what: "the sentinel has a new master",
  });
  await waitUntil(() => takesWrites(replica), { what: "the new master takes writes" });
  const reply = await askRedis(replica, "GRAPH.QUERY", "g", "MATCH (n:Kept) RETURN count(n)");
  assert.deepEqual((reply as unknown[])[1], [[1]]);
  await group.stop();
  for (const server of [master, replica, group.sentinel]) await assertGone(server);
});

async function takesWrites(server: { port: number; password: string }): Promise<boolean> {
  return await askRedis(server, "SET", "probe", "1").then(() => true, () => false);
}
