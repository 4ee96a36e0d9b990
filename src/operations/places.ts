/** A graph wherever it is kept, store or export file, to be read. */
import { BACKEND_NAMES } from "../backends/mod.ts";
import { backendOfFile } from "../database_files.ts";
import { atEnd, type End, GraphError } from "../errors.ts";
import type { MigrationSource } from "../pipeline/migration_types.ts";
import { type EndInput, resolveEnd } from "../settings.ts";
import { expandHome } from "../state.ts";
import { fileSource } from "./import.ts";
import { storeSource } from "./open_ends.ts";
import type { OperationContext } from "./operation.ts";

const SCHEMES: readonly [pattern: RegExp, backend: string][] = [
  [/^(bolt|neo4j)(\+s|\+ssc)?:/i, "neo4j"],
  [/^((rediss?|falkors?)(\+\w+)?|unix):/i, "falkordb"],
];

/**
 * The graph that a user names by a place (a file, a URI, or a backend's name, whose settings then come from the
 * environment), by flags, or by both. A file is told by its content: a database or an export file. Throws USAGE
 * and NOT_FOUND.
 */
export async function placeToRead(
  place: string | undefined,
  flags: EndInput,
  { end, context }: { end: End; context: OperationContext },
): Promise<MigrationSource> {
  const store = async (input: EndInput) => storeSource(await resolveEnd(input, end, context), context);
  if (place === undefined || BACKEND_NAMES.includes(place)) {
    return await store({ ...flags, backend: place ?? flags.backend });
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(place)) {
    return await store({ ...flags, backend: flags.backend ?? backendOfUri(place), uri: place });
  }
  const path = expandHome(place, context.env);
  const backend = flags.backend ?? await atEnd(end, () => Promise.resolve().then(() => knownBackendOf(path)));
  return backend === undefined ? fileSource(path) : await store({ ...flags, backend, path });
}

function backendOfUri(uri: string): string {
  const scheme = uri.slice(0, uri.indexOf(":"));
  const found = SCHEMES.find(([pattern, backend]) => pattern.test(uri) && BACKEND_NAMES.includes(backend));
  if (found) return found[1];
  throw new GraphError(
    "USAGE",
    `No backend has addresses that begin with "${scheme}:" (name it by --from or --to)`,
  );
}

/** The backend whose file this is; undefined for any other file, which may be an export. */
function knownBackendOf(path: string): string | undefined {
  try {
    const backend = backendOfFile(path);
    return backend !== undefined && BACKEND_NAMES.includes(backend) ? backend : undefined;
  } catch (error) {
    // A folder of FalkorDBLite, or one that cannot be read: opening it says which.
    if (!(error instanceof Deno.errors.NotFound)) return undefined;
    throw new GraphError("NOT_FOUND", `There is no file "${path}" (give a file, a URI or a backend's name)`, {
      cause: error,
    });
  }
}
