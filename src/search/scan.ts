/** Finds terms in memories by reading them: what a store without a word index does. */
import type { Memory } from "../model/memory.ts";
import type { IndexedMemory } from "../store/queries.ts";
import type { GraphStore } from "../store/store.ts";
import { findPhrase, findWord, type MemoryWords, memoryWords, mergeHits } from "./hits.ts";
import { type Term, widened } from "./query.ts";
import { describeMemory } from "./rank.ts";

/** A term's find in a memory's words; 0 when it is not there. */
export function findTerm({ words, isPhrase }: Term, memory: MemoryWords): number {
  if (isPhrase) return findPhrase(words.map(({ word }) => word), memory);
  let merged = 0;
  for (const word of words) {
    const hit = findWord(word, memory);
    if (hit === 0) return 0;
    merged = mergeHits(merged, hit);
  }
  return merged;
}

/** What was found: for each term the hits by id, and what is known of each memory that has one. */
export interface ScanResult {
  /** The terms as they were looked for: widened where they are nowhere as they are. */
  readonly terms: readonly Term[];
  readonly hits: Map<string, number>[];
  readonly memories: Map<string, IndexedMemory>;
}

/** Looks for terms in memories. Without terms, every memory is in the result. */
export async function scanMemories(
  batches: AsyncIterable<readonly Memory[]>,
  terms: readonly Term[],
): Promise<ScanResult> {
  const plain = terms.map((term) => ({ term, hits: new Map<string, number>() }));
  const wide = terms.map((term) => ({ term: widened(term), hits: new Map<string, number>() }));
  const memories = new Map<string, IndexedMemory>();
  for await (const batch of batches) {
    for (const memory of batch) {
      const words = memoryWords(memory);
      let isHit = terms.length === 0;
      const look = ({ term, hits }: { term: Term | undefined; hits: Map<string, number> }) => {
        const hit = term ? findTerm(term, words) : 0;
        if (hit === 0) return;
        hits.set(memory.id, hit);
        isHit = true;
      };
      plain.forEach((found, index) => {
        look(found);
        if (found.hits.size === 0) look(wide[index]!);
      });
      if (isHit) memories.set(memory.id, describeMemory(memory));
    }
  }
  const used = plain.map((found, index) => found.hits.size > 0 ? found : wide[index]!);
  return {
    terms: used.map(({ term }, index) => term ?? terms[index]!),
    hits: used.map(({ hits }) => hits),
    memories,
  };
}

/** All memories of a store, without its relationships. */
export async function* allMemories(
  store: GraphStore,
  signal?: AbortSignal,
): AsyncIterable<readonly Memory[]> {
  for await (const batch of store.read({ signal })) {
    if (batch.kind === "relationship") return;
    yield batch.items;
  }
}
