/** The head of a Redis RDB file, read without an engine: who wrote it, and in which versions of the format. */
import { GraphError } from "../../errors.ts";

/** What the head of an RDB file says. */
export interface RdbHeader {
  /** The format's version: the digits of `REDIS0012`. */
  readonly version: number;
  /** Such as "Redis 8.2.3"; undefined when the file does not say. */
  readonly writer?: string;
  /** The version of FalkorDB's own encoding (18 is FalkorDB 4.16), when a module with state wrote it. */
  readonly graphEncoding?: number;
}

const HEAD_BYTES = 16 * 1024;
/** 9 bytes of magic, the end marker and a checksum: the shortest file that Redis 5 or later writes. */
const SHORTEST = 18;
const END_MARKER = 0xff;
const AUX_FIELD = 0xfa;
const MODULE_AUX = 0xf7;

/**
 * Reads the head of the file at `path`, and its end, without changing anything. Throws UNKNOWN_LAYOUT when it
 * is not a whole RDB file.
 */
export async function readRdbHeader(path: string): Promise<RdbHeader> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  const head = await readAt(file, 0, Math.min(size, HEAD_BYTES));
  if (size === 0) throw notRdb(path, "is empty (restore it from a backup, or delete it to start anew)");
  const magic = /^(?:REDIS|VALKEY)(\d{3,4})/.exec(latin1(head.subarray(0, 10)));
  if (!magic) throw notRdb(path, `is not a FalkorDBLite file: it is ${describe(head)}`);
  const version = Number(magic[1]);
  // A newer format is not judged by the rules of the known ones.
  const ended = version > 80 || (size >= SHORTEST && (await readAt(file, size - 9, 1))[0] === END_MARKER);
  if (!ended) {
    throw notRdb(
      path,
      `is cut off after ${size} bytes, as by an interrupted copy (restore it from a backup)`,
    );
  }
  return { version, ...readFields(head, magic[0].length) };
}

/** A header in words: "Redis file format 12, written by Redis 8.2.3, FalkorDB encoding 18". */
export function describeHeader({ version, writer, graphEncoding }: RdbHeader): string {
  const facts = [`Redis file format ${version}`];
  if (writer) facts.push(`written by ${writer}`);
  if (graphEncoding) facts.push(`FalkorDB encoding ${graphEncoding}`);
  return facts.join(", ");
}

function notRdb(path: string, what: string): GraphError {
  return new GraphError("UNKNOWN_LAYOUT", `"${path}" ${what}`);
}

function describe(head: Uint8Array): string {
  const text = latin1(head.subarray(0, 16));
  if (text.startsWith("SQLite format 3\0")) return "a SQLite database (use the backend sqlite)";
  if (/^\s*[{[]/.test(text)) return "JSON text (use the import command)";
  // deno-lint-ignore no-control-regex
  const shown = text.slice(0, 9).replace(/[\0-\x1f\x7f-\xff"]/g, "?");
  return `a file that begins with "${shown}" where a Redis file has "REDIS"`;
}

/** Reads the fields before the first database. Whatever it does not know ends it: nothing depends on more. */
function readFields(head: Uint8Array, start: number): Omit<RdbHeader, "version"> {
  const reader = new Reader(head, start);
  const fields = new Map<string, string>();
  let graphEncoding: number | undefined;
  try {
    while (true) {
      const opcode = reader.byte();
      if (opcode === AUX_FIELD) fields.set(reader.text(), reader.text());
      else if (opcode === MODULE_AUX) {
        const id = reader.length();
        if (moduleName(id).startsWith("graph")) graphEncoding = Number(id & 0x3ffn);
        reader.skipModuleData();
      } else break;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  const redis = fields.get("redis-ver"), valkey = fields.get("valkey-ver");
  return { writer: valkey ? `Valkey ${valkey}` : redis ? `Redis ${redis}` : undefined, graphEncoding };
}

const MODULE_NAME_CHARS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** A module type's id is nine characters of six bits, then ten bits of encoding version. */
function moduleName(id: bigint): string {
  let name = "";
  for (let shift = 58n; shift >= 10n; shift -= 6n) name += MODULE_NAME_CHARS[Number((id >> shift) & 63n)];
  return name;
}

/** Reads RDB's encodings. Throws RangeError past the end or at an encoding it does not know. */
class Reader {
  readonly #view: DataView;
  #at: number;

  constructor(bytes: Uint8Array, start: number) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
  }

  byte(): number {
    return this.#view.getUint8(this.#at++);
  }

  length(): bigint {
    const first = this.byte();
    if (first < 0x40) return BigInt(first);
    if (first < 0x80) return BigInt((first & 0x3f) << 8 | this.byte());
    if (first === 0x80) return BigInt(this.#view.getUint32(this.#skip(4)));
    if (first === 0x81) return this.#view.getBigUint64(this.#skip(8));
    throw new RangeError("not a plain length");
  }

  text(): string {
    const first = this.#view.getUint8(this.#at);
    if (first < 0xc0) {
      const length = Number(this.length());
      const from = this.#skip(length);
      if (this.#at > this.#view.byteLength) throw new RangeError("past the end");
      return latin1(new Uint8Array(this.#view.buffer, this.#view.byteOffset + from, length));
    }
    this.#at++;
    if (first === 0xc0) return String(this.#view.getInt8(this.#skip(1)));
    if (first === 0xc1) return String(this.#view.getInt16(this.#skip(2), true));
    if (first === 0xc2) return String(this.#view.getInt32(this.#skip(4), true));
    throw new RangeError("compressed text");
  }

  /** Values, each after its kind: 1 and 2 integers, 3 a float, 4 a double, 5 text; 0 ends them. */
  skipModuleData(): void {
    for (let kind = this.length(); kind !== 0n; kind = this.length()) {
      if (kind === 1n || kind === 2n) this.length();
      else if (kind === 3n) this.#skip(4);
      else if (kind === 4n) this.#skip(8);
      else if (kind === 5n) this.text();
      else throw new RangeError("unknown kind of value");
    }
  }

  #skip(count: number): number {
    const from = this.#at;
    this.#at += count;
    return from;
  }
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

async function readAt(file: Deno.FsFile, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  await file.seek(offset, Deno.SeekMode.Start);
  let filled = 0;
  while (filled < length) {
    const count = await file.read(bytes.subarray(filled));
    if (count === null) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}
