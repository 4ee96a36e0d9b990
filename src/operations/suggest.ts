import * as z from "zod";
import { MEANINGS } from "../memory/meanings.ts";
import { requireMemory } from "../memory/records.ts";
import { suggestTypes } from "../memory/suggestions.ts";
import { RELATIONSHIP_TYPES } from "../model/relationship.ts";
import { storeFields } from "./ends.ts";
import { renderList } from "./listings.ts";
import { openMemories } from "./memory_stores.ts";
import { defineOperation } from "./operation.ts";

const EndSchema = z.object({ id: z.string(), type: z.string(), title: z.string() });

/** Relationship types that may fit between two memories. */
export const suggestRelationshipType = defineOperation({
  name: "suggest",
  summary: "Suggest how one memory may relate to another",
  positionals: ["fromMemoryId", "toMemoryId"],
  input: () =>
    z.object({
      fromMemoryId: z.string().min(1).describe("The first memory").meta({ value: "id" }),
      toMemoryId: z.string().min(1).describe("The second memory").meta({ value: "id" }),
      ...storeFields,
    }),
  output: () =>
    z.object({
      fromMemory: EndSchema,
      toMemory: EndSchema,
      suggestions: z.array(z.object({
        type: z.string(),
        confidence: z.number(),
        category: z.string(),
        description: z.string(),
      })).describe("The best first"),
    }),
  holdsRecords: true,
  tool: {
    name: "suggest_relationship_type",
    profile: "extended",
    title: "Suggest a relationship type",
    effect: "read",
    description: "Suggests types for create_relationship, by what kinds of memory the two are.",
  },
  async run({ fromMemoryId, toMemoryId, ...input }, context) {
    await using store = await openMemories(input, context, "read");
    const from = await requireMemory(store, fromMemoryId, "fromMemoryId");
    const to = await requireMemory(store, toMemoryId, "toMemoryId");
    const view = ({ id, type, title }: typeof from) => ({ id, type, title });
    return {
      fromMemory: view(from),
      toMemory: view(to),
      suggestions: suggestTypes(from.type, to.type).map(({ type, confidence }) => ({
        type,
        confidence,
        category: RELATIONSHIP_TYPES[type].category,
        description: MEANINGS[type],
      })),
    };
  },
  render: ({ suggestions }, { table }) =>
    renderList(suggestions, {
      columns: [
        { name: "type", cell: ({ type }) => type },
        { name: "confidence", cell: ({ confidence }) => confidence },
        { name: "description", least: 20, cell: ({ description }) => description },
      ],
      line: ({ type, confidence, description }) => `${type} (${confidence}): ${description}`,
    }, table),
});
