/** Rows as they are stored, whatever bytes their texts hold. */
import { Buffer } from "node:buffer";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Prepare } from "../../sqlite_statements.ts";

/** A column's value. */
export type Cell = string | number | bigint | null | UnreadableCell;

/** What a column holds that is neither text nor a number: the end of a sentence about it, and what is left of it. */
export class UnreadableCell {
  constructor(readonly reason: string, readonly stored?: string) {}
}

/** A SELECT in two forms. Each ends where a condition can be added. */
export interface Select {
  /**
   * The bare columns, which is quicker and loses what follows a NUL and what is no Unicode; the last column tells
   * how many bytes of text a row has, so that the loss is seen.
   */
  readonly quick: string;
  /** Texts as bytes, which lose nothing; what was bytes before comes as a text instead. */
  readonly exact: string;
}

/**
 * A SELECT of some columns. `rest` is what follows them. Where columns may hold numbers, the count of bytes leaves
 * them out, which takes a third longer; else a number counts as a loss.
 */
export function selectOf(
  columns: readonly string[],
  { rest, mayHoldNumbers = false }: { rest: string; mayHoldNumbers?: boolean },
): Select {
  const bytes = columns.map((name) =>
    mayHoldNumbers
      ? `iif(typeof(${name}) = 'text', octet_length(${name}), 0)`
      : `ifnull(octet_length(${name}), 0)`
  ).join(" + ");
  const exact = columns.map((name) =>
    `CASE typeof(${name}) WHEN 'text' THEN CAST(${name} AS BLOB) WHEN 'blob' THEN '' ELSE ${name} END`
  );
  return {
    quick: `SELECT ${[...columns, bytes].join(", ")} ${rest}`,
    exact: `SELECT ${exact.join(", ")} ${rest}`,
  };
}

/** Fetches what a statement gives for values of its parameters. */
export type Fetch<Result> = (...values: readonly (string | number)[]) => Result;

type StoredCell = Exclude<Cell, UnreadableCell> | Uint8Array;

/** Fetches the rows of a SELECT. */
export class RowFetcher {
  readonly #encoding: string;
  readonly #decoder: TextDecoder;

  constructor(database: DatabaseSync) {
    this.#encoding = String(database.prepare("PRAGMA encoding").get()!.encoding);
    // Without ignoreBOM, a decoder swallows a leading U+FEFF.
    this.#decoder = new TextDecoder(this.#encoding, { ignoreBOM: true, fatal: true });
  }

  /** What fetches the rows for which `condition` holds too, with values for its parameters. */
  fetcher(prepare: Prepare, { quick, exact }: Select, condition: string): Fetch<Cell[][]> {
    const quickly = prepare(`${quick} ${condition}`, configure);
    return (...values) => {
      const rows = quickly.all(...values) as unknown as Cell[][];
      if (rows.every(isWhole)) return rows;
      const exactly = prepare(`${exact} ${condition}`, configure);
      return (exactly.all(...values) as unknown as StoredCell[][]).map((cells) =>
        cells.map((cell) => {
          if (cell instanceof Uint8Array) return this.#decode(cell);
          return typeof cell === "string" ? new UnreadableCell("is not text") : cell;
        })
      );
    };
  }

  #decode(bytes: Uint8Array): Cell {
    try {
      return this.#decoder.decode(bytes);
    } catch {
      return new UnreadableCell(`is not ${this.#encoding}`, new TextDecoder(this.#encoding).decode(bytes));
    }
  }
}

function configure(statement: StatementSync): StatementSync {
  // In Deno 2.9, but not yet in the types it ships.
  (statement as StatementSync & { setReturnArrays(on: boolean): void }).setReturnArrays(true);
  // Else an integer beyond 2^53 would fail the statement.
  statement.setReadBigInts(true);
  return statement;
}

/**
 * Takes its last cell off a row of a quick statement, which tells how many bytes of text it has, and says whether it
 * is as it is stored: none of it cut at an embedded NUL, none of it bytes, and no U+FFFD, which is also what stands
 * where the bytes were no Unicode.
 */
function isWhole(cells: unknown[]): boolean {
  let missing = Number(cells.pop());
  for (const cell of cells) {
    if (typeof cell === "string") {
      if (cell.includes("\uFFFD")) return false;
      missing -= Buffer.byteLength(cell);
    } else if (cell instanceof Uint8Array) return false;
  }
  return missing === 0;
}
