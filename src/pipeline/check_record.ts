/** What is odd about a record that is moved: it is carried all the same, and the user is told. */
import type { z } from "zod";
import { snakeCase } from "../model/fields.ts";
import { guardOf } from "../model/guard.ts";
import {
  CONTEXT_FIELDS,
  ContextSchema,
  type Memory,
  MEMORY_FIELDS,
  MemorySchema,
  TimestampSchema,
} from "../model/memory.ts";
import type { GraphRecord, RecordKind } from "../model/record.ts";
import { type Relationship, RELATIONSHIP_FIELDS, RelationshipSchema } from "../model/relationship.ts";
import { unwrap } from "../schema.ts";
import type { Problem } from "../workfile/work_record.ts";

const MEMORY_FIELD_NAMES = new Set([
  ...MEMORY_FIELDS.map((field) => field.stored),
  ...CONTEXT_FIELDS.map((field) => `context_${field.stored}`),
]);
const RELATIONSHIP_FIELD_NAMES = new Set(RELATIONSHIP_FIELDS.map((field) => field.stored));

const isMemory = guardOf(MemorySchema);
const isRelationship = guardOf(RelationshipSchema);

const NAIVE_TIMESTAMP = /^\d{4}-\d\d-\d\d[T ][\d:.]+$/;
const MEMORY_TIMESTAMPS = timestampsOf(MemorySchema);
const CONTEXT_TIMESTAMPS = timestampsOf(ContextSchema);
const RELATIONSHIP_TIMESTAMPS = timestampsOf(RelationshipSchema);

/** Everything about a memory that a new one could not be stored with. */
export function checkMemory(memory: Memory): Problem[] {
  return check("memory", memory, {
    schema: MemorySchema,
    guard: isMemory,
    fieldNames: MEMORY_FIELD_NAMES,
    naive: [
      ...naiveTimestamps(memory, MEMORY_TIMESTAMPS),
      ...naiveTimestamps(memory.context ?? {}, CONTEXT_TIMESTAMPS).map((name) => `context_${name}`),
    ],
  });
}

/** Everything about a relationship that a new one could not be stored with. */
export function checkRelationship(relationship: Relationship): Problem[] {
  return check("relationship", relationship, {
    schema: RelationshipSchema,
    guard: isRelationship,
    fieldNames: RELATIONSHIP_FIELD_NAMES,
    naive: naiveTimestamps(relationship, RELATIONSHIP_TIMESTAMPS),
  });
}

function timestampsOf({ shape }: z.ZodObject): string[] {
  return Object.keys(shape).filter((key) => unwrap(shape[key] as z.ZodType).inner === TimestampSchema);
}

/** Which of these fields hold a time without a zone, by stored name. */
function naiveTimestamps(record: object, fields: readonly string[]): string[] {
  const isNaive = (value: unknown) => typeof value === "string" && NAIVE_TIMESTAMP.test(value);
  return fields.filter((key) => isNaive((record as Record<string, unknown>)[key])).map(snakeCase);
}

function check(
  kind: RecordKind,
  record: GraphRecord,
  { schema, guard, fieldNames, naive }: {
    schema: z.ZodObject;
    guard: (value: unknown) => boolean;
    fieldNames: ReadonlySet<string>;
    /** Stored names of fields with a time without a zone. */
    naive: readonly string[];
  },
): Problem[] {
  const problems: Problem[] = [];
  const add = (severity: Problem["severity"], field: string, reason: string) =>
    problems.push({ severity, kind, id: record.id, field, reason });
  const { issues = [] } = guard(record) ? {} : schema.safeParse(record).error ?? {};
  for (const { path, message } of issues) {
    const unusable = path.length === 1 && ["id", "fromId", "toId"].includes(String(path[0]));
    add(unusable ? "error" : "warning", path.map(String).map(snakeCase).join("_"), message);
  }
  for (const field of naive) add("warning", field, "has no time zone");
  // Kept as the name of an edge, not as a value: no backend has an escape for it.
  if (kind === "relationship" && !(record as Relationship).type.isWellFormed()) {
    add("error", "type", "must be well-formed Unicode");
  }
  if (record.createdAt === undefined) add("warning", "created_at", "is missing");
  for (const key in record.extra) {
    if (fieldNames.has(key)) add("warning", key, "has another type than the field");
  }
  return problems;
}
