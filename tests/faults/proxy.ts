/** A TCP proxy that breaks one connection, once, in a way and at a byte of the test's choice. */

/** What is done to what goes through, once `at` bytes have gone in that direction. */
export interface ConnectionFault {
  /** `cut`: the connection ends. `halve`: half of what was sent still arrives. `corrupt`: one byte is another. */
  readonly sort: "cut" | "halve" | "corrupt";
  readonly direction: "up" | "down";
  readonly at: number;
}

/** How long a connection lives on after a byte of it was corrupted: its reader may wait for bytes that never come. */
const AFTERLIFE_MS = 300;

/** A proxy in front of a server. */
export class FaultyProxy implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open = new Set<Deno.Conn>();
  readonly #running: Promise<void>;
  readonly #target: { hostname: string; port: number };
  /** Bytes that have gone through so far. */
  readonly bytes = { up: 0, down: 0 };
  /** The fault to come; gone once it has struck. */
  fault: ConnectionFault | undefined;
  /** Waited before every piece is passed on. */
  delayMs = 0;

  constructor(uri: string) {
    const { hostname, port } = new URL(uri.replace(/^[a-z0-9+]+:/i, "http:"));
    this.#target = { hostname, port: Number(port) };
    this.#running = this.#accept();
  }

  /** The URI of the server through this proxy. */
  through(uri: string): string {
    const { port } = this.#listener.addr as Deno.NetAddr;
    return uri.replace(/(:\/\/)[^/@]+(?=\/|$)/, `$1127.0.0.1:${port}`);
  }

  async #accept(): Promise<void> {
    const connections: Promise<void>[] = [];
    for await (const client of this.#listener) connections.push(this.#join(client));
    await Promise.all(connections);
  }

  async #join(client: Deno.Conn): Promise<void> {
    const server = await Deno.connect(this.#target);
    const both = [client, server];
    for (const connection of both) this.#open.add(connection);
    const close = () => both.forEach((connection) => this.#close(connection));
    await Promise.all([
      this.#pump("up", { from: client, to: server, close }),
      this.#pump("down", { from: server, to: client, close }),
    ]);
  }

  async #pump(
    direction: "up" | "down",
    { from, to, close }: { from: Deno.Conn; to: Deno.Conn; close: () => void },
  ): Promise<void> {
    const buffer = new Uint8Array(16 * 1024);
    try {
      for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
        if (this.delayMs > 0) await new Promise((resume) => setTimeout(resume, this.delayMs));
        const start = this.bytes[direction];
        this.bytes[direction] += count;
        const { fault } = this;
        const strikes = fault?.direction === direction && fault.at < this.bytes[direction];
        const piece = buffer.subarray(0, count);
        if (!strikes) {
          await writeAll(to, piece);
          continue;
        }
        this.fault = undefined;
        if (fault.sort === "cut") break;
        if (fault.sort === "halve") {
          await writeAll(to, piece.subarray(0, count >> 1));
          break;
        }
        piece[Math.max(0, fault.at - start)]! ^= 0x15;
        await writeAll(to, piece);
        setTimeout(close, AFTERLIFE_MS);
      }
    } catch {
      // The other direction has closed both.
    }
    close();
  }

  #close(connection: Deno.Conn): void {
    if (!this.#open.delete(connection)) return;
    connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) this.#close(connection);
    await this.#running;
    // A close that was put off finds nothing left to close.
    await new Promise((resume) => setTimeout(resume, AFTERLIFE_MS));
  }
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) written += await connection.write(bytes.subarray(written));
}
