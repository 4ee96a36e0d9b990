/** Assigning memories to a tenant, in place: a migration of a graph into itself. */
import { ContextSchema, type Memory, type MemoryContext } from "../model/memory.ts";
import type { Batch, GraphStore, ReadOptions } from "../store/store.ts";
import type { MigrationSource, MigrationTarget } from "./migration_types.ts";

/** What becomes of a memory; undefined when it stays as it is. */
export type MemoryChange = (memory: Memory) => Memory | undefined;

/**
 * Gives memories that have no tenant this one and this visibility, and counts them as updated now. A memory
 * without a context gets one.
 */
export function assignTenant(tenantId: string, visibility: string, now: string): MemoryChange {
  const empty: MemoryContext = ContextSchema.parse({});
  return (memory) => {
    if (memory.context?.tenantId) return undefined;
    const context = { ...empty, ...memory.context, tenantId, visibility };
    return { ...memory, context, updatedAt: now };
  };
}

/** Takes every memory's tenant away and makes it visible in its project, as upstream's own rollback does. */
export function clearTenant(now: string): MemoryChange {
  return (memory) => {
    if (!memory.context?.tenantId) return undefined;
    const { tenantId: _, ...context } = memory.context;
    return { ...memory, context: { ...context, visibility: "project" }, updatedAt: now };
  };
}

/** A store's memories that a change is about, changed, as the source of a migration into the same store. */
export function changedMemories(target: MigrationTarget, change: MemoryChange): MigrationSource {
  const { backend, display, identity } = target.location;
  return {
    location: { backend, display, identity: `${identity}#tenants` },
    async open() {
      const store = await target.open("read");
      return {
        count: () => Promise.resolve(undefined),
        read: (options) => changed(store, change, options),
        [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
      };
    },
  };
}

async function* changed(
  store: GraphStore,
  change: MemoryChange,
  options: ReadOptions | undefined,
): AsyncGenerator<Batch> {
  for await (const batch of store.read(options)) {
    if (batch.kind === "relationship") return;
    yield {
      kind: "memory",
      items: batch.items.flatMap((memory) => change(memory) ?? []),
      rejects: batch.rejects,
    };
  }
}
