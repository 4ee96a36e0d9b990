import * as z from "zod";
import { findClusters, readNetwork } from "../memory/network.ts";
import { memoriesById } from "../memory/traverse.ts";
import { storeFields } from "./ends.ts";
import { COLUMNS, type Listing, moreLine, renderList } from "./listings.ts";
import { openMemories } from "./memory_stores.ts";
import { defineOperation } from "./operation.ts";
import { limitField } from "./search.ts";

/** Memories named for each cluster. */
const MAX_NAMED = 20;

/** Groups of memories that hang together. */
export const analyzeClusters = defineOperation({
  name: "clusters",
  summary: "Find groups of memories that hang together",
  input: () =>
    z.object({
      minClusterSize: z.int().min(2).default(3).describe("Memories in a cluster at least"),
      minDensity: z.number().min(0).max(1).default(0.3).describe(
        "Related pairs of all pairs in a cluster at least, 0 to 1",
      ),
      limit: limitField(50),
      ...storeFields,
    }),
  output: () =>
    z.object({
      count: z.int().describe("Clusters that are large and dense enough"),
      clusters: z.array(z.object({
        size: z.int(),
        density: z.number(),
        memories: z.array(z.object({ memoryId: z.string(), title: z.string(), type: z.string() }))
          .describe(`The first ${MAX_NAMED} by id`),
      })).describe("The largest first"),
    }),
  holdsRecords: true,
  tool: {
    name: "analyze_memory_clusters",
    profile: "extended",
    title: "Analyze clusters",
    effect: "read",
    description: "Finds groups of memories that are related more to one another than to the rest.",
  },
  async run({ minClusterSize, minDensity, limit, ...input }, context) {
    await using store = await openMemories(input, context, "read");
    const all = findClusters(await readNetwork(store, context.signal))
      .filter(({ ids, density }) => ids.length >= minClusterSize && density >= minDensity);
    const shown = all.slice(0, limit);
    const memories = await memoriesById(store, shown.flatMap(({ ids }) => ids.slice(0, MAX_NAMED)));
    const clusters = shown.map(({ ids, density }) => ({
      size: ids.length,
      density: Math.round(density * 1000) / 1000,
      memories: ids.slice(0, MAX_NAMED).map((memoryId) => {
        const { title = "", type = "" } = memories.get(memoryId) ?? {};
        return { memoryId, title, type };
      }),
    }));
    return { count: all.length, clusters };
  },
  render({ clusters, count }, { table }) {
    if (clusters.length === 0) return "no clusters";
    const listing: Listing<(typeof clusters)[number]["memories"][number]> = {
      columns: [
        { ...COLUMNS.id, cell: ({ memoryId }) => memoryId },
        { ...COLUMNS.type, cell: ({ type }) => type },
        { ...COLUMNS.title, cell: ({ title }) => title },
      ],
      line: ({ title, memoryId }) => `  ${title}  (${memoryId})`,
    };
    return [
      ...clusters.map(({ size, density, memories }) =>
        [
          `${size} memories, density ${density}`,
          renderList(memories, listing, table),
          ...(size > memories.length ? [`  and ${size - memories.length} more`] : []),
        ].join("\n")
      ),
      ...moreLine(count > clusters.length),
    ].join(table ? "\n\n" : "\n");
  },
});
