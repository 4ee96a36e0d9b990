/** A search as asked for, and as a plan of words to look up. */
import { type Tolerance, wantedWordsOf, type WordQuery, wordsOf } from "./words.ts";

/** What is searched for; every member narrows the search, and none is needed. */
export interface SearchQuery {
  /** Words in a sentence. With tolerance `strict` they must follow one another as written. */
  readonly query?: string;
  /** Several words or phrases, each a term of its own. */
  readonly terms?: readonly string[];
  /** Whether one term is enough or all must be found. */
  readonly matchMode?: "any" | "all";
  readonly tolerance?: Tolerance;
  readonly memoryTypes?: readonly string[];
  /** One of them must be among the memory's tags. */
  readonly tags?: readonly string[];
  readonly projectPath?: string;
  readonly minImportance?: number;
  readonly createdAfter?: string;
  readonly createdBefore?: string;
  /** A relationship of one of these types must touch the memory and be valid now. */
  readonly relationshipFilter?: readonly string[];
  /** Only these memories. */
  readonly within?: ReadonlySet<string>;
  readonly limit: number;
  readonly offset?: number;
}

/** A term: words that must all be found, or, as a phrase, follow one another. */
export interface Term {
  readonly text: string;
  readonly words: readonly WordQuery[];
  readonly isPhrase: boolean;
}

// Words that say nothing by themselves. They are looked for where nothing else is.
const STOP_WORDS = new Set(
  ("a about all also am an and any are as at be been being but by can could did do does for from get got had has " +
    "have he her his how i if in into is it its know like may me might my no not of on or our out over she should so " +
    "some tell than that the their them then there these they this those to up us very was we were what when where " +
    "which who whom whose why will with would you your").split(" "),
);

/** The terms of a search; none when it has no words. */
export function planTerms({ query = "", terms = [], tolerance = "normal" }: SearchQuery): Term[] {
  // Words that have to follow one another are looked for as all that a text has.
  const cut = tolerance === "strict" ? wordsOf : wantedWordsOf;
  const planned = terms.map((text) => termOf(text, cut(text), tolerance));
  const words = cut(query);
  if (tolerance === "strict") planned.push(termOf(query, words, tolerance));
  else {
    const telling = words.filter((word) => !STOP_WORDS.has(word));
    for (const word of telling.length > 0 ? telling : words) planned.push(termOf(word, [word], tolerance));
  }
  const distinct = new Map(planned.map((term) => [term.words.map(({ word }) => word).join(" "), term]));
  distinct.delete("");
  return [...distinct.values()];
}

/** Whether the search has text, even if there is no word in it. */
export function hasText({ query = "", terms = [] }: SearchQuery): boolean {
  return query.trim() !== "" || terms.some((term) => term.trim() !== "");
}

/**
 * A term that is found nowhere as it is, to be looked for inside longer words: `fehler` in `Verbindungsfehler`.
 * Undefined where the search does not ask for that: strict takes words as they are, and fuzzy looks inside anyway.
 */
export function widened(term: Term): Term | undefined {
  if (term.words.some(({ tolerance }) => tolerance !== "normal")) return undefined;
  return { ...term, words: term.words.map(({ word }) => ({ word, tolerance: "inside" })) };
}

function termOf(text: string, words: readonly string[], tolerance: Tolerance): Term {
  return {
    text: text.trim(),
    words: words.map((word) => ({ word, tolerance })),
    isPhrase: tolerance === "strict" && words.length > 1,
  };
}
