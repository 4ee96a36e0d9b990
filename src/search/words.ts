/** Text as words: how it is cut, and when a word of a memory is one that is searched for. */
import { stemmer } from "stemmer";
import { isWithin } from "./edit_distance.ts";

/** How exactly words must match. */
export const TOLERANCES = ["strict", "normal", "fuzzy"] as const;
/** One of {@linkcode TOLERANCES}. */
export type Tolerance = (typeof TOLERANCES)[number];

/** How well a word matches: the higher the better; 0 for not at all. */
export const LEVELS = { none: 0, similar: 1, prefix: 2, stem: 3, exact: 4 } as const;
/** One of the values of {@linkcode LEVELS}. */
export type Level = (typeof LEVELS)[keyof typeof LEVELS];

/** A word to search for, lower case. */
export interface WordQuery {
  readonly word: string;
  /** `inside` is for a word that is nowhere as `normal` has it: words that contain it count too. */
  readonly tolerance: Tolerance | "inside";
}

// An apostrophe belongs to its word, and a pictograph is one; every other sign ends one, so that `foo_bar` and `a.b`
// are found by either part.
const WORD = /[\p{L}\p{N}\p{M}]+(?:['’][\p{L}\p{M}]+)*|\p{Extended_Pictographic}/gu;
const MAX_WORD = 64;

/** Scripts that put no spaces between words, and Korean, whose particles hang on to their words. */
const UNSPACED = ["Han", "Hiragana", "Katakana", "Bopomofo", "Hangul", "Thai", "Lao", "Khmer", "Myanmar"]
  .map((script) => `\\p{scx=${script}}`).join("");
const HAS_UNSPACED = new RegExp(`[${UNSPACED}]`, "u");
const PARTS = new RegExp(`[${UNSPACED}]+|[^${UNSPACED}]+`, "gu");
const LETTER = /\P{M}\p{M}*|\p{M}+/gu;

/**
 * The words of a text in order, lower case, as they are indexed. A longer run of letters than any word is cut. Where
 * words are not told apart by spaces, each letter is a word, and so is each two that follow one another.
 */
export function wordsOf(text: string): string[] {
  return cut(text, (letters) =>
    letters.flatMap((letter, index) => {
      const next = letters[index + 1];
      return next === undefined ? [letter] : [letter, letter + next];
    }));
}

// Where a word begins inside another: at a capital after a small letter or a digit, at the last of several capitals
// that a small letter follows, and after an apostrophe.
const INNER_START = /(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})|(?<=['’])/gu;
const MIN_INNER = 2;
/** Names have few parts; what has more is data in letters, whose parts nobody looks for. */
const MAX_INNER = 8;

/**
 * What else a text is indexed by: the ends of its words that begin like words themselves, lower case, so that
 * `ConnectionPoolConfig` is found by `pool` and `config`, and `l'erreur` by `erreur`.
 */
export function innerWordsOf(text: string): string[] {
  const words = text.normalize("NFC").match(WORD) ?? [];
  return words.flatMap((word) => {
    const starts = [...word.matchAll(INNER_START)].map(({ index }) => index);
    if (starts.length > MAX_INNER) return [];
    return starts.map((start) => limited(word.slice(start).toLowerCase()))
      .filter((inner) => inner.length >= MIN_INNER && !HAS_UNSPACED.test(inner));
  });
}

/** The words to look for where a text is searched for: of letters that follow one another, those of two. */
export function wantedWordsOf(text: string): string[] {
  return cut(
    text,
    (letters) =>
      letters.length === 1 ? letters : letters.slice(1).map((letter, index) => letters[index] + letter),
  );
}

function cut(text: string, unspaced: (letters: string[]) => string[]): string[] {
  const words = text.normalize("NFC").toLowerCase().match(WORD) ?? [];
  if (!HAS_UNSPACED.test(text)) return words.map(limited);
  return words.flatMap((word) =>
    word.match(PARTS)!.flatMap((part) =>
      HAS_UNSPACED.test(part) ? unspaced(part.match(LETTER)!) : [limited(part)]
    )
  );
}

function limited(word: string): string {
  return word.length > MAX_WORD ? word.slice(0, MAX_WORD) : word;
}

// The shortest words for which a prefix, or a slip of the finger, says anything.
const MIN_PREFIX = 3;
const MIN_INFIX = 4;

const stems = new Map<string, string>();
const MAX_STEMS = 100_000;

/** A word's stem by Porter's rules; a word that is not plain English letters stands for itself. */
export function stemOf(word: string): string {
  let stem = stems.get(word);
  if (stem === undefined) {
    stem = /^[a-z']{3,}$/.test(word) ? stemmer(word.replace(/['’]s?$/, "")) : word;
    if (stems.size >= MAX_STEMS) stems.clear();
    stems.set(word, stem);
  }
  return stem;
}

/**
 * How well a word of a memory matches a query's. Strict: the same word. Normal: also the same stem (plurals,
 * tenses), and a longer word that begins with it. Inside: also one that contains it. Fuzzy: also a word with one
 * slip, two in a long word.
 */
export function levelOf({ word, tolerance }: WordQuery, candidate: string): Level {
  if (candidate === word) return LEVELS.exact;
  if (tolerance === "strict") return LEVELS.none;
  if (stemOf(candidate) === stemOf(word)) return LEVELS.stem;
  if (word.length >= MIN_PREFIX && candidate.startsWith(word)) return LEVELS.prefix;
  if (tolerance === "normal") return LEVELS.none;
  const isSimilar = contains(candidate, word) || (tolerance === "fuzzy" && isMisspelt(word, candidate));
  return isSimilar ? LEVELS.similar : LEVELS.none;
}

/** Whether a word has another in it, perhaps in another number or tense. */
function contains(candidate: string, word: string): boolean {
  return [word, stemOf(word)].some((part) => part.length >= MIN_INFIX && candidate.includes(part));
}

function isMisspelt(word: string, candidate: string): boolean {
  const slips = allowedSlips(word);
  if (slips === 0) return false;
  return isWithin(word, candidate, slips) || isWithin(stemOf(word), stemOf(candidate), slips);
}

// Two letters in five would make every short word match every other.
function allowedSlips(word: string): number {
  return word.length >= 8 ? 2 : word.length >= 4 ? 1 : 0;
}

/**
 * Text that every word that matches starts with, or has in it where the tolerance is `inside`; undefined when
 * there is none, as in a fuzzy search. For a database that can look for text but knows no stems: Porter's rules
 * change the last two letters of a stem at the most.
 */
export function commonStart({ word, tolerance }: WordQuery): string | undefined {
  if (tolerance === "strict") return word;
  if (tolerance === "fuzzy") return undefined;
  const stem = stemOf(word);
  const start = stem.slice(0, Math.max(2, stem.length - 2));
  return word.startsWith(start) ? start : undefined;
}
