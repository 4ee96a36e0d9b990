/** Why a memory was found, for whoever reads the result. */
import type { Memory } from "../model/memory.ts";
import { bestLevel, FIELD_NAMES, levelIn, memoryWords, type SearchedField } from "./hits.ts";
import type { Term } from "./query.ts";
import { findTerm } from "./scan.ts";
import { LEVELS } from "./words.ts";

/** How well a search's words match a memory. */
export interface Match {
  /** High: a word in the title or a tag as it is, or its plural or tense. Low: only words that resemble. */
  readonly quality: "high" | "medium" | "low" | "none";
  readonly fields: readonly SearchedField[];
  /** The terms of the search that were found. */
  readonly terms: readonly string[];
}

/** Describes the match of a memory that was found. */
export function describeMatch(memory: Memory, terms: readonly Term[]): Match {
  if (terms.length === 0) return { quality: "none", fields: [], terms: [] };
  const words = memoryWords(memory);
  const hits = terms.map((term) => ({ text: term.text, hit: findTerm(term, words) })).filter(({ hit }) =>
    hit
  );
  const isIn = (field: SearchedField, level: number) => hits.some(({ hit }) => levelIn(hit, field) >= level);
  const isHigh = isIn("title", LEVELS.stem) || isIn("tags", LEVELS.stem);
  const isMedium = hits.some(({ hit }) => bestLevel(hit) >= LEVELS.stem);
  return {
    quality: isHigh ? "high" : isMedium ? "medium" : "low",
    fields: FIELD_NAMES.filter((field) => isIn(field, LEVELS.similar)),
    terms: hits.map(({ text }) => text),
  };
}
