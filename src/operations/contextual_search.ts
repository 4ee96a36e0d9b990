import * as z from "zod";
import { requireMemory } from "../memory/records.ts";
import { walk } from "../memory/traverse.ts";
import { searchMemories } from "../search/search.ts";
import { storeFields } from "./ends.ts";
import { openMemories } from "./memory_stores.ts";
import { defineOperation } from "./operation.ts";
import { FoundSchema, limitField, renderPage, viewFound } from "./search.ts";

/** A search among the memories around one. */
export const contextualSearch = defineOperation({
  name: "search-around",
  summary: "Search only among the memories that a memory is related to",
  positionals: ["memoryId", "query"],
  input: () =>
    z.object({
      memoryId: z.string().min(1).describe("The memory to search around").meta({ value: "id" }),
      query: z.string().max(1000).describe("Words to search for; empty for all in reach"),
      maxDepth: z.int().min(1).max(5).default(2).describe("How many relationships far, 1 to 5"),
      limit: limitField(50),
      ...storeFields,
    }),
  output: () =>
    z.object({
      memoryId: z.string(),
      searched: z.int().describe("Memories in reach"),
      count: z.int(),
      hasMore: z.boolean(),
      memories: z.array(FoundSchema).describe("The best first"),
    }),
  holdsRecords: true,
  tool: {
    name: "contextual_search",
    profile: "extended",
    title: "Search around a memory",
    effect: "read",
    description: `Searches only among the memories within max_depth relationships of one memory.
Example: contextual_search(memory_id="proj-1", query="timeout", max_depth=2)`,
  },
  async run({ memoryId, query, maxDepth, limit, ...input }, context) {
    await using store = await openMemories(input, context, "read");
    await requireMemory(store, memoryId);
    const { signal } = context;
    const within = new Set<string>();
    for await (const step of walk(store, [memoryId], { maxDepth, signal })) {
      for (const { id } of step) within.add(id);
    }
    const { found, hasMore } = await searchMemories(store, { query, within, limit }, signal);
    return { memoryId, searched: within.size, count: found.length, hasMore, memories: found.map(viewFound) };
  },
  render: ({ memories, hasMore, count }, context) =>
    renderPage({ memories, hasMore, count, offset: 0 }, context),
});
