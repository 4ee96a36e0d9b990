import * as z from "zod";
import { requireMemory } from "../memory/records.ts";
import { byStrength, memoriesById, type Reached, walk, type WalkOptions } from "../memory/traverse.ts";
import type { GraphStore } from "../store/store.ts";
import { storeFields } from "./ends.ts";
import { COLUMNS, dayOf, type Listing, moreLine, relationTo, renderList } from "./listings.ts";
import { openMemories } from "./memory_stores.ts";
import { briefMemory, MemoryBriefSchema, RelationshipViewSchema, viewRelationship } from "./memory_views.ts";
import { defineOperation, type RenderContext } from "./operation.ts";
import { relationshipTypesField } from "./relationship_types_field.ts";
import { limitField } from "./search.ts";

/** Weaker relationships that are shown of one memory; `timeline` gives all. */
const MAX_OTHERS = 20;

/** A memory that is related to another, and how. */
export const RelatedSchema = z.object({
  memory: MemoryBriefSchema,
  relationship: RelationshipViewSchema.describe("The last one on the way"),
  otherRelationships: z.array(RelationshipViewSchema).optional()
    .describe("Weaker ones that lead to it over as many steps, the strongest first"),
  depth: z.int().describe("Relationships on the way"),
});

/** The filter by type that walks share. */
export const relationshipTypes = relationshipTypesField("Only relationships of these types");

/** Inputs that say along which relationships, how far, and to how many memories. */
export const walkFields = (depth: number) => ({
  relationshipTypes,
  maxDepth: z.int().min(1).max(5).default(depth).describe("How many relationships far, 1 to 5"),
  limit: limitField(100),
});

/** The memories around a memory. */
export const relatedMemories = defineOperation({
  name: "related",
  summary: "Show the memories that a memory is related to",
  positionals: ["memoryId"],
  input: () =>
    z.object({
      memoryId: z.string().min(1).describe("The memory's id").meta({ value: "id" }),
      // As upstream has it: what solves the causes of a problem is two steps away.
      ...walkFields(2),
      ...storeFields,
    }),
  output: () =>
    z.object({
      memoryId: z.string(),
      count: z.int(),
      hasMore: z.boolean(),
      related: z.array(RelatedSchema).describe("The nearest first, then the strongest"),
    }),
  holdsRecords: true,
  tool: {
    name: "get_related_memories",
    profile: "core",
    title: "Get related memories",
    effect: "read",
    description:
      `Follows relationships from a memory, in both directions, max_depth steps far (2 if it is left out).
Examples: get_related_memories(memory_id="prob-1", relationship_types=["SOLVES"]) for solutions,
get_related_memories(memory_id="err-1", relationship_types=["CAUSES"], max_depth=3) for root causes`,
  },
  async run({ memoryId, limit, maxDepth, relationshipTypes: types, ...input }, context) {
    await using store = await openMemories(input, context, "read");
    await requireMemory(store, memoryId);
    const { signal } = context;
    const { related, hasMore } = await collectRelated(store, memoryId, { maxDepth, types, limit, signal });
    return { memoryId, count: related.length, hasMore, related };
  },
  render: renderRelated,
});

/** What a walk reaches, the nearest first, then by strength. */
export async function collectRelated(
  store: GraphStore,
  memoryId: string,
  { limit, ...options }: WalkOptions & { limit: number },
): Promise<{ related: z.output<typeof RelatedSchema>[]; hasMore: boolean }> {
  const reached: Reached[] = [];
  for await (const step of walk(store, [memoryId], options)) {
    reached.push(...step.sort((a, b) => byStrength(a.relationship, b.relationship)));
    if (reached.length > limit) break;
  }
  const memories = await memoriesById(store, reached.slice(0, limit).map(({ id }) => id));
  const related = reached.slice(0, limit).flatMap(({ id, relationship, others, depth }) => {
    const memory = memories.get(id);
    if (!memory) return [];
    return [{
      memory: briefMemory(memory),
      relationship: viewRelationship(relationship),
      ...(others.length > 0 && { otherRelationships: others.slice(0, MAX_OTHERS).map(viewRelationship) }),
      depth,
    }];
  });
  return { related, hasMore: reached.length > limit };
}

type Related = z.output<typeof RelatedSchema>;

const LISTING: Listing<Related> = {
  columns: [
    { ...COLUMNS.id, cell: ({ memory }) => memory.id },
    { ...COLUMNS.relation, cell: relationsTo },
    { ...COLUMNS.title, cell: ({ memory }) => memory.title },
    { name: "depth", cell: ({ depth }) => depth },
    { name: "strength", isExtra: true, cell: ({ relationship }) => relationship.strength },
    { ...COLUMNS.type, isExtra: true, cell: ({ memory }) => memory.type },
    { name: "created", isExtra: true, cell: ({ memory }) => dayOf(memory.createdAt) },
  ],
  line: (item) =>
    `${"  ".repeat(item.depth - 1)}${relationsTo(item)} ${item.memory.title}  ` +
    `(${item.memory.id}, strength ${item.relationship.strength})`,
};

/** Related memories for a person; the depth only where there is more than one. */
export function renderRelated(
  { related, hasMore }: { related: Related[]; hasMore: boolean },
  { table }: RenderContext,
): string {
  if (related.length === 0) return "nothing is related to it";
  const isDeep = related.some(({ depth }) => depth > 1);
  const columns = LISTING.columns.filter(({ name }) => name !== "depth" || isDeep);
  return [renderList(related, { ...LISTING, columns }, table), ...moreLine(hasMore)].join("\n");
}

/** Each way in which a memory is related, once. */
function relationsTo({ memory, relationship, otherRelationships = [] }: Related): string {
  const all = [relationship, ...otherRelationships].map((item) => relationTo(memory.id, item));
  return [...new Set(all)].join(", ");
}
