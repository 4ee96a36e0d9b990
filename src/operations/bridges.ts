import * as z from "zod";
import { findClusters, findCutPoints, readNetwork } from "../memory/network.ts";
import { memoriesById } from "../memory/traverse.ts";
import { storeFields } from "./ends.ts";
import { COLUMNS, moreLine, renderList } from "./listings.ts";
import { openMemories } from "./memory_stores.ts";
import { defineOperation } from "./operation.ts";
import { limitField } from "./search.ts";

/** Memories that join clusters. */
export const findBridges = defineOperation({
  name: "bridges",
  summary: "Find memories that join groups of memories",
  input: () => z.object({ limit: limitField(20), ...storeFields }),
  output: () =>
    z.object({
      count: z.int(),
      bridges: z.array(z.object({
        memoryId: z.string(),
        title: z.string(),
        type: z.string(),
        clusters: z.int().describe("Clusters that it or its neighbours are in"),
        neighbours: z.int(),
        isCutPoint: z.boolean().describe("Without it, the graph would fall apart there"),
      })).describe("Those that join the most clusters first"),
    }),
  holdsRecords: true,
  tool: {
    name: "find_bridge_memories",
    profile: "extended",
    title: "Find bridges",
    effect: "read",
    description:
      "Finds memories that join groups of memories which otherwise have little to do with each other.",
  },
  async run({ limit, ...input }, context) {
    await using store = await openMemories(input, context, "read");
    const network = await readNetwork(store, context.signal);
    const clusterOf = new Map(
      findClusters(network).flatMap(({ ids }, index) => ids.map((id) => [id, index] as const)),
    );
    const cutPoints = findCutPoints(network);
    const all = [...network].map(([id, neighbours]) => ({
      id,
      neighbours: neighbours.size,
      clusters: new Set([id, ...neighbours.keys()].map((other) => clusterOf.get(other))).size,
    })).filter(({ clusters }) => clusters > 1)
      .sort((a, b) => b.clusters - a.clusters || b.neighbours - a.neighbours || (a.id < b.id ? -1 : 1));
    const shown = all.slice(0, limit);
    const memories = await memoriesById(store, shown.map(({ id }) => id));
    const bridges = shown.map(({ id, clusters, neighbours }) => {
      const { title = "", type = "" } = memories.get(id) ?? {};
      return { memoryId: id, title, type, clusters, neighbours, isCutPoint: cutPoints.has(id) };
    });
    return { count: all.length, bridges };
  },
  render({ bridges, count }, { table }) {
    if (bridges.length === 0) return "no bridges";
    const list = renderList(bridges, {
      columns: [
        { ...COLUMNS.id, cell: ({ memoryId }) => memoryId },
        { ...COLUMNS.title, cell: ({ title }) => title },
        { name: "clusters", cell: ({ clusters }) => clusters },
      ],
      line: ({ title, memoryId, clusters }) => `${title}  (${memoryId}, joins ${clusters} clusters)`,
    }, table);
    return [list, ...moreLine(count > bridges.length)].join("\n");
  },
});
