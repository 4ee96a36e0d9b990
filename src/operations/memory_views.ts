/** Records as operations return them: schemas, and how they are made. */
import * as z from "zod";
import { ContextSchema, type Memory } from "../model/memory.ts";
import type { Relationship } from "../model/relationship.ts";

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

/** UTF-16 units of the content in a list. */
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
