/** Searching memories: the same ids in the same order on every backend. */
import { relationshipsOf } from "../memory/queries.ts";
import { throwIfInterrupted } from "../errors.ts";
import type { Memory } from "../model/memory.ts";
import type { IndexedMemory, TextIndex } from "../store/queries.ts";
import type { GraphStore } from "../store/store.ts";
import { withPatience } from "../memory/patience.ts";
import { isCurrent } from "../memory/temporal.ts";
import { describeMatch, type Match } from "./match.ts";
import { findIndexed } from "./indexed.ts";
import { hasText, planTerms, type SearchQuery, type Term, widened } from "./query.ts";
import { compareMemories, filterOf, scoreMatches } from "./rank.ts";
import { allMemories, scanMemories } from "./scan.ts";

/** A memory that was found. */
export interface Found {
  readonly memory: Memory;
  /** Higher is better; only comparable within one search. 0 where the search had no words. */
  readonly score: number;
  readonly match: Match;
}

/** A page of a search. */
export interface SearchPage {
  readonly found: readonly Found[];
  readonly hasMore: boolean;
}

/** A memory's place in the order of results. */
interface Ranked {
  readonly memory: IndexedMemory;
  readonly score: number;
}

/**
 * Searches a store. Best first: by score, importance, the newest, id. A page starts after `offset` results
 * and has `limit` at the most; a memory deleted meanwhile is missing from it.
 */
export async function searchMemories(
  store: GraphStore,
  given: SearchQuery,
  signal?: AbortSignal,
): Promise<SearchPage> {
  // Models send empty text for what they leave out, and no memory is of a project without a path.
  const query = { ...given, projectPath: given.projectPath?.trim() ? given.projectPath : undefined };
  const { offset = 0, limit } = query;
  const planned = planTerms(query);
  if (planned.length === 0 && hasText(query)) return { found: [], hasMore: false };
  const { terms, tiers } = await rank(store, { query, terms: planned, signal });
  const ranked: Ranked[] = [];
  for await (const some of relatedOnly(store, tiers, query)) {
    throwIfInterrupted(signal);
    ranked.push(...some);
    if (ranked.length > offset + limit) break;
  }
  const page = ranked.slice(offset, offset + limit);
  const memories = new Map(
    (await store.readMemories(page.map(({ memory }) => memory.id))).map((memory) => [memory.id, memory]),
  );
  const found = page.flatMap(({ memory: { id }, score }) => {
    const memory = memories.get(id);
    return memory ? [{ memory, score, match: describeMatch(memory, terms) }] : [];
  });
  return { found, hasMore: ranked.length > offset + limit };
}

interface RankOptions {
  readonly query: SearchQuery;
  readonly terms: readonly Term[];
  readonly signal?: AbortSignal;
}

/** What a search comes to. */
interface Ranking {
  /** The terms as they were looked for: widened where they are nowhere as they are. */
  readonly terms: readonly Term[];
  /** The memories that match, best first, a few at a time. */
  readonly tiers: AsyncIterable<Ranked[]>;
}

async function rank(store: GraphStore, options: RankOptions): Promise<Ranking> {
  const index = store.queries?.textIndex;
  if (!index || options.query.within) return await rankScanned(store, options);
  await withPatience(() => index.prepare(), options.signal);
  return options.terms.length > 0
    ? await rankIndexed(store, index, options)
    : { terms: [], tiers: listIndexed(index, options) };
}

async function rankIndexed(
  store: GraphStore,
  index: TextIndex,
  { query, terms, signal }: RankOptions,
): Promise<Ranking> {
  const hits: Map<number, number>[] = [];
  const used: Term[] = [];
  for (const term of terms) {
    throwIfInterrupted(signal);
    const found = await findIndexed(store, index, term);
    const wide = found.size === 0 ? widened(term) : undefined;
    hits.push(wide ? await findIndexed(store, index, wide) : found);
    used.push(wide ?? term);
  }
  const scores = scoreMatches(hits, query.matchMode ?? "any");
  return { terms: used, tiers: describeIndexed(index, scores, query) };
}

async function* describeIndexed(
  index: TextIndex,
  scores: ReadonlyMap<number, number>,
  query: SearchQuery,
): AsyncIterable<Ranked[]> {
  const passes = filterOf(query);
  for (const [score, keys] of byScore(scores)) {
    const memories = [...(await index.describe(keys)).values()].filter(passes).sort(compareMemories);
    yield memories.map((memory) => ({ memory, score }));
  }
}

/** Keys with the same score, the best first. */
function byScore<Key>(scores: ReadonlyMap<Key, number>): [number, Key[]][] {
  const tiers = new Map<number, Key[]>();
  for (const [key, score] of scores) {
    const tier = tiers.get(score);
    if (tier) tier.push(key);
    else tiers.set(score, [key]);
  }
  return [...tiers].sort(([a], [b]) => b - a);
}

async function* listIndexed(index: TextIndex, { query }: RankOptions): AsyncIterable<Ranked[]> {
  const passes = filterOf(query);
  for await (const batch of index.all(query)) {
    yield batch.filter(passes).map((memory) => ({ memory, score: 0 }));
  }
}

async function rankScanned(store: GraphStore, options: RankOptions): Promise<Ranking> {
  const { query } = options;
  const { hits, memories, terms } = await scanMemories(await candidates(store, options), options.terms);
  const scores = terms.length > 0
    ? scoreMatches(hits, query.matchMode ?? "any")
    : new Map([...memories.keys()].map((id) => [id, 0]));
  const passes = filterOf(query);
  const kept = [...scores].map(([id, score]) => ({ memory: memories.get(id)!, score }))
    .filter(({ memory }) => passes(memory));
  kept.sort((a, b) => b.score - a.score || compareMemories(a.memory, b.memory));
  return { terms, tiers: ReadableStream.from([kept]) };
}

async function candidates(
  store: GraphStore,
  { query: { within }, terms, signal }: RankOptions,
): Promise<AsyncIterable<readonly Memory[]>> {
  if (within) return ReadableStream.from([await store.readMemories([...within])]);
  const words = terms.flatMap((term) => term.words);
  const found = words.length > 0 ? await store.queries?.memoriesWith?.(words) : undefined;
  return found ?? allMemories(store, signal);
}

/** Memories looked up at a time for their relationships. */
const RELATED_BATCH = 200;

/** Those that a current relationship of one of the wanted types touches. */
async function* relatedOnly(
  store: GraphStore,
  ranked: AsyncIterable<Ranked[]>,
  { relationshipFilter }: SearchQuery,
): AsyncIterable<Ranked[]> {
  if (!relationshipFilter?.length) return yield* ranked;
  const types = new Set(relationshipFilter.map((type) => type.toUpperCase()));
  for await (const some of ranked) {
    for (let start = 0; start < some.length; start += RELATED_BATCH) {
      const part = some.slice(start, start + RELATED_BATCH);
      const relationships = await relationshipsOf(store, part.map(({ memory }) => memory.id));
      const touched = new Set(
        relationships.filter((item) => types.has(item.type) && isCurrent(item))
          .flatMap(({ fromId, toId }) => [fromId, toId]),
      );
      yield part.filter(({ memory }) => touched.has(memory.id));
    }
  }
}
