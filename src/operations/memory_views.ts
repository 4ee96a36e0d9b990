/** Records as operations return them: schemas, and how they are made and shown. */
import * as z from "zod";
import { ContextSchema, type Memory } from "../model/memory.ts";
import type { Cell, Column, DrawTable } from "./operation.ts";
import { type Relationship, RELATIONSHIP_TYPES, type RelationshipTypeName } from "../model/relationship.ts";

/** Names of the known relationship types. */
export const RELATIONSHIP_TYPE_NAMES = Object.keys(RELATIONSHIP_TYPES) as [
  RelationshipTypeName,
  ...RelationshipTypeName[],
];

/** A memory in full. */
export const MemoryViewSchema = z.object({
  id: z.string(),
  type: z.string(),
  title: z.string(),
  content: z.string(),
  summary: z.string().optional(),
  tags: z.array(z.string()),
  importance: z.number(),
  confidence: z.number(),
  effectiveness: z.number().optional(),
  usageCount: z.number(),
  createdAt: z.string().optional(),
  updatedAt: z.string().optional(),
  lastAccessed: z.string().optional(),
  version: z.number(),
  updatedBy: z.string().optional(),
  context: ContextSchema.extend({ timestamp: z.string().optional(), visibility: z.string() }).optional(),
});

/** A memory in a list: what tells it from others; `get` gives the rest. */
export const MemoryBriefSchema = z.object({
  id: z.string(),
  type: z.string(),
  title: z.string(),
  summary: z.string().optional(),
  snippet: z.string().describe("The beginning of the content"),
  tags: z.array(z.string()),
  importance: z.number(),
  createdAt: z.string().optional(),
  projectPath: z.string().optional(),
});

/** A relationship in full. */
export const RelationshipViewSchema = z.object({
  id: z.string(),
  fromMemoryId: z.string(),
  toMemoryId: z.string(),
  type: z.string(),
  strength: z.number(),
  confidence: z.number(),
  context: z.string().optional(),
  evidenceCount: z.number(),
  successRate: z.number().optional(),
  createdAt: z.string().optional(),
  lastValidated: z.string().optional(),
  validationCount: z.number(),
  counterEvidenceCount: z.number(),
  validFrom: z.string().optional(),
  validUntil: z.string().optional(),
  recordedAt: z.string().optional(),
  invalidatedBy: z.string().optional(),
  description: z.string().optional(),
  bidirectional: z.boolean(),
});

/** A memory in full. */
export function viewMemory(memory: Memory): z.output<typeof MemoryViewSchema> {
  const { extra: _, ...fields } = memory;
  return present(fields);
}

/** Without the fields that are undefined, as if it had been read from a database. */
function present<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

const SNIPPET_LENGTH = 240;

/** A memory in a list. */
export function briefMemory(memory: Memory): z.output<typeof MemoryBriefSchema> {
  const { id, type, title, summary, content, tags, importance, createdAt, context } = memory;
  const start = content.slice(0, SNIPPET_LENGTH).replace(/[\ud800-\udbff]$/, "");
  const snippet = start.length < content.length ? `${start}...` : content;
  return {
    id,
    type,
    title,
    summary,
    snippet,
    tags,
    importance,
    createdAt,
    projectPath: context?.projectPath,
  };
}

/** A relationship in full. */
export function viewRelationship(relationship: Relationship): z.output<typeof RelationshipViewSchema> {
  const { extra: _, fromId, toId, ...fields } = relationship;
  return present({ ...fields, fromMemoryId: fromId, toMemoryId: toId });
}

type Brief = z.output<typeof MemoryBriefSchema>;

/** Columns that tables of memories share. An id is never cut where it is a UUID: it is there to be copied. */
export const COLUMNS = {
  id: { name: "id", least: 36 },
  type: { name: "type", least: 12 },
  title: { name: "title", least: 18 },
  relation: { name: "relation", least: 12 },
} as const satisfies Record<string, Column>;

/** Memories in a list for a person: a table on a terminal, else some lines for each. */
export function renderBriefs(briefs: readonly (Brief & { score?: number })[], table?: DrawTable): string {
  if (!table) return briefs.map(renderBrief).join("\n");
  const hasScores = briefs.some(({ score }) => score);
  return table(
    [
      COLUMNS.id,
      COLUMNS.type,
      COLUMNS.title,
      { name: "imp.", isExtra: true },
      ...(hasScores ? [{ name: "score", isExtra: true }] : []),
      { name: "created", isExtra: true },
    ],
    briefs.map(({ id, type, title, importance, score = 0, createdAt }) => [
      id,
      type,
      title,
      importance,
      ...(hasScores ? [Math.round(score * 100) / 100] : []),
      dayOf(createdAt),
    ]),
  );
}

/** The line that ends a list which the limit cut short. */
export function moreLine(hasMore: boolean): string[] {
  return hasMore ? ["and more (raise --limit)"] : [];
}

/** The day of a time. */
export function dayOf(time: string | undefined): string | undefined {
  return time?.slice(0, 10);
}

/** A relationship seen from one of its ends: `->` where it leads to `otherId`. */
export function relationTo(
  otherId: string,
  { type, toMemoryId }: { type: string; toMemoryId: string },
): string {
  return `${toMemoryId === otherId ? "->" : "<-"} ${type}`;
}

function renderBrief(brief: Brief): string {
  const { id, type, title, summary, snippet, tags, importance } = brief;
  return [
    `${title}  [${type}, importance ${importance}]`,
    `  ${id}${tags.length > 0 ? `  tags: ${tags.join(", ")}` : ""}`,
    `  ${(summary ?? snippet).replace(/\s+/g, " ").slice(0, 160)}`,
  ].join("\n");
}

/** A column of a table of relationships. */
export interface RelationshipColumn extends Column {
  cell(relationship: z.output<typeof RelationshipViewSchema>): Cell;
}

/** Relationships as a table, with a column of the caller's. */
export function relationshipTable(
  relationships: readonly z.output<typeof RelationshipViewSchema>[],
  table: DrawTable,
  last: RelationshipColumn = {
    name: "recorded",
    isExtra: true,
    cell: ({ recordedAt, createdAt }) => dayOf(recordedAt ?? createdAt),
  },
): string {
  return table(
    [COLUMNS.id, COLUMNS.type, { name: "from", least: 8 }, { name: "to", least: 8 }, last],
    relationships.map((item) => [item.id, item.type, item.fromMemoryId, item.toMemoryId, last.cell(item)]),
  );
}
