/** Resolved ends as what a migration reads from and writes to. */
import type { Backend } from "../backends/backend.ts";
import type { Logger } from "../log.ts";
import type { MigrationSource, MigrationTarget } from "../pipeline/migration_types.ts";

/** A backend with the settings to open it. */
export interface ResolvedStore {
  readonly backend: Backend;
  readonly settings: unknown;
}

/** What opening a store needs of its surroundings. */
export interface OpenContext {
  readonly signal?: AbortSignal;
  readonly log?: Logger;
}

/** A store as a migration's source: opened read-only. */
export function storeSource(
  { backend, settings }: ResolvedStore,
  { signal, log }: OpenContext,
): MigrationSource {
  return {
    location: backend.locate(settings),
    open: () => backend.open(settings, { mode: "read", signal, log }),
  };
}

/** A store as a migration's target. */
export function storeTarget(
  { backend, settings }: ResolvedStore,
  { signal, log }: OpenContext,
): MigrationTarget {
  return {
    location: backend.locate(settings),
    open: (mode) => backend.open(settings, { mode, signal, log }),
    checkWritable: () => backend.checkWritable(settings),
    discard: () => backend.discard(settings),
  };
}
