/** Lines out of a stream of bytes. */
import { Buffer } from "node:buffer";

const NEWLINE = 0x0a;

/** A line without its end, or one that was longer than is taken. */
export type Line = { readonly bytes: Uint8Array } | { readonly skippedBytes: number };

/** Splits bytes at newlines, in time that grows with their number: a line may come in thousands of pieces. */
export class LineSplitter {
  readonly #maxBytes: number;
  #pieces: Uint8Array[] = [];
  /** Length of the line so far; its pieces are dropped once it is too long. */
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that end in these bytes. */
  *push(bytes: Uint8Array): Generator<Line> {
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      this.#add(bytes.subarray(start, end));
      yield this.#take();
      start = end + 1;
    }
    this.#add(bytes.subarray(start));
  }

  /** The last line, where it has no newline. */
  *end(): Generator<Line> {
    if (this.#length > 0) yield this.#take();
  }

  #add(piece: Uint8Array): void {
    this.#length += piece.length;
    if (this.#length > this.#maxBytes) this.#pieces = [];
    else if (piece.length > 0) this.#pieces.push(piece);
  }

  #take(): Line {
    const [pieces, length] = [this.#pieces, this.#length];
    [this.#pieces, this.#length] = [[], 0];
    return length > this.#maxBytes ? { skippedBytes: length } : { bytes: Buffer.concat(pieces, length) };
  }
}
