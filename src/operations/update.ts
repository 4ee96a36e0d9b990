import * as z from "zod";
import { GraphError } from "../errors.ts";
import { changeMemory } from "../memory/records.ts";
import { canonicalMemory } from "../model/canonical.ts";
import { type Memory, normalizeTags } from "../model/memory.ts";
import { storeFields } from "./ends.ts";
import { openMemories } from "./memory_stores.ts";
import { MemoryViewSchema, viewMemory } from "./memory_views.ts";
import { defineOperation } from "./operation.ts";
import { contentFields } from "./store.ts";

/** Changes fields of a memory; those that are not given stay. */
export const updateMemory = defineOperation({
  name: "update",
  summary: "Change a memory's title, content, summary, tags or importance",
  positionals: ["memoryId"],
  stdin: "content",
  input: () =>
    z.object({
      memoryId: z.string().min(1).describe("The memory's id").meta({ value: "id" }),
      title: contentFields.title.optional(),
      content: contentFields.content.optional(),
      summary: contentFields.summary.describe(
        "One or two sentences, up to 500 characters; empty to remove it",
      ),
      tags: contentFields.tags.describe("The new tags, in place of all the old ones"),
      importance: contentFields.importance.unwrap().optional().describe("How much it matters, 0 to 1"),
      ...storeFields,
    }),
  output: () => z.object({ memoryId: z.string(), updated: z.boolean(), memory: MemoryViewSchema }),
  holdsRecords: true,
  tool: {
    name: "update_memory",
    profile: "core",
    title: "Update a memory",
    effect: "change",
    description:
      `Changes the given fields of a memory; the others stay as they are. Tags replace all old tags.
Example: update_memory(memory_id="0b7c...", tags=["redis", "timeout"], importance=0.9)`,
  },
  async run({ memoryId, title, content, summary, tags, importance, ...input }, context) {
    const given = Object.entries({ title, content, importance }).filter(([, value]) => value !== undefined);
    const changes: Partial<Memory> = Object.fromEntries(given);
    if (summary !== undefined) changes.summary = summary || undefined;
    if (tags !== undefined) changes.tags = normalizeTags(tags);
    if (Object.keys(changes).length === 0) {
      throw new GraphError(
        "USAGE",
        `Nothing to change in memory ${
          JSON.stringify(memoryId)
        } (give a title, content, summary, tags or importance)`,
      );
    }
    await using store = await openMemories(input, context, "write");
    const change = (seen: Memory) => {
      const next = { ...seen, ...changes };
      return canonicalMemory(next) === canonicalMemory(seen) ? seen : next;
    };
    const { memory, isChanged } = await changeMemory(store, memoryId, change, context.signal);
    return { memoryId, updated: isChanged, memory: viewMemory(memory) };
  },
  render: ({ memoryId, updated }) =>
    updated ? `updated ${memoryId}` : `${memoryId} is that way already: nothing was changed`,
});
