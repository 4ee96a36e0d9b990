/**
 * The canonical form: one text per record, the same whatever backend or file the record was read from.
 * Everything that proves a migration rests on it. Described for users in docs/FORMATS.md.
 */
import { createHash } from "node:crypto";
import { type Extra, type Field, isDefault } from "./fields.ts";
import { canonicalJson, canonicalNumber, parseJson } from "./json.ts";
import { CONTEXT_FIELDS, type Memory, MEMORY_FIELDS, type MemoryContext } from "./memory.ts";
import { type Relationship, RELATIONSHIP_FIELDS } from "./relationship.ts";

/** A field, with what stands before its value. */
type Member = readonly [field: Field, head: string];

const membersOf = (fields: readonly Field[]): readonly Member[] =>
  fields.toSorted((a, b) => (a.stored < b.stored ? -1 : 1)).map((field) => [field, `,"${field.stored}":`]);
const MEMORY_MEMBERS = membersOf(MEMORY_FIELDS);
const CONTEXT_MEMBERS = membersOf(CONTEXT_FIELDS);
const RELATIONSHIP_MEMBERS = membersOf(RELATIONSHIP_FIELDS);

/**
 * The canonical text of a memory: stored field names in code-unit order, defaults and absent fields left out,
 * then `context` (present even when empty, since having one is information) and `extra`.
 */
export function canonicalMemory(memory: Memory): string {
  let text = canonicalFields(MEMORY_MEMBERS, memory);
  if (memory.context) {
    text += `,"context":{${canonicalFields(CONTEXT_MEMBERS, memory.context).slice(1)}}`;
  }
  return `{"kind":"memory"${text}${canonicalExtra(memory.extra)}}`;
}

/** The canonical text of a relationship: id, type and ends, then as for a memory. */
export function canonicalRelationship(relationship: Relationship): string {
  const { id, fromId, toId, type, extra } = relationship;
  const head = `"id":${JSON.stringify(id)},"type":${JSON.stringify(type)},"from":${
    JSON.stringify(fromId)
  },"to":${JSON.stringify(toId)}`;
  return `{"kind":"relationship",${head}${canonicalFields(RELATIONSHIP_MEMBERS, relationship)}${
    canonicalExtra(extra)
  }}`;
}

function canonicalFields(members: readonly Member[], record: Memory | MemoryContext | Relationship): string {
  let text = "";
  const values = record as unknown as Record<string, unknown>;
  for (const [field, head] of members) {
    const canonical = canonicalValue(field, values[field.key]);
    if (canonical !== undefined) text += head + canonical;
  }
  return text;
}

/** The canonical text of a field's value; undefined where it says nothing, being absent or the default. */
export function canonicalValue(field: Field, value: unknown): string | undefined {
  if (isDefault(field, value)) return undefined;
  if (typeof value === "number") return canonicalNumber(value);
  if (field.kind === "json") return canonicalJsonText(value as string);
  return JSON.stringify(value);
}

/**
 * White space and key order in opaque JSON text are no difference; text that is not JSON stands for itself, in a
 * form that no JSON has.
 */
function canonicalJsonText(text: string): string | undefined {
  let canonical: string;
  try {
    canonical = canonicalJson(parseJson(text));
  } catch {
    return `text:${JSON.stringify(text)}`;
  }
  return canonical === "{}" ? undefined : canonical;
}

function canonicalExtra(extra: Extra | undefined): string {
  if (!extra) return "";
  let text = "";
  for (const key of Object.keys(extra).sort()) {
    const value = extra[key]!;
    if (value !== null) text += `${text && ","}${JSON.stringify(key)}:${canonicalJson(value)}`;
  }
  return text && `,"extra":{${text}}`;
}

/** SHA-256 of a memory's canonical text: 64 hexadecimal digits. */
export function hashMemory(memory: Memory): string {
  return hashText(canonicalMemory(memory));
}

/** SHA-256 of a relationship's canonical text: 64 hexadecimal digits. */
export function hashRelationship(relationship: Relationship): string {
  return hashText(canonicalRelationship(relationship));
}

/** As digits, since a Buffer for each hash takes as long to make as the hash. */
function hashText(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/**
 * The digest of a graph: SHA-256, in hexadecimal, over the bytes of its record hashes in ascending order. The caller
 * gives them in that order (a work file sorts them on disk), one by one or joined; the digest of an empty graph is
 * that of nothing.
 */
export function digestOf(sortedHashes: Iterable<Uint8Array>): string {
  const digest = createHash("sha256");
  for (const hash of sortedHashes) digest.update(hash);
  return digest.digest("hex");
}
