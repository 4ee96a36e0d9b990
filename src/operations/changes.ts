import * as z from "zod";
import { isInvalidatedSince, isRecordedSince } from "../memory/temporal.ts";
import { instantKey } from "../model/instant.ts";
import type { Relationship } from "../model/relationship.ts";
import { searchMemories } from "../search/search.ts";
import { storeFields } from "./ends.ts";
import { moreLine, relationshipColumns, renderBriefs, renderList } from "./listings.ts";
import { openMemories } from "./memory_stores.ts";
import { briefMemory, MemoryBriefSchema, RelationshipViewSchema, viewRelationship } from "./memory_views.ts";
import { defineOperation } from "./operation.ts";
import { limitField } from "./search.ts";
import { timeField } from "./time_field.ts";

/** What was added or invalidated since a time. */
export const whatChanged = defineOperation({
  name: "changes",
  summary: "Show what was added or invalidated since a time",
  positionals: ["since"],
  input: () =>
    z.object({
      since: timeField("The time, such as 2025-12-01 or 2025-12-01T10:30:00Z"),
      limit: limitField(100).describe("Results of each kind at the most"),
      ...storeFields,
    }),
  output: () =>
    z.object({
      since: z.string(),
      newRelationshipCount: z.int(),
      newRelationships: z.array(RelationshipViewSchema).describe("The newest first"),
      invalidatedRelationshipCount: z.int(),
      invalidatedRelationships: z.array(RelationshipViewSchema).describe("The last ones first"),
      newMemories: z.array(MemoryBriefSchema).describe("The most important first"),
      hasMore: z.boolean().describe("Whether there is more of a kind than the limit"),
    }),
  holdsRecords: true,
  tool: {
    name: "what_changed",
    profile: "extended",
    title: "What changed",
    effect: "read",
    description: `Gives relationships recorded or invalidated since a time, and memories created since.
Example: what_changed(since="2025-12-01T00:00:00Z")`,
  },
  async run({ since, limit, ...input }, context) {
    await using store = await openMemories(input, context, "search");
    const { signal } = context;
    const instant = instantKey(since);
    const added: Relationship[] = [];
    const invalidated: Relationship[] = [];
    for await (const batch of store.read({ signal })) {
      if (batch.kind !== "relationship") continue;
      for (const item of batch.items) {
        if (isRecordedSince(item, instant)) added.push(item);
        if (isInvalidatedSince(item, instant)) invalidated.push(item);
      }
    }
    const { found, hasMore } = await searchMemories(store, { createdAfter: since, limit }, signal);
    return {
      since,
      newRelationshipCount: added.length,
      newRelationships: newestFirst(added, ({ recordedAt, createdAt }) => recordedAt ?? createdAt, limit),
      invalidatedRelationshipCount: invalidated.length,
      invalidatedRelationships: newestFirst(invalidated, ({ validUntil }) => validUntil, limit),
      newMemories: found.map(({ memory }) => briefMemory(memory)),
      hasMore: hasMore || added.length > limit || invalidated.length > limit,
    };
  },
  render({ newMemories, newRelationships, invalidatedRelationships, hasMore }, { table }) {
    const list = (sign: string, heading: string, items: z.output<typeof RelationshipViewSchema>[]) => {
      if (items.length === 0) return [];
      const text = renderList(items, {
        columns: relationshipColumns(),
        line: ({ id, fromMemoryId, type, toMemoryId }) =>
          `${sign} ${fromMemoryId} ${type} ${toMemoryId}  (${id})`,
      }, table);
      return [table ? `${heading}:\n${text}` : text];
    };
    return [
      ...(newMemories.length > 0 ? [renderBriefs(newMemories, table)] : []),
      ...list("+", "new relationships", newRelationships),
      ...list("-", "invalidated relationships", invalidatedRelationships),
      ...moreLine(hasMore),
    ].join(table ? "\n\n" : "\n") || "nothing";
  },
});

function newestFirst(
  relationships: readonly Relationship[],
  timeOf: (item: Relationship) => string | undefined,
  limit: number,
) {
  return relationships.map((item) => ({ item, time: instantKey(timeOf(item)) }))
    .sort((a, b) => a.time === b.time ? (a.item.id < b.item.id ? -1 : 1) : a.time < b.time ? 1 : -1)
    .slice(0, limit).map(({ item }) => viewRelationship(item));
}
