import * as z from "zod";
import { requireMemory } from "../memory/records.ts";
import { findPath, memoriesById } from "../memory/traverse.ts";
import { storeFields } from "./ends.ts";
import { COLUMNS, relationTo, renderList } from "./listings.ts";
import { openMemories } from "./memory_stores.ts";
import { RelationshipViewSchema, viewRelationship } from "./memory_views.ts";
import { defineOperation } from "./operation.ts";
import { relationshipTypes } from "./related.ts";

/** The shortest way between two memories. */
export const findMemoryPath = defineOperation({
  name: "path",
  summary: "Find the shortest way from one memory to another",
  positionals: ["fromMemoryId", "toMemoryId"],
  input: () =>
    z.object({
      fromMemoryId: z.string().min(1).describe("Where the way starts").meta({ value: "id" }),
      toMemoryId: z.string().min(1).describe("Where it ends").meta({ value: "id" }),
      maxDepth: z.int().min(1).max(10).default(5).describe("Relationships on the way at the most"),
      relationshipTypes,
      ...storeFields,
    }),
  output: () =>
    z.object({
      found: z.boolean(),
      fromMemoryId: z.string(),
      toMemoryId: z.string(),
      hops: z.int().optional().describe("Relationships on the way"),
      path: z.array(z.object({
        memoryId: z.string(),
        title: z.string(),
        relationship: RelationshipViewSchema.optional().describe("The one that leads here"),
      })).describe("The memories on the way, both ends included"),
    }),
  holdsRecords: true,
  tool: {
    name: "find_memory_path",
    profile: "extended",
    title: "Find a path",
    effect: "read",
    description: `Finds the shortest way between two memories over current relationships, in either direction.
Example: find_memory_path(from_memory_id="sol-1", to_memory_id="prob-9", max_depth=5)`,
  },
  async run({ fromMemoryId, toMemoryId, maxDepth, relationshipTypes: types, ...input }, context) {
    await using store = await openMemories(input, context, "read");
    await requireMemory(store, fromMemoryId, "fromMemoryId");
    await requireMemory(store, toMemoryId, "toMemoryId");
    const { signal } = context;
    const steps = await findPath(store, [fromMemoryId, toMemoryId], { maxDepth, types, signal });
    if (!steps) return { found: false, fromMemoryId, toMemoryId, path: [] };
    const memories = await memoriesById(store, [fromMemoryId, ...steps.map(({ id }) => id)]);
    const titleOf = (id: string) => memories.get(id)?.title ?? "";
    return {
      found: true,
      fromMemoryId,
      toMemoryId,
      hops: steps.length,
      path: [
        { memoryId: fromMemoryId, title: titleOf(fromMemoryId) },
        ...steps.map(({ id, relationship }) => ({
          memoryId: id,
          title: titleOf(id),
          relationship: viewRelationship(relationship),
        })),
      ],
    };
  },
  render: ({ found, path }, { table }) =>
    found
      ? renderList(path, {
        columns: [
          { ...COLUMNS.id, cell: ({ memoryId }) => memoryId },
          {
            ...COLUMNS.relation,
            cell: ({ memoryId, relationship }) => relationship && relationTo(memoryId, relationship),
          },
          { ...COLUMNS.title, cell: ({ title }) => title },
        ],
        line: ({ memoryId, title, relationship }) =>
          `${relationship ? `  ${relationTo(memoryId, relationship)} ` : ""}${title}  (${memoryId})`,
      }, table)
      : "no way",
});
