/** Which memories a search keeps, and in which order: the same for every backend. */
import { Buffer } from "node:buffer";
import { instantKey } from "../model/instant.ts";
import { type Memory, normalizeTags } from "../model/memory.ts";
import type { IndexedMemory } from "../store/queries.ts";
import { worthOf } from "./hits.ts";
import type { SearchQuery } from "./query.ts";

/** Each term's finds: from a memory's key to its hit. */
export type TermHits<Key> = ReadonlyMap<Key, number>;

// Terms found and their worth in one number: a common word hits tens of thousands of memories. Small enough that
// V8 keeps it as a small integer, and large enough for the worth of a thousand terms.
const ONE_TERM = 2 ** 22;

/**
 * The score of every memory that matches: the worth of its finds, times the number of terms found. A term
 * counts the more, the fewer memories have it: by the number of halvings from all that match down to those
 * that have it. Whole numbers, so that no backend's arithmetic can change an order.
 */
export function scoreMatches<Key>(
  hits: readonly TermHits<Key>[],
  matchMode: "any" | "all",
): Map<Key, number> {
  const found = new Map<Key, number>();
  for (const term of hits) for (const key of term.keys()) found.set(key, 0);
  const matching = found.size;
  for (const term of hits) {
    const rarity = 1 + Math.floor(matching / Math.max(1, term.size)).toString(2).length;
    for (const [key, hit] of term) found.set(key, found.get(key)! + ONE_TERM + worthOf(hit) * rarity);
  }
  const wanted = matchMode === "all" ? hits.length : 1;
  const scores = new Map<Key, number>();
  for (const [key, value] of found) {
    const terms = Math.floor(value / ONE_TERM);
    if (terms >= wanted) scores.set(key, (value % ONE_TERM) * terms);
  }
  return scores;
}

/** Whether a memory passes the search's filters, but for `relationshipFilter`. */
export function filterOf(query: SearchQuery): (memory: IndexedMemory) => boolean {
  const { minImportance, within } = query;
  const projectPath = query.projectPath === undefined ? undefined : trimSlash(query.projectPath);
  const types = query.memoryTypes?.length ? new Set(query.memoryTypes) : undefined;
  const tags = normalizeTags(query.tags ?? []);
  const [after, before] = [instantKey(query.createdAfter), instantKey(query.createdBefore)];
  return (memory) =>
    (within === undefined || within.has(memory.id)) &&
    (types === undefined || types.has(memory.type)) &&
    (tags.length === 0 || normalizeTags(memory.tags).some((tag) => tags.includes(tag))) &&
    (projectPath === undefined || memory.projectPath === projectPath) &&
    (minImportance === undefined || memory.importance >= minImportance) &&
    (after === "" || memory.created >= after) &&
    (before === "" || (memory.created !== "" && memory.created <= before));
}

/** A path without slashes at its end. */
export function trimSlash(path: string): string {
  return path.length > 1 ? path.replace(/[/\\]+$/, "") : path;
}

/** What the filters and the order need of a memory. */
export function describeMemory({ id, type, importance, createdAt, context, tags }: Memory): IndexedMemory {
  return {
    id,
    type,
    importance: Number.isFinite(importance) ? importance : 0,
    created: instantKey(createdAt),
    projectPath: context?.projectPath === undefined ? undefined : trimSlash(context.projectPath),
    tags,
  };
}

/** The order of memories with the same score: importance, then the newest, then the id. */
export function compareMemories(a: IndexedMemory, b: IndexedMemory): number {
  return b.importance - a.importance || compareText(b.created, a.created) || compareText(a.id, b.id);
}

/** By code point, as a database that keeps UTF-8 does; JavaScript's own order is by UTF-16 unit. */
function compareText(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}
