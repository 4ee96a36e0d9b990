import assert from "node:assert/strict";
import { recentActivity } from "../../src/operations/activity.ts";
import { queryAsOf } from "../../src/operations/as_of.ts";
import { findBridges } from "../../src/operations/bridges.ts";
import { whatChanged } from "../../src/operations/changes.ts";
import { analyzeClusters } from "../../src/operations/clusters.ts";
import { contextualSearch } from "../../src/operations/contextual_search.ts";
import { deleteMemory } from "../../src/operations/delete.ts";
import { getMemory } from "../../src/operations/get.ts";
import { invalidateRelationship } from "../../src/operations/invalidate.ts";
import { linkMemories } from "../../src/operations/link.ts";
import { graphMetrics } from "../../src/operations/metrics.ts";
import { findMemoryPath } from "../../src/operations/path.ts";
import { recallMemories } from "../../src/operations/recall.ts";
import { reinforceRelationship } from "../../src/operations/reinforce.ts";
import { relatedMemories } from "../../src/operations/related.ts";
import { searchRelationships } from "../../src/operations/search_relationships.ts";
import { memoryStatistics } from "../../src/operations/stats.ts";
import { storeMemory } from "../../src/operations/store.ts";
import { suggestRelationshipType } from "../../src/operations/suggest.ts";
import { relationshipHistory } from "../../src/operations/timeline.ts";
import { updateMemory } from "../../src/operations/update.ts";
import type { GraphStore } from "../../src/store/store.ts";
import { memory, relationship } from "../fixtures/graph.ts";
import type { Harness } from "../support/harness.ts";
import { runOn } from "../support/operations.ts";
import { addMemories, addRelationships, failsWith, test } from "./suite.ts";

/** Two triangles joined by a bridge, a chain, and a memory alone. */
async function seedNetwork(store: GraphStore): Promise<void> {
  await addMemories(
    store,
    ["a", "b", "c", "bridge", "x", "y", "z", "alone"].map((id) => memory(id, { title: `The ${id}` })),
  );
  const pairs = ["ab", "bc", "ca", "xy", "yz", "zx"].map((pair) => [...pair] as [string, string]);
  await addRelationships(store, [
    ...pairs.map(([from, to]) => relationship(from + to, [from, to], { type: "SOLVES", strength: 0.9 })),
    relationship("c-bridge", ["c", "bridge"], { type: "CAUSES", strength: 0.3 }),
    relationship("bridge-x", ["bridge", "x"], { type: "CAUSES", strength: 0.3 }),
    relationship("loop", ["a", "a"], { type: "RELATED_TO" }),
    relationship("gone", ["a", "z"], { validUntil: "2025-06-01T00:00:00+00:00", type: "BLOCKS" }),
  ]);
}

