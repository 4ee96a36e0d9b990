/** New records and changed ones, and how they get into a store. */
import { GraphError } from "../errors.ts";
import { currentTimestamp } from "../model/instant.ts";
import type { Memory } from "../model/memory.ts";
import type { Relationship } from "../model/relationship.ts";
import { shownId } from "../model/shown_id.ts";
import type { GraphStore } from "../store/store.ts";
import { withPatience } from "./patience.ts";
import { readMemory, replaceMemory, replaceRelationship } from "./queries.ts";

/** How often a change is worked out anew because somebody else changed the record first. */
const MAX_ATTEMPTS = 100;

/** Writes a record whose id is new. */
export async function addRecord(
  store: GraphStore,
  batch: { kind: "memory"; item: Memory } | { kind: "relationship"; item: Relationship },
  signal?: AbortSignal,
): Promise<void> {
  const { kind, item } = batch;
  await withPatience(
    () =>
      kind === "memory"
        ? store.write({ kind, items: [item] }, { mode: "fail", signal })
        : store.write({ kind, items: [item as Relationship] }, { mode: "fail", signal }),
    signal,
  );
}

/** The memory with this id. Throws NOT_FOUND. */
export async function requireMemory(store: GraphStore, id: string, field = "memoryId"): Promise<Memory> {
  const memory = await readMemory(store, id);
  if (memory) return memory;
  throw new GraphError(
    "NOT_FOUND",
    `There is no memory with the id ${shownId(id)} (search for it to find its id)`,
    {
      details: { field },
    },
  );
}

/**
 * Changes a memory, and no other change made meanwhile is lost: `change` sees the memory as it is and is
 * called again if that is no longer so. A change that changes nothing writes nothing. Throws NOT_FOUND.
 */
export async function changeMemory(
  store: GraphStore,
  id: string,
  change: (memory: Memory) => Memory,
  signal?: AbortSignal,
): Promise<{ memory: Memory; isChanged: boolean }> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const seen = await requireMemory(store, id);
    const changed = change(seen);
    if (changed === seen) return { memory: seen, isChanged: false };
    const next = { ...changed, version: seen.version + 1, updatedAt: currentTimestamp() };
    if (await withPatience(() => replaceMemory(store, seen, next), signal)) {
      return { memory: next, isChanged: true };
    }
  }
  throw busy("memory", id);
}

/** The same for a relationship, which `find` looks up each time. */
export async function changeRelationship(
  store: GraphStore,
  find: () => Promise<Relationship>,
  change: (relationship: Relationship) => Relationship,
  signal?: AbortSignal,
): Promise<Relationship> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const seen = await find();
    const next = change(seen);
    if (next === seen || await withPatience(() => replaceRelationship(store, seen, next), signal)) {
      return next;
    }
  }
  throw busy("relationship", (await find()).id);
}

function busy(kind: string, id: string): GraphError {
  return new GraphError(
    "TRANSIENT",
    `Others keep changing ${kind} ${JSON.stringify(id)} (try again when they are done)`,
  );
}
