/** Which relationship types fit between two memories, by what kinds of memory they are. */
import type { RelationshipTypeName } from "../model/relationship.ts";

/** A type that may fit, and how well, 0 to 1. */
export interface Suggestion {
  readonly type: RelationshipTypeName;
  readonly confidence: number;
}

type Rule = readonly [
  from: string,
  to: string,
  ...types: readonly (readonly [RelationshipTypeName, number])[],
];

const ANY = "*";

// The first rules that fit come first; a rule for kinds wins over one for any.
const RULES: readonly Rule[] = [
  ["solution", "problem", ["SOLVES", 0.8], ["ADDRESSES", 0.7], ["INEFFECTIVE_FOR", 0.3]],
  ["solution", "error", ["SOLVES", 0.8], ["ADDRESSES", 0.7], ["PREVENTS", 0.5]],
  ["fix", "error", ["SOLVES", 0.9], ["ADDRESSES", 0.7]],
  ["fix", "problem", ["SOLVES", 0.8], ["ADDRESSES", 0.7]],
  ["solution", "solution", ["ALTERNATIVE_TO", 0.6], ["IMPROVES", 0.5], ["REPLACES", 0.5]],
  ["error", "problem", ["CAUSES", 0.6], ["OCCURS_IN", 0.4]],
  ["problem", "error", ["CAUSES", 0.7], ["TRIGGERS", 0.5]],
  ["problem", "problem", ["CAUSES", 0.5], ["SIMILAR_TO", 0.5]],
  ["error", "error", ["SIMILAR_TO", 0.6], ["CAUSES", 0.5]],
  ["technology", "technology", ["WORKS_WITH", 0.6], ["ALTERNATIVE_TO", 0.5], ["REQUIRES", 0.4]],
  ["technology", "project", ["USED_IN", 0.8]],
  ["project", "technology", ["REQUIRES", 0.7]],
  ["task", "task", ["FOLLOWS", 0.6], ["DEPENDS_ON", 0.5], ["PARALLEL_TO", 0.4], ["BLOCKS", 0.4]],
  ["problem", "task", ["BLOCKS", 0.7]],
  ["task", "problem", ["ADDRESSES", 0.7]],
  ["code_pattern", "code_pattern", ["SIMILAR_TO", 0.6], ["VARIANT_OF", 0.5], ["IMPROVES", 0.4]],
  ["code_pattern", "problem", ["ADDRESSES", 0.6], ["EFFECTIVE_FOR", 0.6]],
  ["code_pattern", ANY, ["APPLIES_TO", 0.6], ["USED_IN", 0.5]],
  ["command", ANY, ["USED_IN", 0.6], ["ADDRESSES", 0.4]],
  ["workflow", "workflow", ["FOLLOWS", 0.5], ["VARIANT_OF", 0.5]],
  ["problem", ANY, ["OCCURS_IN", 0.6]],
  ["error", ANY, ["OCCURS_IN", 0.7]],
];

const FALLBACK: Suggestion = { type: "RELATED_TO", confidence: 0.5 };

/** Types that fit from a memory of one type to one of another, the best first; never empty. */
export function suggestTypes(from: string, to: string): Suggestion[] {
  const fits = (pattern: string, type: string) => pattern === ANY || pattern === type;
  const rule = RULES.find(([a, b]) => fits(a, from) && fits(b, to));
  if (!rule) return [FALLBACK];
  const [, , ...types] = rule;
  return [...types.map(([type, confidence]) => ({ type, confidence })), FALLBACK]
    .sort((a, b) => b.confidence - a.confidence);
}
