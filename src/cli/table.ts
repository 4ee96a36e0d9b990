/** Tables for a person at a terminal, fitted to its width. */
import stringWidth from "string-width";
import type { Cell, Column, DrawTable } from "../operations/operation.ts";
import { printable } from "./output.ts";

const GAP = "  ";
const CUT = "…";

/** Draws tables that are at the most so many columns of the terminal wide. */
export function createTable(width: number): DrawTable {
  return (columns, rows) => {
    const texts = rows.map((row) => columns.map((_, index) => textOf(row[index])));
    const natural = columns.map(({ name }, index) =>
      texts.reduce((most, row) => Math.max(most, stringWidth(row[index]!)), stringWidth(name))
    );
    const isNumber = columns.map((_, index) => rows.every((row) => typeof row[index] !== "string"));
    const fitted = fit(columns, natural, width);
    const line = (row: readonly string[]) =>
      cut(
        fitted.map(({ index, size }) => pad(row[index]!, size, isNumber[index]!)).join(GAP).trimEnd(),
        width,
      );
    return [columns.map(({ name }) => name), ...texts].map(line).join("\n");
  };
}

function textOf(cell: Cell): string {
  return printable(String(cell ?? "").replace(/\s+/g, " ").trim());
}

interface Fitted {
  readonly index: number;
  size: number;
}

/** The columns for which there is room: the last extra ones go first, then the widest are cut. */
function fit(columns: readonly Column[], natural: readonly number[], width: number): Fitted[] {
  const fitted: Fitted[] = natural.map((size, index) => ({ index, size }));
  const leastOf = ({ index }: Fitted) => Math.min(natural[index]!, columns[index]!.least ?? Infinity);
  const isTooWide = (sizeOf: (column: Fitted) => number) =>
    fitted.reduce((sum, column) => sum + sizeOf(column) + GAP.length, -GAP.length) > width;
  while (isTooWide(leastOf)) {
    const last = fitted.findLastIndex(({ index }) => columns[index]!.isExtra);
    if (last === -1) break;
    fitted.splice(last, 1);
  }
  while (isTooWide(({ size }) => size)) {
    const [widest] = fitted.filter((column) => column.size > leastOf(column)).sort((a, b) => b.size - a.size);
    if (widest === undefined) break;
    widest.size--;
  }
  return fitted;
}

function pad(text: string, size: number, isNumber: boolean): string {
  const shown = cut(text, size);
  const space = " ".repeat(size - stringWidth(shown));
  return isNumber ? space + shown : shown + space;
}

const segmenter = new Intl.Segmenter();

/** The text's beginning in at the most so many columns; no character is cut in two. */
function cut(text: string, size: number): string {
  if (stringWidth(text) <= size) return text;
  let [kept, used] = ["", stringWidth(CUT)];
  for (const { segment } of segmenter.segment(text)) {
    used += stringWidth(segment);
    if (used > size) break;
    kept += segment;
  }
  return kept.trimEnd() + CUT;
}
