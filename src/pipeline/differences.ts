/** Names what differs between two records of one kind. */
import { canonicalValue } from "../model/canonical.ts";
import { snakeCase } from "../model/fields.ts";
import { canonicalJson } from "../model/json.ts";
import { CONTEXT_FIELDS, type Memory, MEMORY_FIELDS } from "../model/memory.ts";
import type { GraphRecord, RecordKind } from "../model/record.ts";
import { type Relationship, RELATIONSHIP_FIELDS } from "../model/relationship.ts";

/** One difference between an expected record and what a store holds. */
export interface Difference {
  readonly kind: RecordKind;
  readonly id: string;
  /** `missing` from the second, `extra` in it, or `changed`. */
  readonly type: "missing" | "extra" | "changed";
  /** Names of the fields that differ, by their upstream names; only for `changed`. */
  readonly fields?: string[];
}

/** A field that differs: its stored name, and its value on each side as canonical text, unless it says nothing. */
export interface FieldChange {
  readonly field: string;
  readonly a?: string;
  readonly b?: string;
}

/** The fields in which two records of one kind differ, in the order of their names. */
export function fieldChanges(kind: RecordKind, a: GraphRecord, b: GraphRecord): FieldChange[] {
  const left = fieldTexts(kind, a);
  const right = fieldTexts(kind, b);
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter((field) => left.get(field) !== right.get(field))
    .sort()
    .map((field) => ({ field, a: left.get(field), b: right.get(field) }));
}

/** The fields in which two records of one kind differ, by their stored names, sorted. */
export function differingFields(kind: RecordKind, a: GraphRecord, b: GraphRecord): string[] {
  return fieldChanges(kind, a, b).map(({ field }) => field);
}

/** Each field that says something, as canonical text: equal texts are equal values. */
function fieldTexts(kind: RecordKind, record: GraphRecord): Map<string, string> {
  const texts = new Map<string, string>();
  const values = record as unknown as Record<string, unknown>;
  const put = (fields: typeof MEMORY_FIELDS, from: Record<string, unknown>, prefix = "") => {
    for (const field of fields) {
      const text = canonicalValue(field, from[field.key]);
      if (text !== undefined) texts.set(prefix + field.stored, text);
    }
  };
  if (kind === "memory") {
    put(MEMORY_FIELDS, values);
    const { context } = record as Memory;
    if (context) {
      texts.set("context", "{}");
      put(CONTEXT_FIELDS, context as unknown as Record<string, unknown>, "context_");
    }
  } else {
    put(RELATIONSHIP_FIELDS, values);
    const { fromId, toId, type } = record as Relationship;
    for (const [key, value] of Object.entries({ fromId, toId, type })) texts.set(snakeCase(key), value);
  }
  for (const key in record.extra) {
    const value = record.extra[key]!;
    if (value !== null) texts.set(key, `extra:${canonicalJson(value)}`);
  }
  return texts;
}
