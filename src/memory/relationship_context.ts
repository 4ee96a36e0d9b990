/** What the free text of a relationship says: upstream keeps it taken apart as JSON, we as it was written. */
import { parseJson } from "../model/json.ts";

/** A relationship's context, taken apart. */
export interface RelationshipContext {
  readonly text?: string;
  readonly scope?: "partial" | "full" | "conditional";
  readonly components: readonly string[];
  readonly conditions: readonly string[];
  readonly evidence: readonly string[];
  readonly temporal?: string;
}

const CLAUSE = "([^,.;]+)";
// A version number may have dots in it.
const CLAUSE_WITH_DOTS = "([^,;]+)";

const NAME = "[\\p{L}\\p{N}_-]";

const SCOPES = [
  ["partial", /\b(partial|partially|limited|incomplete)\b/i],
  ["full", /\b(full|fully|complete|completely|entirely)\b/i],
  ["conditional", /\b(conditional|conditionally|only)\b/i],
] as const;
const CONDITIONS = [
  `\\b(?:when|if|requires)\\s+${CLAUSE}`,
  `\\bin\\s+(${NAME}+)\\s+environment`,
  `\\bonly\\s+(?:works\\s+)?in\\s+${CLAUSE}`,
];
const EVIDENCE = [
  `\\b(?:verified|tested|proven|validated|confirmed)\\s+by\\s+${CLAUSE}`,
  `\\bobserved\\s+in\\s+${CLAUSE}`,
];
const TEMPORAL = [`\\b(?:since|after|as of)\\s+${CLAUSE_WITH_DOTS}`, "\\b(v?\\d+\\.\\d+(?:\\.\\d+)?)"];
const THINGS = "module|service|layer|system|component|database|api|thread|process|flow|leak";
const COMPONENTS = [
  // Looked ahead for, since in "the database layer" the database is one and the layer another.
  `(?<!${NAME})(?=(${NAME}+\\s+(?:${THINGS})${NAME}*))`,
  `\\b(?:implements?|fixes|supports?|handles?)\\s+(${NAME}+(?:\\s+${NAME}+)?)`,
];
const NAMES = /\b(?:[A-Z][A-Za-z0-9]{2,}|\w+-\w+)\b/g;

/** Takes a context apart: JSON as upstream stores it, or free text. */
export function parseRelationshipContext(context: string | undefined): RelationshipContext {
  if (!context) return { components: [], conditions: [], evidence: [] };
  return fromJson(context) ?? fromText(context);
}

function fromJson(context: string): RelationshipContext | undefined {
  let value: unknown;
  try {
    value = JSON.parse(context);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const fields = value as Record<string, unknown>;
  const text = (name: string) => typeof fields[name] === "string" ? fields[name] : undefined;
  const texts = (name: string) => {
    const list = fields[name];
    return Array.isArray(list) ? list.filter((item) => typeof item === "string") : [];
  };
  return {
    text: text("text"),
    scope: text("scope") as RelationshipContext["scope"],
    components: texts("components"),
    conditions: texts("conditions"),
    evidence: texts("evidence"),
    temporal: text("temporal"),
  };
}

function fromText(text: string): RelationshipContext {
  const names = [...text.matchAll(NAMES)].map(([name]) => name);
  return {
    text,
    scope: SCOPES.find(([, pattern]) => pattern.test(text))?.[0],
    components: [...new Set([...all(COMPONENTS, text), ...names])],
    conditions: all(CONDITIONS, text),
    evidence: all(EVIDENCE, text),
    temporal: all(TEMPORAL, text)[0],
  };
}

function all(patterns: readonly string[], text: string): string[] {
  return patterns.flatMap((pattern) =>
    [...text.matchAll(new RegExp(pattern, "giu"))].map(([, found]) => found!.trim())
  );
}

/**
 * A new relationship's context as it is stored. Upstream reads what is JSON as the parts of a context, and can
 * search no relationship at all where one of them is something else, such as the text `2024`.
 */
export function storedContext(text: string): string {
  try {
    const value = parseJson(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return text;
  } catch {
    return text;
  }
  return JSON.stringify({ text });
}

/** What a context must say; every member that is given. A list matches when one of its items does. */
export interface ContextFilter {
  readonly scope?: string;
  readonly conditions?: readonly string[];
  readonly hasEvidence?: boolean;
  readonly evidence?: readonly string[];
  readonly components?: readonly string[];
  readonly temporal?: string;
}

/** Whether a context says what the filter asks for. */
export function matchesContext(context: RelationshipContext, filter: ContextFilter): boolean {
  const mentions = (said: readonly string[], wanted: readonly string[] | undefined) =>
    !wanted?.length || wanted.some((item) => said.some((text) => contains(text, item)));
  return (filter.scope === undefined || context.scope === filter.scope) &&
    (filter.hasEvidence === undefined || filter.hasEvidence === context.evidence.length > 0) &&
    mentions(context.conditions, filter.conditions) &&
    mentions(context.evidence, filter.evidence) &&
    mentions(context.components, filter.components) &&
    (filter.temporal === undefined || contains(context.temporal ?? "", filter.temporal));
}

function contains(text: string, part: string): boolean {
  return text.toLowerCase().includes(part.toLowerCase());
}
