import * as z from "zod";
import { findClusters, findComponents, readNetwork } from "../memory/network.ts";
import { statisticsOf } from "../memory/queries.ts";
import { memoriesById } from "../memory/traverse.ts";
import { RELATIONSHIP_TYPES } from "../model/relationship.ts";
import { storeFields } from "./ends.ts";
import { openMemories } from "./memory_stores.ts";
import { defineOperation } from "./operation.ts";

const MAX_HUBS = 10;
/** Memories that make a cluster. */
const MIN_CLUSTER = 3;

/** Figures about the graph as a whole. */
export const graphMetrics = defineOperation({
  name: "metrics",
  summary: "Measure the graph: parts, clusters, density, hubs, kinds of relationships",
  input: () => z.object({ ...storeFields }),
  output: () =>
    z.object({
      totalMemories: z.int(),
      totalRelationships: z.int(),
      relationshipsByCategory: z.record(z.string(), z.int()),
      relatedPairs: z.int().describe("Pairs of memories with a current relationship"),
      averageNeighbours: z.number(),
      density: z.number().describe("Related pairs of all pairs there are, 0 to 1"),
      isolatedMemories: z.int().describe("Memories that nothing is related to"),
      components: z.int().describe("Parts of the graph that hang together, isolated memories included"),
      largestComponent: z.int(),
      clusters: z.int().describe(`Groups of ${MIN_CLUSTER} memories or more that hang together closely`),
      hubs: z.array(z.object({ memoryId: z.string(), title: z.string(), neighbours: z.int() }))
        .describe("The memories with the most neighbours"),
    }),
  holdsRecords: true,
  tool: {
    name: "analyze_graph_metrics",
    profile: "extended",
    title: "Analyze the graph",
    effect: "read",
    description: "Measures the graph as a whole: counts, density, connected parts, clusters and hubs.",
  },
  async run(input, context) {
    await using store = await openMemories(input, context, "read");
    const { memories, relationships, relationshipsByType } = await statisticsOf(store, context.signal);
    const network = await readNetwork(store, context.signal);
    const degrees = [...network].map(([id, neighbours]) => ({ id, neighbours: neighbours.size }));
    const ends = degrees.reduce((sum, { neighbours }) => sum + neighbours, 0);
    const components = findComponents(network);
    const hubs = degrees.filter(({ neighbours }) => neighbours > 0)
      .sort((a, b) => b.neighbours - a.neighbours || (a.id < b.id ? -1 : 1)).slice(0, MAX_HUBS);
    const titles = await memoriesById(store, hubs.map(({ id }) => id));
    const count = network.size;
    return {
      totalMemories: memories,
      totalRelationships: relationships,
      relationshipsByCategory: byCategory(relationshipsByType),
      relatedPairs: ends / 2,
      averageNeighbours: rounded(count === 0 ? 0 : ends / count),
      density: rounded(count < 2 ? 0 : ends / (count * (count - 1))),
      isolatedMemories: degrees.filter(({ neighbours }) => neighbours === 0).length,
      components: components.length,
      largestComponent: components[0]?.length ?? 0,
      clusters: findClusters(network).filter(({ ids }) => ids.length >= MIN_CLUSTER).length,
      hubs: hubs.map(({ id, neighbours }) => ({
        memoryId: id,
        title: titles.get(id)?.title ?? "",
        neighbours,
      })),
    };
  },
});

function byCategory(byType: Readonly<Record<string, number>>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [type, count] of Object.entries(byType)) {
    const { category } = RELATIONSHIP_TYPES[type as keyof typeof RELATIONSHIP_TYPES] ?? { category: "other" };
    counts[category] = (counts[category] ?? 0) + count;
  }
  return counts;
}

function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
