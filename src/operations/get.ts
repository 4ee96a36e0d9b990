import * as z from "zod";
import { relationshipsOf } from "../memory/queries.ts";
import { requireMemory } from "../memory/records.ts";
import { isCurrent } from "../memory/temporal.ts";
import { byStrength } from "../memory/traverse.ts";
import type { Relationship } from "../model/relationship.ts";
import type { GraphStore } from "../store/store.ts";
import { storeFields } from "./ends.ts";
import { COLUMNS, type Listing, relationTo, renderList } from "./listings.ts";
import { openMemories } from "./memory_stores.ts";
import { MemoryViewSchema, RelationshipViewSchema, viewMemory, viewRelationship } from "./memory_views.ts";
import { defineOperation } from "./operation.ts";

/** Relationships given with a memory at the most; `related` and `timeline` give all. */
const MAX_RELATIONSHIPS = 100;

const LinkSchema = RelationshipViewSchema.extend({
  title: z.string().optional().describe("Title of the memory at the other end"),
});

/** One memory in full. */
export const getMemory = defineOperation({
  name: "get",
  summary: "Show a memory and what it is related to",
  positionals: ["memoryId"],
  input: () =>
    z.object({
      memoryId: z.string().min(1).describe("The memory's id").meta({ value: "id" }),
      includeRelationships: z.boolean().default(true).describe("Show its current relationships too"),
      ...storeFields,
    }),
  output: () =>
    z.object({
      memory: MemoryViewSchema,
      relationships: z.array(LinkSchema).optional().describe("Current ones, the strongest first"),
      relationshipCount: z.int().optional(),
    }),
  holdsRecords: true,
  tool: {
    name: "get_memory",
    profile: "core",
    title: "Get a memory",
    effect: "read",
    description:
      `Gives a memory in full, by the id that a search or store_memory returned, with its relationships.
Example: get_memory(memory_id="0b7c...")`,
  },
  async run({ memoryId, includeRelationships, ...input }, context) {
    await using store = await openMemories(input, context, "read");
    const memory = await requireMemory(store, memoryId);
    if (!includeRelationships) return { memory: viewMemory(memory) };
    const current = (await relationshipsOf(store, [memoryId])).filter(isCurrent);
    return {
      memory: viewMemory(memory),
      relationships: await withTitles(store, memoryId, current.sort(byStrength).slice(0, MAX_RELATIONSHIPS)),
      relationshipCount: current.length,
    };
  },
  render({ memory, relationships = [] }, { table }) {
    const { title, content, summary, context, tags, ...facts } = memory;
    return [
      title,
      "",
      ...(summary ? [summary, ""] : []),
      content,
      "",
      `tags: ${tags.join(", ") || "none"}`,
      ...Object.entries(facts).filter(([, value]) => value !== undefined).map(([key, value]) =>
        `${key}: ${value}`
      ),
      ...(context?.projectPath ? [`project: ${context.projectPath}`] : []),
      ...(table && relationships.length > 0 ? [""] : []),
      ...(relationships.length > 0 ? [renderList(relationships, linkListing(memory.id), table)] : []),
    ].join("\n");
  },
});

/** How relationships are listed below the memory that they are given with. */
function linkListing(memoryId: string): Listing<z.output<typeof LinkSchema>> {
  const relationOf = (link: z.output<typeof LinkSchema>) => relationTo(otherEnd(link, memoryId), link);
  return {
    columns: [
      { ...COLUMNS.id, cell: (link) => otherEnd(link, memoryId) },
      { ...COLUMNS.relation, cell: relationOf },
      { ...COLUMNS.title, cell: ({ title }) => title },
      { name: "strength", isExtra: true, cell: ({ strength }) => strength },
    ],
    line: (link) => `${relationOf(link)} ${link.title ?? ""} (${otherEnd(link, memoryId)})`,
  };
}

function otherEnd({ fromMemoryId, toMemoryId }: z.output<typeof LinkSchema>, memoryId: string): string {
  return fromMemoryId === memoryId ? toMemoryId : fromMemoryId;
}

async function withTitles(store: GraphStore, memoryId: string, relationships: readonly Relationship[]) {
  const others = relationships.map(({ fromId, toId }) => fromId === memoryId ? toId : fromId);
  const titles = new Map((await store.readMemories(others)).map(({ id, title }) => [id, title]));
  return relationships.map((item, index) => ({
    ...viewRelationship(item),
    title: titles.get(others[index]!),
  }));
}
