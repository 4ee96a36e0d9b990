/** Records of either kind in a store, so that each phase is written once. */
import type { GraphRecord, RecordKind } from "../model/record.ts";
import type { RelationshipRef } from "../model/relationship.ts";
import type { Batch, GraphStore } from "../store/store.ts";

/** Records as a batch. */
export function batchOf(kind: RecordKind, items: readonly GraphRecord[]): Batch {
  return { kind, items } as Batch;
}

/**
 * The store's records with the ids of the given ones, by id; a list holds more than one only where the store
 * has an id twice. Of a memory only the id is looked at.
 */
export async function readSame(
  store: GraphStore,
  kind: RecordKind,
  records: readonly (GraphRecord | RelationshipRef)[],
): Promise<Map<string, GraphRecord[]>> {
  const found = kind === "memory"
    ? await store.readMemories(records.map((record) => record.id))
    : await store.readRelationships(records as readonly RelationshipRef[]);
  const byId = new Map<string, GraphRecord[]>();
  for (const record of found) {
    const same = byId.get(record.id);
    if (same) same.push(record);
    else byId.set(record.id, [record]);
  }
  return byId;
}

/**
 * Deletes records from a store. Memories must have no other relationships left, unless `detach` says to delete
 * those too.
 */
export async function deleteRecords(
  store: GraphStore,
  kind: RecordKind,
  { refs, detach = false }: { refs: readonly RelationshipRef[]; detach?: boolean },
): Promise<void> {
  if (kind === "memory") await store.deleteMemories(refs.map(({ id }) => id), { detach });
  else await store.deleteRelationships(refs);
}
