import * as z from "zod";
import { statisticsOf } from "../memory/queries.ts";
import { storeFields } from "./ends.ts";
import { openMemories } from "./memory_stores.ts";
import { defineOperation } from "./operation.ts";

/** Counts and means over the graph. */
export const memoryStatistics = defineOperation({
  name: "stats",
  summary: "Count memories and relationships by type",
  input: () => z.object({ ...storeFields }),
  output: () =>
    z.object({
      totalMemories: z.int(),
      totalRelationships: z.int(),
      memoriesByType: z.record(z.string(), z.int()),
      relationshipsByType: z.record(z.string(), z.int()),
      avgImportance: z.number().optional(),
      avgConfidence: z.number().optional(),
    }),
  tool: {
    name: "get_memory_statistics",
    profile: "extended",
    title: "Get statistics",
    effect: "read",
    description: "Counts memories and relationships, by type, with mean importance and confidence.",
  },
  async run(input, context) {
    await using store = await openMemories(input, context, "read");
    const statistics = await statisticsOf(store, context.signal);
    return {
      totalMemories: statistics.memories,
      totalRelationships: statistics.relationships,
      memoriesByType: { ...statistics.memoriesByType },
      relationshipsByType: { ...statistics.relationshipsByType },
      avgImportance: rounded(statistics.averageImportance),
      avgConfidence: rounded(statistics.averageConfidence),
    };
  },
  render(statistics, { table }) {
    const { avgImportance = "none", avgConfidence = "none" } = statistics;
    if (!table) {
      return [
        `total memories: ${statistics.totalMemories}`,
        `total relationships: ${statistics.totalRelationships}`,
        ...countLines("memories", statistics.memoriesByType),
        ...countLines("relationships", statistics.relationshipsByType),
        `avg importance: ${avgImportance}`,
        `avg confidence: ${avgConfidence}`,
      ].join("\n");
    }
    const count = (name: string, total: number, byType: Record<string, number>) =>
      table([{ name: `${name} by type`, least: 12 }, { name: "count" }], [
        ...Object.entries(byType),
        ["all", total],
      ]);
    return [
      count("memories", statistics.totalMemories, statistics.memoriesByType),
      count("relationships", statistics.totalRelationships, statistics.relationshipsByType),
      `mean importance: ${avgImportance}, mean confidence: ${avgConfidence}`,
    ].join("\n\n");
  },
});

/** Types as they are stored: they are names, not words of ours. */
function countLines(kind: string, byType: Record<string, number>): string[] {
  const lines = Object.entries(byType).map(([type, count]) => `  ${type}: ${count}`);
  return lines.length > 0 ? [`${kind} by type:`, ...lines] : [`${kind} by type: none`];
}

/** Six digits, since databases sum in different orders. */
function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value * 1e6) / 1e6;
}
