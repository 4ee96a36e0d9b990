import { GraphError } from "../errors.ts";
import { type JsonValue, parseJson } from "../model/json.ts";
import { Spill } from "./spill.ts";
import { ValueScan } from "./value_scan.ts";

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
const SPACE = 0x20;
const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** An error for a file that is not what it should be. `where` is such as "line 12". */
export function damaged(path: string, where: string, problem: string, cause?: unknown): GraphError {
  const advice = "restore it from a backup or export it again";
  return new GraphError("FILE_INVALID", `File "${path}" is damaged at ${where}: ${problem} (${advice})`, {
    cause,
  });
}

/** Text from a file in quotes, cut to what fits into a message. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The JSON value that bytes hold. Throws SyntaxError, also for what is not UTF-8. */
export function parseBytes(bytes: Uint8Array): JsonValue {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch (cause) {
    throw new SyntaxError("is not UTF-8 text", { cause });
  }
  try {
    return parseJson(text);
  } catch (cause) {
    // The cause's own words may quote the file at length.
    throw new SyntaxError("is not valid JSON", { cause });
  }
}

/** Walks through one JSON text, value by value. Throws FILE_INVALID with the place of what is wrong. */
export class JsonScanner {
  readonly #path: string;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);
  #index = 0;
  #chunkOffset = 0;
  readonly #spill = new Spill();

  constructor(path: string, chunks: AsyncIterator<Uint8Array>) {
    this.#path = path;
    this.#chunks = chunks;
  }

  /** Bytes passed so far, counted after decompression. */
  get offset(): number {
    return this.#chunkOffset + this.#index;
  }

  /** The next byte that is not white space, as a character, without passing it; "" at the end. */
  async peek(): Promise<string> {
    if (this.offset === 0 && this.#chunk.length === 0) await this.#skipByteOrderMark();
    while (true) {
      while (this.#index < this.#chunk.length) {
        const byte = this.#chunk[this.#index]!;
        if (byte !== SPACE && byte !== LINE_FEED && byte !== CARRIAGE_RETURN && byte !== TAB) {
          return String.fromCharCode(byte);
        }
        this.#index++;
      }
      if (!await this.#fill()) return "";
    }
  }

  /** Passes one of the expected characters and returns it. `place` completes the error message. */
  async take(expected: string, place: string): Promise<string> {
    const found = await this.peek();
    if (found !== "" && expected.includes(found)) {
      this.#index++;
      return found;
    }
    const wanted = [...expected].map((character) => JSON.stringify(character)).join(" or ");
    throw this.fail(`expected ${wanted} ${place}, found ${found === "" ? "the end" : JSON.stringify(found)}`);
  }

  /** Passes the next value and returns its bytes, which are good until the next call. */
  async skipValue(what: string): Promise<Uint8Array> {
    if (await this.peek() === "") throw this.fail(`the file ends where ${what} should be`);
    const start = this.offset;
    const scan = new ValueScan();
    while (true) {
      let end: number;
      try {
        end = scan.scan(this.#chunk, this.#index);
      } catch (error) {
        throw damaged(this.#path, `byte ${start}`, `${what} ${(error as Error).message}`, error);
      }
      const part = this.#chunk.subarray(this.#index, end < 0 ? undefined : end);
      this.#index += part.length;
      if (end >= 0 && this.#spill.length === 0) return part;
      this.#spill.append(part);
      if (end >= 0 || (!await this.#fill() && scan.isScalar)) return this.#spill.take();
      if (this.#chunk.length === 0) throw this.fail(`the file ends within ${what}`);
    }
  }

  /** Passes the next value and returns it parsed. */
  async takeValue(what: string): Promise<JsonValue> {
    const bytes = await this.skipValue(what);
    try {
      return parseBytes(bytes);
    } catch (error) {
      throw damaged(
        this.#path,
        `byte ${this.offset - bytes.length}`,
        `${what} ${(error as Error).message}`,
        error,
      );
    }
  }

  /** An error at the present place. */
  fail(problem: string): GraphError {
    return damaged(this.#path, `byte ${this.offset}`, problem);
  }

  async #fill(): Promise<boolean> {
    const { value, done } = await this.#chunks.next();
    this.#chunkOffset += this.#chunk.length;
    this.#index = 0;
    this.#chunk = done ? new Uint8Array(0) : value;
    return !done;
  }

  async #skipByteOrderMark(): Promise<void> {
    await this.#fill();
    if (BYTE_ORDER_MARK.every((byte, index) => this.#chunk[index] === byte)) {
      this.#index = BYTE_ORDER_MARK.length;
    }
  }
}
