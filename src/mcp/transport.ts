import process from "node:process";
import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/server";
import { type Line, LineSplitter } from "./lines.ts";
import { type ErrorAnswer, readMessages, type Refusal, refuseLong } from "./messages.ts";

/** The longest message that is taken: more than any memory is, and little enough to be held. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
/** How long answers that are on their way may take after the input has ended. */
const LAST_ANSWERS_MS = 10_000;

/**
 * Stdio as the transport, which answers what it was asked before its input ended: `printf ... | memorygraph`
 * gets its answers. A line that is no message is answered with an error, and the next one is read: the SDK's
 * own transport ends at a long line, and takes time that grows with the square of a line's length.
 */
export class PatientStdioTransport implements Transport {
  onclose?: Transport["onclose"];
  onerror?: Transport["onerror"];
  onmessage?: Transport["onmessage"];
  readonly #lines = new LineSplitter(MAX_MESSAGE_BYTES);
  /** Requests that an answer is due to, and answers to lines that are no requests. */
  readonly #unanswered = new Set<string | number | ErrorAnswer>();
  readonly #ended = Promise.withResolvers<void>();
  #onAnswered: (() => void) | undefined;
  #closing: Promise<void> | undefined;
  #isClosed = false;

  readonly #onData = (bytes: Uint8Array) => {
    for (const line of this.#lines.push(bytes)) this.#receive(line);
  };
  readonly #onEnd = () => {
    for (const line of this.#lines.end()) this.#receive(line);
    this.#closeQuietly();
  };
  readonly #onInputError = (error: Error) => this.onerror?.(error);
  /** Whoever read the answers is gone; nobody waits for those that are on their way. */
  readonly #onOutputError = (error: Error) => {
    if (this.#isClosed) return;
    if (this.#closing === undefined) this.onerror?.(error);
    this.abandon();
    this.#closeQuietly();
  };

  /** Resolves once the connection has ended. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  start(): Promise<void> {
    const { stdin, stdout } = process;
    // It stays when the connection has ended: an error of the last write may come later.
    stdout.on("error", this.#onOutputError);
    stdin.on("data", this.#onData);
    stdin.on("error", this.#onInputError);
    stdin.on("end", this.#onEnd);
    stdin.on("close", this.#onEnd);
    if (stdin.readableEnded || stdin.destroyed) setTimeout(this.#onEnd);
    return Promise.resolve();
  }

  #receive(line: Line): void {
    if (!("bytes" in line)) return this.#refuse(refuseLong(line.skippedBytes, MAX_MESSAGE_BYTES));
    for (const received of readMessages(line.bytes)) {
      if ("reason" in received) this.#refuse(received);
      else this.#deliver(received.message);
    }
  }

  #refuse({ reason, answer }: Refusal): void {
    this.onerror?.(new Error(reason));
    if (!answer) return;
    this.#unanswered.add(answer);
    this.#write(answer).catch(() => {}).finally(() => this.#settle(answer));
  }

  #deliver(message: JSONRPCMessage): void {
    if ("method" in message && "id" in message) this.#unanswered.add(message.id!);
    // Such a request is not answered any more.
    if ("method" in message && message.method === "notifications/cancelled") {
      this.#settle(message.params?.requestId as string | number);
    }
    this.onmessage?.(message);
  }

  async send(message: JSONRPCMessage): Promise<void> {
    try {
      await this.#write(message);
    } finally {
      if ("id" in message && !("method" in message)) this.#settle(message.id!);
    }
  }

  async #write(message: JSONRPCMessage | ErrorAnswer): Promise<void> {
    if (this.#isClosed) throw new Error("The connection has ended");
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    process.stdout.write(JSON.stringify(message) + "\n", (error) => error ? reject(error) : resolve());
    await promise;
  }

  #settle(answered: string | number | ErrorAnswer): void {
    this.#unanswered.delete(answered);
    if (this.#unanswered.size === 0) this.#onAnswered?.();
  }

  /** Waits for no answer any more. */
  abandon(): void {
    this.#unanswered.clear();
    this.#onAnswered?.();
  }

  close(): Promise<void> {
    return this.#closing ??= this.#closeAfterAnswers();
  }

  #closeQuietly(): void {
    this.close().catch(() => {});
  }

  async #closeAfterAnswers(): Promise<void> {
    if (this.#unanswered.size > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onAnswered = resolve;
      const timer = setTimeout(resolve, LAST_ANSWERS_MS);
      await promise;
      clearTimeout(timer);
    }
    this.#isClosed = true;
    const { stdin } = process;
    stdin.off("data", this.#onData);
    stdin.off("error", this.#onInputError);
    stdin.off("end", this.#onEnd);
    stdin.off("close", this.#onEnd);
    stdin.pause();
    this.onclose?.();
    this.#ended.resolve();
  }
}