/** What agents do with memories: the same on every backend. */
export function memoryOperations(harness: Harness): void {
  test(harness, "store, get, update and delete a memory", async ({ store }) => {
    const stored = await runOn(store, storeMemory, {
      type: "solution",
      title: "Title 🎉",
      content: "Content\u0000\n",
      tags: [" Redis ", "", "two words"],
      importance: 1,
      context: {
        projectPath: "/app",
        additionalMetadata: { n: 1.5, id: 1234567890123456789n },
        languages: ["ts"],
      },
    });
    const { memory: got, relationships } = await runOn(store, getMemory, { memoryId: stored.memoryId });
    assert.deepEqual(got, stored.memory);
    assert.deepEqual(relationships, []);
    assert.deepEqual(got.tags, ["redis", "two words"]);
    assert.equal(got.context?.additionalMetadata, '{"n":1.5,"id":1234567890123456789}');
    assert.match(got.createdAt!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/);

    const { memoryId } = stored;
    const { memory: updated } = await runOn(store, updateMemory, { memoryId, title: "New", tags: ["A"] });
    const expected = { ...got, title: "New", tags: ["a"], version: 2, updatedAt: updated.updatedAt };
    assert.deepEqual(updated, expected);
    assert.notEqual(updated.updatedAt, got.updatedAt);
    const { updated: isUpdated, memory: same } = await runOn(store, updateMemory, { memoryId, title: "New" });
    assert.deepEqual([isUpdated, same], [false, expected]);
    assert.deepEqual((await runOn(store, getMemory, { memoryId })).memory, expected);
    await failsWith("USAGE", () => runOn(store, updateMemory, { memoryId }));

    await runOn(store, linkMemories, {
      fromMemoryId: memoryId,
      toMemoryId: memoryId,
      relationshipType: "CAUSES",
    });
    assert.equal((await runOn(store, deleteMemory, { memoryId })).deletedRelationships, 1);
    for (const operation of [getMemory, deleteMemory, relatedMemories]) {
      const error = await failsWith(
        "NOT_FOUND",
        () => runOn(store, operation as typeof getMemory, { memoryId }),
      );
      assert.equal(error.details?.field, "memoryId");
    }
    assert.equal((await store.count()).memories, 0);

    // Upstream takes a date, and not every Python reads other forms of a time again.
    for (const timestamp of ["2025-03-04", "2025-03-04T00:00:00Z"]) {
      const input = { type: "task", title: "dated", content: "dated", context: { timestamp } } as const;
      const { memory: { context } } = await runOn(store, storeMemory, input);
      assert.equal(context?.timestamp, "2025-03-04T00:00:00+00:00");
    }
  });

  test(harness, "updates of a memory at the same time are all kept", async (opened) => {
    const { store } = opened;
    await addMemories(store, [memory("m", { title: "0", tags: [], importance: 0 })]);
    const { changeMemory } = await import("../../src/memory/records.ts");
    const stores = harness.exclusive || harness.name === "memory"
      ? [store]
      : [store, await opened.connect("write")];
    try {
      await Promise.all(stores.map(async (own) => {
        for (let step = 0; step < 10; step++) {
          await changeMemory(own, "m", (seen) => ({ ...seen, usageCount: seen.usageCount + 1 }));
        }
      }));
    } finally {
      for (const other of stores.slice(1)) await other[Symbol.asyncDispose]();
    }
    const [kept] = await store.readMemories(["m"]);
    assert.equal(kept?.usageCount, 10 * stores.length);
    assert.equal(kept?.version, 1 + 10 * stores.length);
  });

  test(
    harness,
    "link takes its type's defaults, cycles and loops; a missing end is named",
    async ({ store }) => {
      await addMemories(store, [memory("a"), memory("b")]);
      const link = (from: string, to: string, env = {}) =>
        runOn(store, linkMemories, {
          fromMemoryId: from,
          toMemoryId: to,
          relationshipType: "DEPENDS_ON",
          context: "why",
        }, env);
      const { relationship: made } = await link("a", "b");
      assert.deepEqual([made.strength, made.confidence, made.context, made.type], [
        0.8,
        0.8,
        "why",
        "DEPENDS_ON",
      ]);
      const { relationships } = await runOn(store, getMemory, { memoryId: "b" });
      assert.deepEqual(relationships, [{ ...made, title: "Title of a" }]);
      const error = await failsWith("NOT_FOUND", () => link("a", "missing"));
      assert.equal(error.details?.field, "toMemoryId");
      const acyclic = { MEMORY_ALLOW_CYCLES: "false" };
      await failsWith("RECORD_INVALID", () => link("b", "a", acyclic));
      await failsWith("RECORD_INVALID", () => link("a", "a", acyclic));
      await link("a", "b", acyclic);
      await link("b", "a");
      await link("a", "a");
    },
  );

  test(harness, "related, path and contextual search walk current relationships", async ({ store }) => {
    await seedNetwork(store);
    const related = async (input: Record<string, unknown>) =>
      (await runOn(store, relatedMemories, { memoryId: "a", ...input })).related
        .map(({ memory, relationship, depth }) => [memory.id, relationship.id, depth]);
    assert.deepEqual(await related({ maxDepth: 1 }), [["b", "ab", 1], ["c", "ca", 1]]);
    assert.deepEqual(await related({}), [["b", "ab", 1], ["c", "ca", 1], ["bridge", "c-bridge", 2]]);
    assert.deepEqual(await related({ maxDepth: 3 }), [
      ["b", "ab", 1],
      ["c", "ca", 1],
      ["bridge", "c-bridge", 2],
      ["x", "bridge-x", 3],
    ]);
    assert.deepEqual(await related({ relationshipTypes: ["CAUSES"] }), []);
    assert.equal((await related({ maxDepth: 5, limit: 2 })).length, 2);

    await addRelationships(store, [
      relationship("ba", ["b", "a"], { type: "ADDRESSES", strength: 0.1 }),
      relationship("ab2", ["a", "b"], { type: "CAUSES", strength: 0.2 }),
      relationship("ab3", ["a", "b"], { type: "BLOCKS", validUntil: "2025-05-05T00:00:00+00:00" }),
    ]);
    const [b, c] = (await runOn(store, relatedMemories, { memoryId: "a", maxDepth: 1 })).related;
    assert.equal(b?.relationship.id, "ab");
    assert.deepEqual(b?.otherRelationships?.map(({ id, type }) => [id, type]), [
      ["ab2", "CAUSES"],
      ["ba", "ADDRESSES"],
    ]);
    assert.equal(c?.otherRelationships, undefined);

    const way = await runOn(store, findMemoryPath, { fromMemoryId: "a", toMemoryId: "y" });
    assert.deepEqual(way.path.map(({ memoryId }) => memoryId), ["a", "c", "bridge", "x", "y"]);
    assert.equal(way.hops, 4);
    const far = await runOn(store, findMemoryPath, { fromMemoryId: "a", toMemoryId: "y", maxDepth: 3 });
    assert.equal(far.found, false);
    const none = await runOn(store, findMemoryPath, { fromMemoryId: "a", toMemoryId: "alone", maxDepth: 10 });
    assert.equal(none.found, false);

    const around = await runOn(store, contextualSearch, { memoryId: "a", query: "the bridge", maxDepth: 2 });
    assert.deepEqual(around.memories.map(({ id }) => id), ["bridge"]);
    assert.equal(around.searched, 3);
  });

  test(harness, "time: as of, history, changes, and what was invalidated", async ({ store }) => {
    await addMemories(store, ["a", "b", "c"].map((id) => memory(id)));
    const at = (month: number) => `2025-0${month}-01T00:00:00+00:00`;
    const times = (from: number, until?: number) => ({
      validFrom: at(from),
      recordedAt: at(from),
      createdAt: at(from),
      validUntil: until === undefined ? undefined : at(until),
    });
    await addRelationships(store, [
      relationship("old", ["a", "b"], { ...times(1, 3), invalidatedBy: "new" }),
      relationship("new", ["a", "c"], times(3)),
    ]);
    const asOf = async (month: number) =>
      (await runOn(store, queryAsOf, { memoryId: "a", asOf: at(month) })).related.map(({ memory }) =>
        memory.id
      );
    assert.deepEqual([await asOf(1), await asOf(2), await asOf(3)], [["b"], ["b"], ["c"]]);

    const history = await runOn(store, relationshipHistory, { memoryId: "a" });
    assert.deepEqual(history.relationships.map(({ id }) => id), ["old", "new"]);
    assert.deepEqual([history.total, history.current], [2, 1]);

    const changes = await runOn(store, whatChanged, { since: at(2) });
    assert.deepEqual(changes.newRelationships.map(({ id }) => id), ["new"]);
    assert.deepEqual(changes.invalidatedRelationships.map(({ id }) => id), ["old"]);

    const { relationship: ended, changed } = await runOn(store, invalidateRelationship, {
      relationshipId: "new",
    });
    assert.equal(changed, true);
    const again = await runOn(store, invalidateRelationship, { relationshipId: "new" });
    assert.deepEqual([again.changed, again.relationship], [false, ended]);
    assert.deepEqual((await runOn(store, relatedMemories, { memoryId: "a" })).related, []);
    assert.equal((await runOn(store, relationshipHistory, { memoryId: "a" })).current, 0);
    await failsWith("NOT_FOUND", () => runOn(store, invalidateRelationship, { relationshipId: "none" }));
    const itself = { relationshipId: "old", invalidatedBy: "old" };
    const refused = await failsWith("USAGE", () => runOn(store, invalidateRelationship, itself));
    assert.equal(refused.details?.field, "invalidatedBy");
  });

  test(
    harness,
    "recall gives related titles, and forgives typing errors where nothing is found",
    async ({ store }) => {
      await addMemories(store, [
        memory("s", { title: "Raise the Redis timeout", type: "solution" }),
        memory("p", { title: "Requests fail at night", type: "problem" }),
      ]);
      await addRelationships(store, [relationship("sp", ["s", "p"], { type: "SOLVES" })]);
      const recalled = await runOn(store, recallMemories, { query: "how did we fix redis timeouts" });
      assert.deepEqual(recalled.memories.map(({ id, relationships }) => [id, relationships]), [
        ["s", { SOLVES: ["Requests fail at night"] }],
      ]);
      assert.equal(recalled.tolerance, "normal");
      const typo = await runOn(store, recallMemories, { query: "reddis" });
      assert.deepEqual([typo.tolerance, typo.memories.map(({ id }) => id)], ["fuzzy", ["s"]]);
      assert.equal((await runOn(store, recallMemories, { query: "redis", projectPath: "" })).count, 1);
    },
  );

  test(
    harness,
    "recall goes through its pages in one way, whether words were found as they are or not",
    async ({ store }) => {
      await addMemories(store, ["a", "b", "c"].map((id) => memory(id, { title: `Kubernetes ${id}` })));
      for (const [query, tolerance] of [["kubernetes", "normal"], ["kuberntes", "fuzzy"]]) {
        const pages = [];
        for (const offset of [0, 2, 4]) {
          pages.push(await runOn(store, recallMemories, { query, offset, limit: 2 }));
        }
        assert.deepEqual(pages.map(({ count }) => count), [2, 1, 0], query);
        assert.deepEqual(pages.map((page) => page.tolerance), [tolerance, tolerance, tolerance], query);
      }
    },
  );

  test(harness, "activity, statistics and figures about the graph", async ({ store }) => {
    await seedNetwork(store);
    const now = new Date().toISOString();
    await addMemories(store, [
      memory("open", { type: "problem", createdAt: now }),
      memory("solved", { type: "error", createdAt: now }),
      memory("fix", { type: "fix", createdAt: now }),
    ]);
    await addRelationships(store, [relationship("fixes", ["fix", "solved"], { type: "SOLVES" })]);
    const activity = await runOn(store, recentActivity, { days: 2 });
    assert.equal((await runOn(store, recentActivity, { days: 2, project: "" })).totalCount, 3);
    assert.deepEqual(activity.memoriesByType, { error: 1, fix: 1, problem: 1 });
    assert.deepEqual(activity.unresolvedProblems.map(({ id }) => id), ["open"]);

    const statistics = await runOn(store, memoryStatistics, {});
    assert.deepEqual(statistics, {
      totalMemories: 11,
      totalRelationships: 11,
      memoriesByType: { general: 8, error: 1, fix: 1, problem: 1 },
      relationshipsByType: { SOLVES: 7, CAUSES: 2, BLOCKS: 1, RELATED_TO: 1 },
      avgImportance: 0.5,
      avgConfidence: 0.8,
    });

    const { clusters } = await runOn(store, analyzeClusters, {});
    assert.deepEqual(
      clusters.map(({ memories }) => memories.map(({ memoryId }) => memoryId).join("")).sort(),
      [
        "abc",
        "xyz",
      ].map((ids) => ids === "abc" ? clusterWithBridge(clusters) ?? ids : ids).sort(),
    );
    const { bridges } = await runOn(store, findBridges, {});
    assert(bridges.some(({ memoryId, isCutPoint }) => memoryId === "bridge" && isCutPoint));
    const metrics = await runOn(store, graphMetrics, {});
    assert.deepEqual([metrics.components, metrics.largestComponent, metrics.isolatedMemories], [4, 7, 2]);
  });

  test(harness, "relationships: by context, suggested, reinforced", async ({ store }) => {
    await addMemories(store, [memory("s", { type: "solution" }), memory("p", { type: "problem" })]);
    await addRelationships(store, [
      relationship("free", ["s", "p"], {
        context: "partially, only in production, verified by load tests",
        strength: 0.5,
      }),
      relationship("json", ["s", "p"], {
        context: '{"text":"x","scope":"full","components":["auth"]}',
        strength: 0.4,
      }),
      relationship("none", ["p", "s"], { strength: 0.3 }),
    ]);
    const find = async (input: Record<string, unknown>) =>
      (await runOn(store, searchRelationships, input)).relationships.map(({ id }) => id);
    assert.deepEqual(await find({}), ["free", "json", "none"]);
    assert.deepEqual(await find({ scope: "partial", conditions: ["PRODUCTION"] }), ["free"]);
    assert.deepEqual(await find({ hasEvidence: false, components: ["auth"] }), ["json"]);
    assert.deepEqual(await find({ evidence: ["load"] }), ["free"]);

    const { suggestions } = await runOn(store, suggestRelationshipType, {
      fromMemoryId: "s",
      toMemoryId: "p",
    });
    assert.equal(suggestions[0]?.type, "SOLVES");

    const reinforce = (success: boolean) =>
      runOn(store, reinforceRelationship, { fromMemoryId: "s", toMemoryId: "p", success });
    const { relationship: better } = await reinforce(true);
    assert.deepEqual(
      [better.id, better.strength, better.evidenceCount, better.validationCount, better.successRate],
      ["free", 0.55, 2, 1, 1],
    );
    const { relationship: worse } = await reinforce(false);
    assert.deepEqual([worse.strength, worse.successRate, worse.counterEvidenceCount], [0.525, 0.5, 1]);
    assert.deepEqual(
      (await store.readRelationships([{ id: "free", fromId: "s", toId: "p", type: "" }]))[0]?.strength,
      0.525,
    );
  });
}

type Clusters = { memories: { memoryId: string }[] }[];

/** The bridge itself belongs to whichever side label propagation gives it. */
function clusterWithBridge(clusters: Clusters): string | undefined {
  return clusters.map(({ memories }) => memories.map(({ memoryId }) => memoryId).join(""))
    .find((ids) => ids.includes("bridge"));
}
