import * as z from "zod";
import { GraphError } from "../errors.ts";
import { changeRelationship } from "../memory/records.ts";
import { currentTimestamp } from "../model/instant.ts";
import type { Relationship } from "../model/relationship.ts";
import { shownId } from "../model/shown_id.ts";
import type { GraphStore } from "../store/store.ts";
import { storeFields } from "./ends.ts";
import { openMemories } from "./memory_stores.ts";
import { RelationshipViewSchema, viewRelationship } from "./memory_views.ts";
import { defineOperation } from "./operation.ts";

/** Ends a relationship's validity; it stays in the history. */
export const invalidateRelationship = defineOperation({
  name: "invalidate",
  summary: "Say that a relationship holds no longer; it stays in the history",
  positionals: ["relationshipId"],
  input: () =>
    z.object({
      relationshipId: z.string().min(1).describe("The relationship's id").meta({ value: "id" }),
      invalidatedBy: z.string().min(1).optional().describe("Id of the relationship that replaces it").meta({
        value: "id",
      }),
      ...storeFields,
    }),
  output: () =>
    z.object({
      relationship: RelationshipViewSchema,
      changed: z.boolean().describe("False where it was invalid already"),
    }),
  holdsRecords: true,
  tool: {
    name: "invalidate_relationship",
    profile: "extended",
    title: "Invalidate a relationship",
    effect: "change",
    description:
      `Ends a relationship now, and keeps it for query_as_of and get_relationship_history. Prefer it to deleting.
Example: invalidate_relationship(relationship_id="4f0c...", invalidated_by="77ab...")`,
  },
  async run({ relationshipId, invalidatedBy, ...input }, context) {
    if (invalidatedBy === relationshipId) {
      throw new GraphError("USAGE", "A relationship cannot replace itself (name another one, or none)", {
        details: { field: "invalidatedBy" },
      });
    }
    await using store = await openMemories(input, context, "write");
    if (invalidatedBy !== undefined) await requireRelationship(store, invalidatedBy, "invalidatedBy");
    let changed = false;
    const relationship = await changeRelationship(
      store,
      () => requireRelationship(store, relationshipId, "relationshipId"),
      (seen) => {
        changed = seen.validUntil === undefined;
        return changed ? { ...seen, validUntil: currentTimestamp(), invalidatedBy } : seen;
      },
      context.signal,
    );
    return { relationship: viewRelationship(relationship), changed };
  },
  render: ({ relationship, changed }) =>
    changed
      ? `invalidated ${relationship.id}`
      : `${relationship.id} was invalidated at ${relationship.validUntil} already`,
});

async function requireRelationship(store: GraphStore, id: string, field: string): Promise<Relationship> {
  // Ends and type only help to find it.
  const [found] = await store.readRelationships([{ id, fromId: "", toId: "", type: "" }]);
  if (found) return found;
  throw new GraphError(
    "NOT_FOUND",
    `There is no relationship with the id ${shownId(id)} (see the memory's relationships)`,
    { details: { field } },
  );
}
