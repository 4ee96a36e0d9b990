/**
 * What a backend may answer better than by a scan of the whole graph. Every member is optional: what is
 * missing is done over `read`, `readMemories` and `write` in src/memory/queries.ts, with the same result.
 */
import type { Memory } from "../model/memory.ts";
import type { Relationship } from "../model/relationship.ts";
import type { SearchQuery } from "../search/query.ts";
import type { WordQuery } from "../search/words.ts";

/** How many memories and relationships there are of each type. */
export interface GraphStatistics {
  readonly memories: number;
  readonly relationships: number;
  readonly memoriesByType: Readonly<Record<string, number>>;
  readonly relationshipsByType: Readonly<Record<string, number>>;
  /** Means over all memories; undefined where there is none. */
  readonly averageImportance?: number;
  readonly averageConfidence?: number;
}

/** Indexed queries of a store; see GraphStore.queries. They throw GraphError only. */
export interface StoreQueries {
  /** Every relationship that touches one of these memories, each once, in any order. */
  relationshipsOf?(ids: readonly string[]): Promise<Relationship[]>;

  /**
   * Replaces a memory, provided that it still is as it was read; returns false when it is not, or is gone.
   * Atomic against every other process.
   */
  replaceMemory?(seen: Memory, next: Memory): Promise<boolean>;

  /** The same for a relationship, whose ends and type stay. */
  replaceRelationship?(seen: Relationship, next: Relationship): Promise<boolean>;

  /** Undefined where only a scan can tell. */
  statistics?(): Promise<GraphStatistics | undefined>;

  /**
   * The memories that may contain one of the words: a superset, which the search then looks through.
   * Undefined where only a scan of everything is sure to find them.
   */
  memoriesWith?(words: readonly WordQuery[]): Promise<AsyncIterable<readonly Memory[]> | undefined>;

  /** An index that answers a whole search; it takes precedence over `memoriesWith`. */
  readonly textIndex?: TextIndex;
}

/** A memory in an index: what filters and the order of results need, without its text. */
export interface IndexedMemory {
  readonly id: string;
  readonly type: string;
  readonly importance: number;
  /** `instantKey` of its creation. */
  readonly created: string;
  /** Without a slash at its end. */
  readonly projectPath: string | undefined;
  readonly tags: readonly string[];
}

/** A word index over all memories. Keys are the index's own and stay valid until the next write. */
export interface TextIndex {
  /** Brings the index up to date; creates it when there is none. Called before the other methods. */
  prepare(): Promise<void>;
  /** The memories that contain the word, with where and how: see `src/search/hits.ts`. */
  find(word: WordQuery): Promise<Map<number, number>>;
  /** What is known of memories, in any order. */
  describe(keys: readonly number[]): Promise<Map<number, IndexedMemory>>;
  /**
   * Every memory that may pass the search's filters, in the order of `compareMemories`; the text is not
   * looked at.
   */
  all(query: SearchQuery): AsyncIterable<readonly IndexedMemory[]>;
}
