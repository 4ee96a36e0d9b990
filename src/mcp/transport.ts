import process from "node:process";
import type { JSONRPCMessage } from "@modelcontextprotocol/server";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";

/** The longest message that is taken: more than any memory is, and little enough to be held. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
/** How long answers that are on their way may take after the input has ended. */
const LAST_ANSWERS_MS = 10_000;

/**
 * Stdio as the transport, which answers what it was asked before its input ended: `printf ... | memorygraph`
 * gets its answers.
 */
export class PatientStdioTransport extends StdioServerTransport {
  readonly #unanswered = new Set<string | number>();
  readonly #ended = Promise.withResolvers<void>();
  #onAnswered: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor() {
    super(process.stdin, process.stdout, { maxBufferSize: MAX_MESSAGE_BYTES });
  }

  /** Resolves once the connection has ended. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  override async start(): Promise<void> {
    const receive = this.onmessage;
    this.onmessage = (message) => {
      if ("method" in message && "id" in message) this.#unanswered.add(message.id!);
      // Such a request is not answered any more.
      if ("method" in message && message.method === "notifications/cancelled") {
        this.#settle(message.params?.requestId as string | number);
      }
      receive?.(message);
    };
    await super.start();
  }

  override async send(message: JSONRPCMessage): Promise<void> {
    await super.send(message);
    if ("id" in message && !("method" in message)) this.#settle(message.id!);
  }

  #settle(id: string | number): void {
    this.#unanswered.delete(id);
    if (this.#unanswered.size === 0) this.#onAnswered?.();
  }

  /** Waits for no answer any more. */
  abandon(): void {
    this.#unanswered.clear();
    this.#onAnswered?.();
  }

  override close(): Promise<void> {
    return this.#closing ??= this.#closeAfterAnswers();
  }

  async #closeAfterAnswers(): Promise<void> {
    if (this.#unanswered.size > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onAnswered = resolve;
      const timer = setTimeout(resolve, LAST_ANSWERS_MS);
      await promise;
      clearTimeout(timer);
    }
    await super.close();
    this.#ended.resolve();
  }
}
