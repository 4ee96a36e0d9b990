/** Finds terms through a store's word index. */
import type { TextIndex } from "../store/queries.ts";
import type { GraphStore } from "../store/store.ts";
import { FIELD_NAMES, levelIn, memoryWords, mergeHits } from "./hits.ts";
import type { Term } from "./query.ts";
import { findTerm } from "./scan.ts";

/** The hits of a term, by the index's key. */
export async function findIndexed(
  store: GraphStore,
  index: TextIndex,
  term: Term,
): Promise<Map<number, number>> {
  const found: Map<number, number>[] = [];
  for (const word of term.words) found.push(await index.find(word));
  const [first, ...rest] = found as [Map<number, number>, ...Map<number, number>[]];
  if (rest.length === 0) return first;
  if (term.isPhrase) return await findPhrases(store, index, { term, found });
  const merged = new Map<number, number>();
  for (const [key, hit] of first) {
    if (rest.every((hits) => hits.has(key))) {
      merged.set(key, rest.reduce((all, hits) => mergeHits(all, hits.get(key)!), hit));
    }
  }
  return merged;
}

/** The index knows which words a field has, not their order: that is looked up in the text. */
async function findPhrases(
  store: GraphStore,
  index: TextIndex,
  { term, found }: { term: Term; found: Map<number, number>[] },
): Promise<Map<number, number>> {
  const [first, ...rest] = found as [Map<number, number>, ...Map<number, number>[]];
  const keys = [...first.keys()].filter((key) =>
    FIELD_NAMES.some((field) => found.every((hits) => levelIn(hits.get(key) ?? 0, field) > 0)) &&
    rest.every((hits) => hits.has(key))
  );
  const described = await index.describe(keys);
  const byId = new Map([...described].map(([key, { id }]) => [id, key]));
  const hits = new Map<number, number>();
  for (const memory of await store.readMemories([...byId.keys()])) {
    const hit = findTerm(term, memoryWords(memory));
    if (hit !== 0) hits.set(byId.get(memory.id)!, hit);
  }
  return hits;
}
