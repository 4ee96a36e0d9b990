/** Resolved ends as what a migration reads from and writes to. */
import type { OpenOptions } from "../backends/backend.ts";
import { backendNamed } from "../backends/mod.ts";
import { GraphError } from "../errors.ts";
import type { MigrationSource, MigrationTarget } from "../pipeline/migration_types.ts";
import { type EndInput, keepableSettings, type ResolvedEnd, resolveEnd, viewSettings } from "../settings.ts";
import type { Environment } from "../state.ts";
import type { MigrationFacts } from "../workfile/facts.ts";
import type { OperationContext } from "./operation.ts";

/** What opening a store needs of its surroundings. */
type OpenContext = Omit<OpenOptions, "mode">;

/** A store as a migration's source: opened read-only. */
export function storeSource(
  { backend, settings }: ResolvedEnd,
  { signal, log }: OpenContext,
): MigrationSource {
  return {
    location: backend.locate(settings),
    open: () => backend.open(settings, { mode: "read", signal, log }),
  };
}

/** A store as a migration's target. */
export function storeTarget(
  { backend, settings }: ResolvedEnd,
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
    encode: backend.encode,
    discard: () => backend.discard(settings),
  };
}

/**
 * The target of an earlier migration: what its work file says, what the user gives now in its place, and
 * secrets from where they always come from.
 */
export async function targetAgain(
  facts: MigrationFacts,
  given: EndInput,
  context: OperationContext,
): Promise<MigrationTarget> {
  const { input, flagless } = joined(facts, given);
  const resolved = await resolveEnd(input, "target", context);
  const kept = resolved.backend.name === facts.target.backend ? flagless : {};
  return storeTarget({ ...resolved, settings: { ...resolved.settings, ...kept } }, context);
}

/**
 * Whether an earlier migration's target is the place that is given now, as far as one is given, in whatever way
 * it is written. Reads no password.
 */
export function isTarget(facts: MigrationFacts, given: EndInput, env: Environment): boolean {
  const { path, uri, database } = given;
  if (given.backend !== undefined && given.backend !== facts.target.backend) return false;
  if ([path, uri, database].every((value) => value === undefined)) return true;
  const { input, flagless } = joined(facts, given);
  const backend = backendNamed(facts.target.backend);
  try {
    const settings = viewSettings(backend, input, env).map(({ name, value }) => [name, value]);
    return backend.locate({ ...Object.fromEntries(settings), ...flagless }).identity ===
      facts.target.identity;
  } catch (error) {
    // Another kind of place than this backend's.
    if (error instanceof GraphError && error.code === "USAGE") return false;
    throw error;
  }
}

/** A work file's settings with what is given now in their place, and those that no flag can give. */
function joined({ target: { backend, settings } }: MigrationFacts, given: EndInput) {
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  // A setting such as a host still counts unless the place is given in another form now.
  const { path: _path, uri: _uri, user: _user, database: _database, ...flagless } = settings ?? {};
  return {
    input: { backend, ...settings, ...known } as EndInput,
    flagless: given.uri === undefined ? flagless : {},
  };
}
