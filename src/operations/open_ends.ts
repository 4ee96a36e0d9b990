/** Resolved ends as what a migration reads from and writes to. */
import type { Backend } from "../backends/backend.ts";
import type { Logger } from "../log.ts";
import type { MigrationSource, MigrationTarget } from "../pipeline/migration_types.ts";
import { keepableSettings, resolveEnd } from "../settings.ts";
import type { MigrationFacts } from "../workfile/facts.ts";
import type { EndInput } from "./ends.ts";
import type { OperationContext } from "./operation.ts";

/** A backend with the settings to open it. */
export interface ResolvedStore {
  readonly backend: Backend;
  readonly settings: Readonly<Record<string, string>>;
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
    settings: keepableSettings(backend, settings),
    // What has an address can be reached from elsewhere.
    keepsLeases: "uri" in backend.config.shape,
    open: (mode) => backend.open(settings, { mode, signal, log }),
    checkWritable: () => backend.checkWritable(settings),
    whyIdRefused: (id) => backend.whyIdRefused(id),
    discard: () => backend.discard(settings),
  };
}

/**
 * The target of an earlier migration: what its work file says, what the user gives now in its place, and
 * secrets from where they always come from.
 */
export async function targetAgain(
  { target: { backend, settings } }: MigrationFacts,
  given: EndInput,
  context: OperationContext,
): Promise<MigrationTarget> {
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const resolved = await resolveEnd({ backend, ...settings, ...known }, "target", context);
  // A setting that has no flag, such as a host, still counts unless the place is given in another form now.
  const { path: _path, uri: _uri, user: _user, database: _database, ...flagless } = settings ?? {};
  const kept = given.uri === undefined && resolved.backend.name === backend ? flagless : {};
  return storeTarget({ ...resolved, settings: { ...resolved.settings, ...kept } }, context);
}
