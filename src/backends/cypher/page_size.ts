/** How large the pages of a scan are, so that long texts do not fill the memory. */
import type { NodeContent, RelationshipContent } from "./values.ts";

/** What is asked for before anything is known about the records. */
export const FIRST_PAGE = 32;
/** Characters in a page, beyond which pages get smaller. */
export const PAGE_CHARACTERS = 8_000_000;

/** Characters in a record's longest text, as far as they matter. */
export function weightOf({ properties: { content, context } }: NodeContent | RelationshipContent): number {
  return typeof content === "string" ? content.length : typeof context === "string" ? context.length : 0;
}

/** Rows like these that make a page of a good size: one at the least, `most` at the most. */
export function goodSize<Row>(rows: readonly Row[], most: number, weigh: (row: Row) => number): number {
  return Math.max(1, Math.min(most, Math.floor(rows.length * PAGE_CHARACTERS / charactersOf(rows, weigh))));
}

/** By how much to ask for more or less after these rows, so that at most `most` rows come. */
export function growth<Row>(rows: readonly Row[], most: number, weigh: (row: Row) => number): number {
  return Math.min(most / Math.max(rows.length, 1), PAGE_CHARACTERS / charactersOf(rows, weigh), 4);
}

function charactersOf<Row>(rows: readonly Row[], weigh: (row: Row) => number): number {
  let characters = 1;
  for (const row of rows) characters += weigh(row);
  return characters;
}
