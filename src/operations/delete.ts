import * as z from "zod";
import { withPatience } from "../memory/patience.ts";
import { relationshipsOf } from "../memory/queries.ts";
import { requireMemory } from "../memory/records.ts";
import { storeFields } from "./ends.ts";
import { openMemories } from "./memory_stores.ts";
import { defineOperation } from "./operation.ts";

/** Deletes a memory with its relationships. */
export const deleteMemory = defineOperation({
  name: "delete",
  summary: "Delete a memory and all its relationships",
  positionals: ["memoryId"],
  input: () =>
    z.object({
      memoryId: z.string().min(1).describe("The memory's id").meta({ value: "id" }),
      ...storeFields,
    }),
  output: () =>
    z.object({
      memoryId: z.string(),
      title: z.string(),
      deletedRelationships: z.int().describe("Relationships that went with it"),
    }),
  holdsRecords: true,
  tool: {
    name: "delete_memory",
    profile: "core",
    title: "Delete a memory",
    effect: "change",
    description: `Deletes a memory and all its relationships, for good.
Prefer update_memory for what has changed. Example: delete_memory(memory_id="0b7c...")`,
  },
  async run({ memoryId, ...input }, context) {
    await using store = await openMemories(input, context, "write");
    const { title } = await requireMemory(store, memoryId);
    const touching = await relationshipsOf(store, [memoryId]);
    await withPatience(() => store.deleteMemories([memoryId], { detach: true }), context.signal);
    return { memoryId, title, deletedRelationships: touching.length };
  },
  render: ({ memoryId, title, deletedRelationships }) =>
    `deleted ${JSON.stringify(title)} (${memoryId}) and ${deletedRelationships} relationships`,
});
