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

/** Ranges that are asked for at once: while one reply is decoded the server works on the next. */
const AT_ONCE = 2;

/** A range of ids that the server was asked for. */
interface Requested<Row> {
  readonly from: number;
  readonly to: number;
  readonly rows: Promise<Row[] | undefined>;
}

/**
 * Reads every row once. The width of a range follows what the ranges before held, so that a page is near
 * `pageSize` rows in dense and in sparse parts, and never more, however long the texts are.
 */
export async function* readRanges<Row>(
  reader: RangeReader<Row>,
  options: RangeOptions,
): AsyncIterable<Row[]> {
  const { first = 0, pageSize, signal } = options;
  let width = Math.min(FIRST_PAGE, pageSize);
  let last = await options.last();
  const request = (from: number, to: number): Requested<Row> => {
    // One row over the page tells that the range holds more than a page.
    const rows = reader.fetch(from, to, pageSize + 1);
    // Nobody waits for it when the caller stops reading.
    rows.catch(() => {});
    return { from, to, rows };
  };
  const requested: Requested<Row>[] = [];
  let end = first;
  while (true) {
    throwIfInterrupted(signal);
    for (; requested.length < AT_ONCE && end <= last; end = requested.at(-1)!.to) {
      requested.push(request(end, Math.min(end + width, last + 1)));
    }
    const next = requested.shift();
    if (!next) {
      last = await options.last();
      if (end > last) return;
      continue;
    }
    const { from, to } = next;
    const rows = await next.rows;
    if (rows && rows.length <= pageSize) {
      width = Math.max(1, Math.floor((to - from) * growth(rows, pageSize * AIM, reader.weigh)));
      if (rows.length > 0) yield rows;
    } else if (to - from > 1) {
      width = Math.floor((to - from) / 2);
      requested.unshift(request(from, from + width), request(from + width, to));
    } else {
      if (!rows || !reader.split) {
        throw new GraphError(
          "STORE_FAILED",
          "The server's time limit is too short to read this graph (raise TIMEOUT)",
        );
      }
      yield* reader.split(from);
    }
  }
}
