import { concat } from "./packstream.ts";

/** First bytes of a Bolt handshake; https://neo4j.com/docs/bolt/current/bolt/handshake/ */
const MAGIC = Uint8Array.of(0x60, 0x60, 0xb0, 0x17);
const VERSION = Uint8Array.of(0, 0, 2, 5);
const LARGEST_CHUNK = 0xffff;

/** A connection that carries Bolt 5.2 messages. */
export class BoltChannel {
  readonly #connection: Deno.TcpConn;
  #buffer: Uint8Array = new Uint8Array(0);

  constructor(connection: Deno.TcpConn) {
    // Else each small message waits 40 ms for the acknowledgement of the one before.
    connection.setNoDelay();
    this.#connection = connection;
  }

  /** Answers a client's handshake. False, after saying so on the wire, when it does not speak Bolt 5.2. */
  async accept(): Promise<boolean> {
    const hello = await this.#take(20);
    if (!hello || MAGIC.some((byte, index) => hello[index] !== byte)) return false;
    let speaks = false;
    for (let at = 4; at < 20; at += 4) {
      // A proposal is a range of minor versions below the one given.
      const [range, minor, major] = [hello[at + 1]!, hello[at + 2]!, hello[at + 3]!];
      if (major === 5 && minor >= 2 && minor - range <= 2) speaks = true;
    }
    await this.#write(speaks ? VERSION : new Uint8Array(4));
    return speaks;
  }

  /** Asks a server for Bolt 5.2. Throws when it does not speak it. */
  async propose(): Promise<void> {
    await this.#write(concat([MAGIC, VERSION, new Uint8Array(12)]));
    const answer = await this.#take(4);
    if (!answer || VERSION.some((byte, index) => answer[index] !== byte)) {
      throw new Error("The server behind the stand-in does not speak Bolt 5.2");
    }
  }

  /** The next message; undefined at the end of the connection. */
  async receive(): Promise<Uint8Array | undefined> {
    const chunks: Uint8Array[] = [];
    for (;;) {
      const header = await this.#take(2);
      if (!header) return undefined;
      const length = header[0]! * 256 + header[1]!;
      if (length > 0) {
        const chunk = await this.#take(length);
        if (!chunk) return undefined;
        chunks.push(chunk);
      } // An empty chunk ends a message; one before a message is there to keep the connection alive.
      else if (chunks.length > 0) return concat(chunks);
    }
  }

  async send(...messages: readonly Uint8Array[]): Promise<void> {
    const parts: Uint8Array[] = [];
    for (const message of messages) {
      for (let at = 0; at < message.length; at += LARGEST_CHUNK) {
        const chunk = message.subarray(at, at + LARGEST_CHUNK);
        parts.push(Uint8Array.of(chunk.length >> 8, chunk.length & 0xff), chunk);
      }
      parts.push(new Uint8Array(2));
    }
    await this.#write(concat(parts));
  }

  close(): void {
    try {
      this.#connection.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    while (bytes.length > 0) bytes = bytes.subarray(await this.#connection.write(bytes));
  }

  async #take(length: number): Promise<Uint8Array | undefined> {
    const parts: Uint8Array[] = [];
    let missing = length;
    while (missing > 0) {
      if (this.#buffer.length === 0) {
        const next = new Uint8Array(65_536);
        const read = await this.#connection.read(next).catch(() => null);
        if (read === null) return undefined;
        this.#buffer = next.subarray(0, read);
      }
      const part = this.#buffer.subarray(0, missing);
      this.#buffer = this.#buffer.subarray(part.length);
      missing -= part.length;
      parts.push(part);
    }
    return parts.length === 1 ? parts[0] : concat(parts);
  }
}
