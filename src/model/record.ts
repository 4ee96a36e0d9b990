/** The two kinds of record behind one face, so that what is done to both is written once. */
import { hashMemory, hashRelationship } from "./canonical.ts";
import type { Memory } from "./memory.ts";
import type { Relationship, RelationshipRef } from "./relationship.ts";

/** The kinds in the order in which they are written; the reverse is the order in which they are undone. */
export const RECORD_KINDS = ["memory", "relationship"] as const;
/** One of {@linkcode RECORD_KINDS}. */
export type RecordKind = (typeof RECORD_KINDS)[number];

/** A record of either kind. */
export type GraphRecord = Memory | Relationship;

/** What finds a record of either kind; ends and type are empty for a memory. */
export function refOf(record: GraphRecord): RelationshipRef {
  return "fromId" in record ? record : { id: record.id, fromId: "", toId: "", type: "" };
}

/** A record's hash: SHA-256 of its canonical text, 64 hexadecimal digits. */
export function hashRecord(kind: RecordKind, record: GraphRecord): string {
  return kind === "memory" ? hashMemory(record as Memory) : hashRelationship(record as Relationship);
}
