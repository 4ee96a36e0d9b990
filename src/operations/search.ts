import * as z from "zod";
import { relationshipsOf } from "../memory/queries.ts";
import { isCurrent } from "../memory/temporal.ts";
import { memoriesById } from "../memory/traverse.ts";
import { MEMORY_TYPES } from "../model/memory.ts";
import { FIELD_NAMES } from "../search/hits.ts";
import { type Found, searchMemories } from "../search/search.ts";
import { TOLERANCES } from "../search/words.ts";
import type { GraphStore } from "../store/store.ts";
import { storeFields } from "./ends.ts";
import { moreLine, renderBriefs } from "./listings.ts";
import { openMemories } from "./memory_stores.ts";
import { briefMemory, MemoryBriefSchema } from "./memory_views.ts";
import { defineOperation, type RenderContext } from "./operation.ts";
import { relationshipTypesField } from "./relationship_types_field.ts";
import { timeField } from "./time_field.ts";

/** What a search gives for each memory. */
export const FoundSchema = MemoryBriefSchema.extend({
  score: z.number().describe("Higher is better; 0 where the search had no words"),
  match: z.object({
    quality: z.enum(["high", "medium", "low", "none"]),
    fields: z.array(z.enum(FIELD_NAMES as [string, ...string[]])),
    terms: z.array(z.string()).describe("What was found of what was searched for"),
  }),
  relationships: z.record(z.string(), z.array(z.string())).optional()
    .describe("Titles of related memories by type of relationship"),
});

/** A page of results. */
export const SearchOutputSchema = z.object({
  count: z.int().describe("Memories on this page"),
  offset: z.int(),
  hasMore: z.boolean(),
  nextOffset: z.int().optional().describe("Where the next page starts"),
  memories: z.array(FoundSchema).describe("The best first"),
});

const query = z.string().max(1000).optional().describe("Words to search for, or a question");
const memoryTypes = z.array(z.enum(MEMORY_TYPES)).default([]).describe("Only memories of these types")
  .meta({ value: "type" });
const projectPath = z.string().optional().describe("Only memories of this project").meta({ value: "path" });
const offset = z.int().min(0).default(0).describe("Results to skip");

/** Inputs that `search` and `recall` share. */
export const recallFields = { query, memoryTypes, projectPath, offset };

/** The number of results asked for. */
export function limitField(fallback: number, maximum = 1000) {
  return z.int().min(1).max(maximum).default(fallback).describe("Results at the most");
}

/** Finds memories by words and filters. */
export const searchMemoriesOperation = defineOperation({
  name: "search",
  summary: "Find memories by words, tags, type, project, importance and time",
  positionals: ["query"],
  input: () =>
    z.object({
      query,
      terms: z.array(z.string().max(1000)).max(50).default([])
        .describe("Several words or phrases, each a term of its own").meta({ value: "term" }),
      memoryTypes,
      tags: z.array(z.string()).default([]).describe("Only memories with one of these tags").meta({
        value: "tag",
      }),
      projectPath,
      minImportance: z.number().min(0).max(1).optional().describe(
        "Only memories at least this important, 0 to 1",
      ),
      createdAfter: timeField("Only memories created then or later").optional(),
      createdBefore: timeField("Only memories created then or earlier").optional(),
      limit: limitField(50),
      offset,
      searchTolerance: z.enum(TOLERANCES).default("normal").describe(
        "strict: the words as they are, in this order; normal: also plurals, tenses and longer words that begin so, and " +
          "inside words what is nowhere else; fuzzy: also typing errors and all parts of words",
      ).meta({ value: "tolerance" }),
      matchMode: z.enum(["any", "all"]).default("any").describe("Whether one word or term is enough")
        .meta({ value: "mode" }),
      relationshipFilter: relationshipTypesField(
        "Only memories that a current relationship of one of these types touches",
      ),
      ...storeFields,
    }),
  output: () => SearchOutputSchema,
  holdsRecords: true,
  tool: {
    name: "search_memories",
    profile: "core",
    title: "Search memories",
    effect: "read",
    description:
      `Searches with precise filters. Use it rather than recall_memories for acronyms, names, known tags and exact terms.
Tags are matched whole, in any case. Results are ranked; ask for the next page with offset.
Examples: search_memories(tags=["jwt", "auth"]), search_memories(query="timeout", memory_types=["solution"]),
search_memories(terms=["redis", "connection pool"], match_mode="all"), search_memories(query="kuberntes", search_tolerance="fuzzy")`,
  },
  examples: [
    {
      command: "memorygraph search timeout --memory-types solution",
      does: "Solutions that are about timeouts",
    },
    { command: "memorygraph search --tags redis --min-importance 0.7", does: "By tag and importance" },
  ],
  async run({ searchTolerance, ...input }, context) {
    await using store = await openMemories(input, context, "search");
    const { found, hasMore } = await searchMemories(
      store,
      { ...input, tolerance: searchTolerance },
      context.signal,
    );
    return pageOf(found.map(viewFound), { offset: input.offset, hasMore });
  },
  render: renderPage,
});

/** Found memories as an output. */
export function pageOf(
  memories: z.output<typeof FoundSchema>[],
  { offset, hasMore }: { offset: number; hasMore: boolean },
): z.output<typeof SearchOutputSchema> {
  const count = memories.length;
  return { count, offset, hasMore, ...(hasMore && { nextOffset: offset + count }), memories };
}

/** A found memory as an output. */
export function viewFound({ memory, score, match }: Found): z.output<typeof FoundSchema> {
  const { quality, fields, terms } = match;
  return { ...briefMemory(memory), score, match: { quality, fields: [...fields], terms: [...terms] } };
}

/** Titles of related memories shown for each type of relationship. */
const MAX_TITLES = 5;

/** Found memories with the titles of what they are related to. */
export async function withRelated(store: GraphStore, found: readonly Found[]) {
  const ids = found.map(({ memory }) => memory.id);
  const relationships = (await relationshipsOf(store, ids)).filter(isCurrent);
  const others = await memoriesById(store, relationships.flatMap(({ fromId, toId }) => [fromId, toId]));
  return found.map((item) => {
    const byType: Record<string, string[]> = {};
    for (const { fromId, toId, type } of relationships) {
      if (fromId !== item.memory.id && toId !== item.memory.id) continue;
      const title = others.get(fromId === item.memory.id ? toId : fromId)?.title;
      const titles = byType[type] ??= [];
      if (title !== undefined && titles.length < MAX_TITLES) titles.push(title);
    }
    for (const titles of Object.values(byType)) titles.sort();
    return { ...viewFound(item), relationships: byType };
  });
}

/** A page as lines for a person. */
export function renderPage(
  { memories, hasMore, nextOffset }: z.output<typeof SearchOutputSchema>,
  { table }: Pick<RenderContext, "table">,
): string {
  if (memories.length === 0) return "nothing found";
  return [
    renderBriefs(memories, table),
    ...(nextOffset === undefined ? moreLine(hasMore) : [`more with --offset ${nextOffset}`]),
  ].join("\n");
}
