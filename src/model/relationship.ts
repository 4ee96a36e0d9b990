import * as z from "zod";
import { type Extra, fieldsOf } from "./fields.ts";
import { IdSchema, TimestampSchema } from "./memory.ts";

/** Categories of relationship types, as agents see them. */
export type RelationshipCategory =
  | "causal"
  | "solution"
  | "context"
  | "learning"
  | "similarity"
  | "workflow"
  | "quality";

/** What a relationship type means: its category, the defaults of a new relationship, and its direction. */
export interface RelationshipType {
  readonly category: RelationshipCategory;
  readonly strength: number;
  readonly confidence: number;
  readonly bidirectional: boolean;
}

function type(category: RelationshipCategory, strength: number, confidence: number, bidirectional = false) {
  return { category, strength, confidence, bidirectional };
}

/** The 35 relationship types. Stored relationships may carry others; new ones may not. */
export const RELATIONSHIP_TYPES = {
  CAUSES: type("causal", 0.8, 0.7),
  TRIGGERS: type("causal", 0.7, 0.7),
  LEADS_TO: type("causal", 0.6, 0.6),
  PREVENTS: type("causal", 0.7, 0.7),
  BREAKS: type("causal", 0.8, 0.7),
  SOLVES: type("solution", 0.9, 0.8),
  ADDRESSES: type("solution", 0.8, 0.7),
  ALTERNATIVE_TO: type("solution", 0.6, 0.7, true),
  IMPROVES: type("solution", 0.7, 0.7),
  REPLACES: type("solution", 0.8, 0.8),
  OCCURS_IN: type("context", 0.6, 0.8),
  APPLIES_TO: type("context", 0.6, 0.7),
  WORKS_WITH: type("context", 0.7, 0.7, true),
  REQUIRES: type("context", 0.8, 0.8),
  USED_IN: type("context", 0.6, 0.7),
  BUILDS_ON: type("learning", 0.7, 0.8),
  CONTRADICTS: type("learning", 0.8, 0.6, true),
  CONFIRMS: type("learning", 0.7, 0.8),
  GENERALIZES: type("learning", 0.6, 0.7),
  SPECIALIZES: type("learning", 0.6, 0.7),
  SIMILAR_TO: type("similarity", 0.6, 0.7, true),
  VARIANT_OF: type("similarity", 0.7, 0.7),
  RELATED_TO: type("similarity", 0.5, 0.6, true),
  ANALOGY_TO: type("similarity", 0.5, 0.6),
  OPPOSITE_OF: type("similarity", 0.7, 0.7, true),
  FOLLOWS: type("workflow", 0.7, 0.8),
  DEPENDS_ON: type("workflow", 0.8, 0.8),
  ENABLES: type("workflow", 0.7, 0.7),
  BLOCKS: type("workflow", 0.8, 0.7),
  PARALLEL_TO: type("workflow", 0.6, 0.7, true),
  EFFECTIVE_FOR: type("quality", 0.8, 0.7),
  INEFFECTIVE_FOR: type("quality", 0.7, 0.7),
  PREFERRED_OVER: type("quality", 0.7, 0.7),
  DEPRECATED_BY: type("quality", 0.8, 0.8),
  VALIDATED_BY: type("quality", 0.8, 0.8),
} as const satisfies Record<string, RelationshipType>;

/** A known relationship type's name. */
export type RelationshipTypeName = keyof typeof RELATIONSHIP_TYPES;

/** Names of the known relationship types. */
export const RELATIONSHIP_TYPE_NAMES = Object.keys(RELATIONSHIP_TYPES) as [
  RelationshipTypeName,
  ...RelationshipTypeName[],
];
const ratio = () => z.number().min(0).max(1);

/** A relationship that obeys every limit; see MemorySchema for the two strictnesses. */
export const RelationshipSchema = z.object({
  id: IdSchema,
  fromId: IdSchema,
  toId: IdSchema,
  type: z.enum(RELATIONSHIP_TYPE_NAMES),
  strength: ratio().default(0.5),
  confidence: ratio().default(0.8),
  context: z.string().optional(),
  evidenceCount: z.int().min(0).default(1),
  successRate: ratio().optional(),
  createdAt: TimestampSchema.optional(),
  lastValidated: TimestampSchema.optional(),
  validationCount: z.int().min(0).default(0),
  counterEvidenceCount: z.int().min(0).default(0),
  validFrom: TimestampSchema.optional(),
  validUntil: TimestampSchema.optional(),
  recordedAt: TimestampSchema.optional(),
  invalidatedBy: z.string().optional(),
  description: z.string().optional(),
  bidirectional: z.boolean().default(false),
});

/** A relationship as it is carried: without limits, and with unknown or odd properties in `extra`. */
export type Relationship = Omit<z.output<typeof RelationshipSchema>, "type"> & {
  type: string;
  extra?: Extra;
};

/** Where a relationship is: what a backend needs to find it without scanning every relationship. */
export type RelationshipRef = Pick<Relationship, "id" | "fromId" | "toId" | "type">;

const ENDS = new Set(["id", "fromId", "toId", "type"]);

/** Fields that are a relationship's properties: all but its id, ends and type. */
export const RELATIONSHIP_FIELDS = fieldsOf(RelationshipSchema).filter((field) => !ENDS.has(field.key));
