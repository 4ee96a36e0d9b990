import * as z from "zod";
import { matchesContext, parseRelationshipContext } from "../memory/relationship_context.ts";
import { byStrength } from "../memory/traverse.ts";
import type { Relationship } from "../model/relationship.ts";
import { storeFields } from "./ends.ts";
import { moreLine, relationshipColumns, renderList } from "./listings.ts";
import { openMemories } from "./memory_stores.ts";
import { RelationshipViewSchema, viewRelationship } from "./memory_views.ts";
import { defineOperation } from "./operation.ts";
import { limitField } from "./search.ts";

const texts = (text: string) => z.array(z.string()).default([]).describe(`${text}; one is enough`);

/** Relationships by what their context says. */
export const searchRelationships = defineOperation({
  name: "search-relationships",
  summary: "Find relationships by what their context says: scope, conditions, evidence, components, time",
  input: () =>
    z.object({
      scope: z.enum(["partial", "full", "conditional"]).optional().describe("How far it holds"),
      conditions: texts("When it holds, such as production").meta({ value: "condition" }),
      hasEvidence: z.boolean().optional().describe("Whether it says what it was verified by"),
      evidence: texts("What it was verified by, such as integration tests").meta({ value: "evidence" }),
      components: texts("What it speaks of, such as auth or Redis").meta({ value: "component" }),
      temporal: z.string().optional().describe("Since when, or for which version, such as v2.1.0")
        .meta({ value: "time" }),
      limit: limitField(20, 100),
      ...storeFields,
    }),
  output: () =>
    z.object({
      count: z.int(),
      hasMore: z.boolean(),
      relationships: z.array(RelationshipViewSchema).describe("The strongest first"),
    }),
  holdsRecords: true,
  tool: {
    name: "search_relationships_by_context",
    profile: "extended",
    title: "Search relationships by context",
    effect: "read",
    description: `Finds relationships by what their context text says.
Examples: search_relationships_by_context(scope="partial"), search_relationships_by_context(conditions=["production"], has_evidence=true)`,
  },
  async run({ limit, scope, conditions, hasEvidence, evidence, components, temporal, ...input }, context) {
    await using store = await openMemories(input, context, "read");
    const filter = { scope, conditions, hasEvidence, evidence, components, temporal };
    const found: Relationship[] = [];
    for await (const batch of store.read({ signal: context.signal })) {
      if (batch.kind !== "relationship") continue;
      for (const item of batch.items) {
        if (matchesContext(parseRelationshipContext(item.context), filter)) found.push(item);
      }
    }
    const relationships = found.sort(byStrength).slice(0, limit).map(viewRelationship);
    return { count: relationships.length, hasMore: found.length > limit, relationships };
  },
  render({ relationships, hasMore }, { table }) {
    if (relationships.length === 0) return "nothing found";
    const list = renderList(relationships, {
      columns: relationshipColumns({
        name: "context",
        least: 12,
        isExtra: true,
        cell: ({ context }) => context,
      }),
      line: ({ fromMemoryId, type, toMemoryId, context, id }) =>
        `${fromMemoryId} ${type} ${toMemoryId}  (${id})\n  ${context ?? ""}`,
    }, table);
    return [list, ...moreLine(hasMore)].join("\n");
  },
});
