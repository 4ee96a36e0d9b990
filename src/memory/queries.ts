/** The queries of any store: its own where it has them, else the same answer from a scan. */
import { canonicalMemory, canonicalRelationship } from "../model/canonical.ts";
import type { Memory } from "../model/memory.ts";
import type { Relationship } from "../model/relationship.ts";
import type { GraphStatistics } from "../store/queries.ts";
import type { GraphStore } from "../store/store.ts";

/** Every relationship that touches one of these memories, each once, in any order. */
export async function relationshipsOf(store: GraphStore, ids: readonly string[]): Promise<Relationship[]> {
  if (ids.length === 0) return [];
  if (store.queries?.relationshipsOf) return await store.queries.relationshipsOf(ids);
  const wanted = new Set(ids);
  const found: Relationship[] = [];
  for await (const batch of store.read()) {
    if (batch.kind !== "relationship") continue;
    for (const item of batch.items) if (wanted.has(item.fromId) || wanted.has(item.toId)) found.push(item);
  }
  return found;
}

/** The memory with this id, or undefined. */
export async function readMemory(store: GraphStore, id: string): Promise<Memory | undefined> {
  return (await store.readMemories([id]))[0];
}

/**
 * Replaces a memory that is still as it was seen. False when it was changed or deleted since. Atomic only
 * where the store has a query for it.
 */
export async function replaceMemory(store: GraphStore, seen: Memory, next: Memory): Promise<boolean> {
  if (store.queries?.replaceMemory) return await store.queries.replaceMemory(seen, next);
  const stored = await readMemory(store, seen.id);
  if (!stored || canonicalMemory(stored) !== canonicalMemory(seen)) return false;
  await store.write({ kind: "memory", items: [next] }, { mode: "overwrite" });
  return true;
}

/** The same for a relationship. */
export async function replaceRelationship(
  store: GraphStore,
  seen: Relationship,
  next: Relationship,
): Promise<boolean> {
  if (store.queries?.replaceRelationship) return await store.queries.replaceRelationship(seen, next);
  const [stored] = await store.readRelationships([seen]);
  if (!stored || canonicalRelationship(stored) !== canonicalRelationship(seen)) return false;
  await store.write({ kind: "relationship", items: [next] }, { mode: "overwrite" });
  return true;
}

/** Counts by type and means. */
export async function statisticsOf(store: GraphStore, signal?: AbortSignal): Promise<GraphStatistics> {
  const known = await store.queries?.statistics?.();
  if (known) return known;
  const [memoriesByType, relationshipsByType] = [new Tally(), new Tally()];
  let importance = 0;
  let confidence = 0;
  for await (const batch of store.read({ signal })) {
    if (batch.kind === "relationship") { for (const { type } of batch.items) relationshipsByType.add(type); }
    else {
      for (const memory of batch.items) {
        memoriesByType.add(memory.type);
        importance += memory.importance;
        confidence += memory.confidence;
      }
    }
  }
  const memories = memoriesByType.total;
  return {
    memories,
    relationships: relationshipsByType.total,
    memoriesByType: memoriesByType.sorted(),
    relationshipsByType: relationshipsByType.sorted(),
    ...(memories > 0 && {
      averageImportance: importance / memories,
      averageConfidence: confidence / memories,
    }),
  };
}

/** Counts by name. */
export class Tally {
  readonly #counts = new Map<string, number>();
  total = 0;

  add(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    this.total++;
  }

  /** The counts, the highest first, then by name. */
  sorted(): Record<string, number> {
    const entries = [...this.#counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    return Object.fromEntries(entries);
  }
}
