import * as z from "zod";
import { type Extra, fieldsOf, JSON_TEXT } from "./fields.ts";
import { ISO_TIMESTAMP } from "./instant.ts";

/** What a memory can be about. Stored memories may carry other types; new ones may not. */
export const MEMORY_TYPES = [
  "task",
  "code_pattern",
  "problem",
  "solution",
  "project",
  "technology",
  "error",
  "fix",
  "command",
  "file_context",
  "workflow",
  "general",
  "conversation",
] as const;

/** Who may see a memory. */
export const VISIBILITIES = ["private", "project", "team", "public"] as const;

/** An instant as ISO 8601 text, kept exactly as written: `Date` would cut microseconds. */
export const TimestampSchema = z.string().regex(ISO_TIMESTAMP, "must be an ISO 8601 timestamp");

/** Whether a value is a timestamp by {@linkcode TimestampSchema}, cheaply. */
export function isTimestamp(value: unknown): value is string {
  return typeof value === "string" && ISO_TIMESTAMP.test(value);
}

/** Text of `min` to `max` Unicode code points; `String.length` would count an emoji twice. */
function limitedText(min: number, max: number) {
  return z.string().min(min).refine((text) => text.length <= max || [...text].length <= max, {
    error: `must have at most ${max} characters`,
  });
}

/** An id: any text that is not empty and survives UTF-8. */
export const IdSchema = z.string().min(1).refine((id) => id.isWellFormed(), {
  error: "must be well-formed Unicode",
});

const ratio = () => z.number().min(0).max(1);
const texts = () => z.array(z.string()).default([]);

/** Where a memory comes from and whom it belongs to. */
export const ContextSchema = z.object({
  projectPath: z.string().optional(),
  filesInvolved: texts(),
  languages: texts(),
  frameworks: texts(),
  technologies: texts(),
  gitCommit: z.string().optional(),
  gitBranch: z.string().optional(),
  workingDirectory: z.string().optional(),
  timestamp: TimestampSchema.optional(),
  sessionId: z.string().optional(),
  userId: z.string().optional(),
  additionalMetadata: z.string().default("{}").meta(JSON_TEXT).describe("An opaque JSON object, as text"),
  tenantId: z.string().optional(),
  teamId: z.string().optional(),
  visibility: z.enum(VISIBILITIES).default("project"),
  createdBy: z.string().optional(),
});

/**
 * A memory that obeys every limit. New records are parsed with it; a moved record that fails it is carried
 * with a warning. Timestamps are optional here because stored records exist without them.
 */
export const MemorySchema = z.object({
  id: IdSchema,
  type: z.enum(MEMORY_TYPES),
  title: limitedText(1, 200),
  content: z.string().min(1),
  summary: limitedText(0, 500).optional(),
  tags: texts(),
  importance: ratio().default(0.5),
  confidence: ratio().default(0.8),
  effectiveness: ratio().optional(),
  usageCount: z.int().min(0).default(0),
  createdAt: TimestampSchema.optional(),
  updatedAt: TimestampSchema.optional(),
  lastAccessed: TimestampSchema.optional(),
  version: z.int().min(1).default(1),
  updatedBy: z.string().optional(),
  context: ContextSchema.optional(),
});

/** A memory's context as carried: any visibility. */
export type MemoryContext = Omit<z.output<typeof ContextSchema>, "visibility"> & { visibility: string };

/**
 * A memory as it is carried: the fields of {@linkcode MemorySchema} without its limits, and in `extra` every
 * property that the schema does not know or whose stored value has another type than the schema's, by stored
 * name (`usage_count`, `context_project_path`). A value in `extra` wins over the field of the same name.
 */
export type Memory = Omit<z.output<typeof MemorySchema>, "type" | "context"> & {
  type: string;
  context?: MemoryContext;
  extra?: Extra;
};

/** Fields of a memory without its context. */
export const MEMORY_FIELDS = fieldsOf(MemorySchema);
/** Fields of a memory's context; stored with the prefix `context_`. */
export const CONTEXT_FIELDS = fieldsOf(ContextSchema);

/** Tags as stored: lower case, trimmed, blanks dropped, order and duplicates kept. */
export function normalizeTags(tags: readonly string[]): string[] {
  return tags.map((tag) => tag.trim().toLowerCase()).filter((tag) => tag !== "");
}
