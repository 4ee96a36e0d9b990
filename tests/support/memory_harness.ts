import { defineHarness } from "./harness.ts";
import { memoryBackend, MemoryDatabase, memoryDatabases } from "./memory_store.ts";

/** Databases in this process's memory, to prove the suite itself and the reference store by each other. */
export const memoryHarness = defineHarness({
  backend: memoryBackend,
  prepare() {
    const path = crypto.randomUUID();
    const database = () => memoryDatabases.get(path)!;
    const empty = () => Promise.resolve(void memoryDatabases.set(path, new MemoryDatabase()));
    return empty().then(() => ({
      settings: { path },
      empty,
      remove: () => Promise.resolve(void memoryDatabases.delete(path)),
      addForeign(memoryId) {
        database().foreignNodes += 2;
        database().foreignRelationships += 2;
        database().foreignTouched.add(memoryId);
        return Promise.resolve();
      },
      addBroken() {
        const broken = { kind: "memory", id: "broken" } as const;
        database().broken.push({ ...broken, reason: "does not decode" });
        return Promise.resolve([broken]);
      },
      addDuplicate: (memoryId) => Promise.reject(new Error(`a map has one value for ${memoryId}`)),
    }));
  },
  missing() {
    const path = crypto.randomUUID();
    return Promise.resolve({
      settings: { path },
      exists: () => Promise.resolve(memoryDatabases.has(path)),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  },
});
