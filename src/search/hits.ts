/** Where and how well a word was found in a memory, in one number: three bits for each field. */
import type { Memory } from "../model/memory.ts";
import { innerWordsOf, type Level, levelOf, LEVELS, type WordQuery, wordsOf } from "./words.ts";

/** The fields that are searched, with what a find in them is worth. */
const SEARCHED_FIELDS = { title: 8, tags: 6, summary: 3, content: 2 } as const;
/** A field that is searched. */
export type SearchedField = keyof typeof SEARCHED_FIELDS;
/** The searched fields, the best first. */
export const FIELD_NAMES = Object.keys(SEARCHED_FIELDS) as SearchedField[];

const BITS = 3;
const MASK = (1 << BITS) - 1;
const SHIFTS = Object.fromEntries(FIELD_NAMES.map((field, index) => [field, index * BITS])) as Record<
  SearchedField,
  number
>;

/** A find at this level in this field. */
function hitOf(field: SearchedField, level: Level): number {
  return level << SHIFTS[field];
}

/** The level at which a field was hit. */
export function levelIn(hit: number, field: SearchedField): Level {
  return ((hit >> SHIFTS[field]) & MASK) as Level;
}

/** A find with another level in one field. */
export function withLevel(hit: number, field: SearchedField, level: Level): number {
  return (hit & ~(MASK << SHIFTS[field])) | hitOf(field, level);
}

/** Two finds as one: the better level in each field. */
export function mergeHits(a: number, b: number): number {
  let merged = 0;
  for (const field of FIELD_NAMES) {
    merged |= hitOf(field, Math.max(levelIn(a, field), levelIn(b, field)) as Level);
  }
  return merged;
}

// A common word hits tens of thousands of memories.
const WORTHS = Uint8Array.from(
  { length: 1 << (FIELD_NAMES.length * BITS) },
  (_, hit) => FIELD_NAMES.reduce((worth, field) => worth + SEARCHED_FIELDS[field] * levelIn(hit, field), 0),
);

/** What a find is worth: the field's worth by the level, summed over the fields. */
export function worthOf(hit: number): number {
  return WORTHS[hit]!;
}

/** The best level of any field. */
export function bestLevel(hit: number): Level {
  return Math.max(...FIELD_NAMES.map((field) => levelIn(hit, field))) as Level;
}

/** A memory's text in a field. */
function textIn(memory: Memory, field: SearchedField): string {
  return field === "tags" ? memory.tags.join(" ") : memory[field] ?? "";
}

/** A memory's words by field, for looking up several words: those in a row, then those inside them. */
export type MemoryWords = Readonly<Record<SearchedField, readonly string[]>>;

/** Cuts a memory's text into words. */
export function memoryWords(memory: Memory): MemoryWords {
  return Object.fromEntries(FIELD_NAMES.map((field) => {
    const text = textIn(memory, field);
    return [field, [...wordsOf(text), ...innerWordsOf(text)]];
  })) as unknown as MemoryWords;
}

/** Looks a word up in a memory; 0 when it is not there. */
export function findWord(query: WordQuery, words: MemoryWords): number {
  let hit = 0;
  for (const field of FIELD_NAMES) {
    let best: Level = LEVELS.none;
    for (const candidate of words[field]) {
      const level = levelOf(query, candidate);
      if (level > best) best = level;
      if (best === LEVELS.exact) break;
    }
    hit |= hitOf(field, best);
  }
  return hit;
}

/** Looks for words that follow one another in a field; 0 when they are not there. */
export function findPhrase(phrase: readonly string[], words: MemoryWords): number {
  let hit = 0;
  for (const field of FIELD_NAMES) {
    const text = words[field];
    const isThere = text.some((_, start) => phrase.every((word, index) => text[start + index] === word));
    if (isThere) hit |= hitOf(field, LEVELS.exact);
  }
  return hit;
}
