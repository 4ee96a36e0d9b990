import { hash } from "node:crypto";
import { canonicalRelationship } from "./canonical.ts";
import type { Relationship } from "./relationship.ts";

/** Starts every id that was derived, so that a lookup knows one. */
export const DERIVED_ID = "derived-";

/** Counts by key. A Map will do for few relationships, CompactOrdinals for any number. */
export interface Ordinals {
  get(key: string): number | undefined;
  set(key: string, ordinal: number): unknown;
}

/**
 * The id of a relationship that is stored without one: from its ends, type and content, and, among those that
 * are alike in all of these, from how many came before. `ordinals` counts them; the same graph gives the same
 * ids in whatever order it is read, because those that are alike can change places.
 */
export function derivedId(relationship: Relationship, ordinals: Ordinals): string {
  const content = canonicalRelationship({ ...relationship, id: "" });
  const key = hash("sha256", content, "base64");
  const ordinal = ordinals.get(key) ?? 0;
  ordinals.set(key, ordinal + 1);
  return DERIVED_ID + hash("sha256", `${ordinal}:${content}`, "hex").slice(0, 32);
}
