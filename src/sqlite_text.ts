/** Text columns of SQLite, read without losing what follows an embedded NUL. */

/** A text column's value; bytes stand for text that holds a NUL, null for what is not text. */
export type TextCell = string | Uint8Array | null;

/**
 * A column as an expression that loses nothing: node:sqlite cuts text at an embedded NUL, so such text is
 * read as bytes. Whatever is not text comes as null.
 */
export function textCell(column: string): string {
  return `CASE WHEN typeof(${column}) <> 'text' THEN NULL ` +
    `WHEN instr(${column}, char(0)) > 0 THEN CAST(${column} AS BLOB) ELSE ${column} END`;
}

// Without the option, a decoder swallows a leading U+FEFF.
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** The text of a cell; undefined for null. */
export function textOf(cell: TextCell | undefined): string | undefined {
  return cell instanceof Uint8Array ? utf8.decode(cell) : cell ?? undefined;
}
