import * as z from "zod";
import { MEANINGS } from "../memory/meanings.ts";
import {
  RELATIONSHIP_TYPE_NAMES,
  RELATIONSHIP_TYPES,
  type RelationshipCategory,
} from "../model/relationship.ts";
import { renderList } from "./listings.ts";
import { defineOperation } from "./operation.ts";

const CATEGORIES = [...new Set(Object.values(RELATIONSHIP_TYPES).map(({ category }) => category))] as [
  RelationshipCategory,
  ...RelationshipCategory[],
];

/** What relationship types there are. */
export const relationshipTypesByCategory = defineOperation({
  name: "types",
  summary: "Show the relationship types of a category",
  positionals: ["category"],
  input: () => z.object({ category: z.enum(CATEGORIES).describe("The category") }),
  output: () =>
    z.object({
      category: z.string(),
      count: z.int(),
      relationshipTypes: z.array(z.object({
        type: z.string(),
        description: z.string(),
        defaultStrength: z.number(),
        defaultConfidence: z.number(),
        bidirectional: z.boolean(),
      })),
    }),
  tool: {
    name: "get_relationship_types_by_category",
    profile: "extended",
    title: "Get relationship types",
    effect: "read",
    description: `Lists the relationship types of a category: ${CATEGORIES.join(", ")}.`,
  },
  run({ category }) {
    const relationshipTypes = RELATIONSHIP_TYPE_NAMES
      .map((type) => ({ type, ...RELATIONSHIP_TYPES[type] }))
      .filter((known) => known.category === category)
      .map(({ type, strength, confidence, bidirectional }) => ({
        type,
        description: MEANINGS[type],
        defaultStrength: strength,
        defaultConfidence: confidence,
        bidirectional,
      }));
    return Promise.resolve({ category, count: relationshipTypes.length, relationshipTypes });
  },
  render: ({ relationshipTypes }, { table }) =>
    renderList(relationshipTypes, {
      columns: [
        { name: "type", cell: ({ type }) => type },
        { name: "description", least: 20, cell: ({ description }) => description },
      ],
      line: ({ type, description }) => `${type}: ${description}`,
    }, table),
});
