import * as z from "zod";
import { requireMemory } from "../memory/records.ts";
import { instantKey } from "../model/instant.ts";
import { storeFields } from "./ends.ts";
import { openMemories } from "./memory_stores.ts";
import { defineOperation } from "./operation.ts";
import { collectRelated, RelatedSchema, renderRelated, walkFields } from "./related.ts";
import { timeField } from "./time_field.ts";

/** The memories around a memory as they were related at a time. */
export const queryAsOf = defineOperation({
  name: "as-of",
  summary: "Show what a memory was related to at a time",
  positionals: ["memoryId", "asOf"],
  input: () =>
    z.object({
      memoryId: z.string().min(1).describe("The memory's id").meta({ value: "id" }),
      asOf: timeField("The time, such as 2025-12-01 or 2025-12-01T10:30:00Z"),
      ...walkFields(1),
      ...storeFields,
    }),
  output: () =>
    z.object({
      memoryId: z.string(),
      asOf: z.string(),
      count: z.int(),
      hasMore: z.boolean(),
      related: z.array(RelatedSchema).describe("The nearest first, then the strongest"),
    }),
  holdsRecords: true,
  tool: {
    name: "query_as_of",
    profile: "extended",
    title: "Query as of a time",
    effect: "read",
    description:
      `Gives the memories that a memory was related to at a time, also over relationships invalidated since.
Example: query_as_of(memory_id="sol-1", as_of="2025-12-01T00:00:00Z")`,
  },
  async run({ memoryId, asOf, limit, maxDepth, relationshipTypes: types, ...input }, context) {
    await using store = await openMemories(input, context, "read");
    await requireMemory(store, memoryId);
    const walkOptions = { maxDepth, types, limit, signal: context.signal, at: instantKey(asOf) };
    const { related, hasMore } = await collectRelated(store, memoryId, walkOptions);
    return { memoryId, asOf, count: related.length, hasMore, related };
  },
  render: renderRelated,
});
