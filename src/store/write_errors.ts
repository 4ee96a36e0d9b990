/** What every store refuses to write, in the same words. */
import { GraphError } from "../errors.ts";
import type { RecordKind } from "../model/record.ts";
import type { Relationship } from "../model/relationship.ts";
import type { StoreLocation } from "./store.ts";

/** CONFLICT: records with these ids are there already; the first is named. */
export function takenIdError(
  { display }: Pick<StoreLocation, "display">,
  kind: RecordKind,
  ids: readonly string[],
): GraphError {
  const id = JSON.stringify(ids[0]);
  return new GraphError(
    "CONFLICT",
    `"${display}" already holds another record with the id of ${kind} ${id}`,
    {
      details: { ids },
    },
  );
}

/** RECORD_INVALID: a relationship names a memory that is not there. */
export function missingEndError({ id }: Pick<Relationship, "id">, end: string): GraphError {
  return new GraphError(
    "RECORD_INVALID",
    `Relationship ${JSON.stringify(id)} names memory ${JSON.stringify(end)}, which does not exist`,
    { details: { ids: [id], missing: end } },
  );
}
