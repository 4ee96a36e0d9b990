import { GraphError } from "../errors.ts";
import type { Backend } from "./backend.ts";
import { falkordb } from "./falkordb/mod.ts";
import { falkordblite } from "./falkordblite/mod.ts";
import { memgraph } from "./memgraph/mod.ts";
import { neo4j } from "./neo4j/mod.ts";
import { sqlite } from "./sqlite/mod.ts";

/** Every backend, one line each: flags, help, tool schemas, the README and the test matrix follow. */
export const BACKENDS: readonly Backend[] = [sqlite, neo4j, memgraph, falkordb, falkordblite];

/** Names of the backends, in the registry's order. */
export const BACKEND_NAMES = BACKENDS.map((backend) => backend.name) as [string, ...string[]];

/** The backend of that name. Throws USAGE. */
export function backendNamed(name: string): Backend {
  const backend = BACKENDS.find((candidate) => candidate.name === name);
  if (backend) return backend;
  throw new GraphError("USAGE", `Unknown backend "${name}" (choose one of ${BACKEND_NAMES.join(", ")})`);
}
