/** Reading a whole FalkorDB graph by half-open ranges of internal ids; nothing is sorted or skipped. */
import { GraphError, throwIfInterrupted } from "../../errors.ts";
import { FIRST_PAGE, growth } from "./page_size.ts";

/** How to fetch a page, and what to do when one id alone has more than a page. */
export interface RangeReader<Row> {
  /** Rows whose id is in [from, to), at most `limit` of them; undefined when the server gave up on them. */
  fetch(from: number, to: number, limit: number): Promise<Row[] | undefined>;
  /** Characters in a row's longest text. */
  weigh(row: Row): number;
  /** Pages of the rows of one id that has too many for one page. */
  split?(id: number): AsyncIterable<Row[]>;
}

/** Bounds of a scan. */
export interface RangeOptions {
  /** Asks for the last id, again when it is reached: what was added meanwhile is read too. */
  readonly last: () => Promise<number>;
  readonly first?: number;
  readonly pageSize: number;
  readonly signal?: AbortSignal;
}

/** Relationships are spread unevenly over their sources, so aim below the page. */
const AIM = 0.8;

/**
 * Reads every row once. The width of a range follows what the ranges before held, so that a page is near
 * `pageSize` rows in dense and in sparse parts, and never more, however long the texts are. While a page is
 * consumed the next one is on its way.
 */
export async function* readRanges<Row>(
  reader: RangeReader<Row>,
  options: RangeOptions,
): AsyncIterable<Row[]> {
  const { first = 0, pageSize, signal } = options;
  let width = Math.min(FIRST_PAGE, pageSize);
  let last = await options.last();
  const request = (from: number) => {
    const to = Math.min(from + width, last + 1);
    // One row over the page tells that the range holds more than a page.
    const rows = reader.fetch(from, to, pageSize + 1);
    // Nobody waits for it when the caller stops reading.
    rows.catch(() => {});
    return { to, rows };
  };
  let next: ReturnType<typeof request> | undefined;
  for (let from = first; from <= last || from <= (last = await options.last());) {
    throwIfInterrupted(signal);
    const { to, rows: coming } = next ?? request(from);
    next = undefined;
    const rows = await coming;
    if (rows && rows.length <= pageSize) {
      width = Math.max(1, Math.floor(width * growth(rows, pageSize * AIM, reader.weigh)));
      from = to;
      if (from <= last) next = request(from);
      if (rows.length > 0) yield rows;
    } else if (to - from > 1) width = Math.floor((to - from) / 2);
    else {
      if (!rows || !reader.split) {
        throw new GraphError(
          "STORE_FAILED",
          "The server's time limit is too short to read this graph (raise TIMEOUT)",
        );
      }
      yield* reader.split(from);
      from = to;
    }
  }
}
