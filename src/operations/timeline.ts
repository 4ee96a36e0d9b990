import * as z from "zod";
import { relationshipsOf } from "../memory/queries.ts";
import { requireMemory } from "../memory/records.ts";
import { isCurrent } from "../memory/temporal.ts";
import { instantKey } from "../model/instant.ts";
import type { Relationship } from "../model/relationship.ts";
import { storeFields } from "./ends.ts";
import { dayOf, moreLine, relationshipColumns, renderList } from "./listings.ts";
import { openMemories } from "./memory_stores.ts";
import { RelationshipViewSchema, viewRelationship } from "./memory_views.ts";
import { defineOperation } from "./operation.ts";
import { relationshipTypes } from "./related.ts";
import { limitField } from "./search.ts";

/** All relationships that a memory ever had. */
export const relationshipHistory = defineOperation({
  name: "timeline",
  summary: "Show every relationship that a memory has or had, in the order of time",
  positionals: ["memoryId"],
  input: () =>
    z.object({
      memoryId: z.string().min(1).describe("The memory's id").meta({ value: "id" }),
      relationshipTypes,
      limit: limitField(100),
      offset: z.int().min(0).default(0).describe("Results to skip"),
      ...storeFields,
    }),
  output: () =>
    z.object({
      memoryId: z.string(),
      total: z.int(),
      current: z.int().describe("How many of all are still valid"),
      hasMore: z.boolean(),
      relationships: z.array(RelationshipViewSchema).describe("By the time since which they are valid"),
    }),
  holdsRecords: true,
  tool: {
    name: "get_relationship_history",
    profile: "extended",
    title: "Get relationship history",
    effect: "read",
    description:
      `Gives every relationship of a memory in the order of time, also invalidated ones, with what replaced them.
Example: get_relationship_history(memory_id="sol-1")`,
  },
  async run({ memoryId, relationshipTypes: types, limit, offset, ...input }, context) {
    await using store = await openMemories(input, context, "read");
    await requireMemory(store, memoryId);
    const all = (await relationshipsOf(store, [memoryId]))
      .filter(({ type }) => types.length === 0 || (types as string[]).includes(type))
      .sort((a, b) => compare(startOf(a), startOf(b)) || compare(a.id, b.id));
    return {
      memoryId,
      total: all.length,
      current: all.filter(isCurrent).length,
      hasMore: all.length > offset + limit,
      relationships: all.slice(offset, offset + limit).map(viewRelationship),
    };
  },
  render({ relationships, hasMore }, { table }) {
    if (relationships.length === 0) return "no relationships";
    const list = renderList(relationships, {
      columns: relationshipColumns({
        name: "valid",
        cell: ({ validFrom, createdAt, validUntil }) =>
          `${dayOf(validFrom ?? createdAt) ?? "?"}..${dayOf(validUntil) ?? ""}`,
      }),
      line: ({ id, fromMemoryId, type, toMemoryId, validFrom, createdAt, validUntil, invalidatedBy }) =>
        `${validFrom ?? createdAt ?? "?"} .. ${
          validUntil ?? "now"
        }  ${fromMemoryId} ${type} ${toMemoryId}  ` +
        `(${id}${invalidatedBy ? `, replaced by ${invalidatedBy}` : ""})`,
    }, table);
    return [list, ...moreLine(hasMore)].join("\n");
  },
});

function startOf({ validFrom, createdAt }: Relationship): string {
  return instantKey(validFrom ?? createdAt);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
