/** The binary values of Bolt messages (PackStream 1), as far as a proxy has to look into them. */

/** A decoded value. Integers are bigint, so that 1 and 1.0 stay two things. */
export type Packed = null | boolean | bigint | number | string | Packed[] | { [key: string]: Packed };

const utf8 = { encode: new TextEncoder(), decode: new TextDecoder() };

/** Reads values one after the other, or steps over them without decoding. */
export class PackReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
  }

  /** Throws RangeError for structures and byte strings, which no message here has outside of records. */
  read(): Packed {
    const marker = this.#view.getUint8(this.at);
    if (marker === 0xc0) return this.#constant(null);
    if (marker === 0xc2 || marker === 0xc3) return this.#constant(marker === 0xc3);
    if (marker === 0xc1) {
      this.at += 9;
      return this.#view.getFloat64(this.at - 8);
    }
    const integer = this.#integer(marker);
    if (integer !== undefined) return integer;
    const [kind, length] = this.#header(marker);
    switch (kind) {
      case "string":
        this.at += length;
        return utf8.decode.decode(this.#bytes.subarray(this.at - length, this.at));
      case "list":
        return Array.from({ length }, () => this.read());
      case "map": {
        const entries = Array.from({ length }, () => [this.read() as string, this.read()] as const);
        return Object.fromEntries(entries);
      }
      default:
        throw new RangeError(`a ${kind} is not read here`);
    }
  }

  skip(): void {
    const marker = this.#view.getUint8(this.at);
    if (marker === 0xc0 || marker === 0xc2 || marker === 0xc3) this.at += 1;
    else if (marker === 0xc1) this.at += 9;
    else if (this.#integer(marker) === undefined) {
      const [kind, length] = this.#header(marker);
      if (kind === "string" || kind === "bytes") this.at += length;
      else {
        if (kind === "structure") this.at += 1;
        for (let rest = kind === "map" ? 2 * length : length; rest > 0; rest--) this.skip();
      }
    }
  }

  #constant<T>(value: T): T {
    this.at += 1;
    return value;
  }

  #integer(marker: number): bigint | undefined {
    if (marker < 0x80 || marker >= 0xf0) return this.#constant(BigInt.asIntN(8, BigInt(marker)));
    const size = marker >= 0xc8 && marker <= 0xcb ? 2 ** (marker - 0xc8) : 0;
    if (size === 0) return undefined;
    this.at += 1 + size;
    const from = this.at - size;
    if (size === 8) return this.#view.getBigInt64(from);
    if (size === 4) return BigInt(this.#view.getInt32(from));
    return BigInt(size === 2 ? this.#view.getInt16(from) : this.#view.getInt8(from));
  }

  #header(marker: number): [kind: "string" | "list" | "map" | "structure" | "bytes", length: number] {
    const tiny = { 0x80: "string", 0x90: "list", 0xa0: "map", 0xb0: "structure" } as const;
    const kind = tiny[(marker & 0xf0) as keyof typeof tiny];
    if (kind) {
      this.at += 1;
      return [kind, marker & 0x0f];
    }
    // By the marker of the form with a length of one byte; two and four bytes follow it.
    const sized = { 0xcc: "bytes", 0xd0: "string", 0xd4: "list", 0xd8: "map" } as const;
    for (const [first, name] of Object.entries(sized)) {
      const power = marker - Number(first);
      if (power < 0 || power > 2) continue;
      const size = 2 ** power;
      this.at += 1 + size;
      const from = this.at - size;
      const length = size === 4
        ? this.#view.getUint32(from)
        : size === 2
        ? this.#view.getUint16(from)
        : this.#view.getUint8(from);
      return [name, length];
    }
    throw new RangeError(`0x${marker.toString(16)} is no PackStream marker`);
  }
}

/** The bytes of a value. */
export function pack(value: Packed): Uint8Array {
  if (value === null) return Uint8Array.of(0xc0);
  switch (typeof value) {
    case "boolean":
      return Uint8Array.of(value ? 0xc3 : 0xc2);
    case "bigint":
      return withView(9, 0xcb, (view) => view.setBigInt64(1, value));
    case "number":
      return withView(9, 0xc1, (view) => view.setFloat64(1, value));
    case "string": {
      const bytes = utf8.encode.encode(value);
      return concat([withView(5, 0xd2, (view) => view.setUint32(1, bytes.length)), bytes]);
    }
  }
  if (Array.isArray(value)) {
    return concat([withView(5, 0xd6, (view) => view.setUint32(1, value.length)), ...value.map(pack)]);
  }
  const entries = Object.entries(value);
  const header = withView(5, 0xda, (view) => view.setUint32(1, entries.length));
  return concat([header, ...entries.flatMap(([key, item]) => [pack(key), pack(item)])]);
}

/** The bytes of a message: a structure with this signature and these fields. */
export function packMessage(signature: number, ...fields: Packed[]): Uint8Array {
  return concat([Uint8Array.of(0xb0 + fields.length, signature), ...fields.map(pack)]);
}

/** Byte strings one after the other. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function withView(size: number, marker: number, set: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(size);
  bytes[0] = marker;
  set(new DataView(bytes.buffer));
  return bytes;
}
