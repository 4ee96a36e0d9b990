import assert from "node:assert/strict";
import { askRedis, startFalkorDbCluster } from "./mod.ts";
import { assertGone, testsWith } from "./testing.ts";

const testCluster = await testsWith("falkordb-cluster");

testCluster("startFalkorDbCluster() gives every key to one of its nodes", async () => {
  await using cluster = await startFalkorDbCluster();
  assert.equal(cluster.nodes.length, 3);
  for (const graph of ["a", "b", "c", "memorygraph"]) {
    const answers = await Promise.all(cluster.nodes.map((node) => {
      return askRedis(node, "GRAPH.QUERY", graph, "RETURN 1").then(() => "served", ({ message }) => message);
    }));
    const moved = answers.filter((answer) => answer !== "served");
    assert.equal(moved.length, 2);
    for (const message of moved) assert.match(message, /^MOVED \d+ 127\.0\.0\.1:\d+$/);
  }
  await cluster.stop();
  for (const node of cluster.nodes) await assertGone(node);
});
