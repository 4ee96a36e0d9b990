/** The one store of a server: opened at its first use, and used by one call at a time. */
import { asGraphError } from "../errors.ts";
import type { OperationContext, StorePurpose } from "../operations/operation.ts";
import { openFor } from "../operations/memory_stores.ts";
import type { ResolvedEnd } from "../settings.ts";
import type { GraphStore } from "../store/store.ts";

/** What opening a store needs. */
export interface StoreSessionOptions {
  /** The store to open. */
  readonly current: () => Promise<ResolvedEnd>;
  readonly isReadOnly: boolean;
  readonly log: OperationContext["log"];
}

/**
 * Keeps a store open between calls, since opening may take seconds, and lends it to one caller at a time,
 * since calls on a store must not overlap. A borrower gives it back by disposing of it.
 */
export class StoreSession implements AsyncDisposable {
  readonly #options: StoreSessionOptions;
  #store: GraphStore | undefined;
  /** What the store was opened from, and the file that it has open. */
  #opened: { readonly end: ResolvedEnd; readonly file: string | undefined } | undefined;
  #last: Promise<unknown> = Promise.resolve();
  /** While something else writes to the database as a whole. */
  #aside: Promise<void> | undefined;

  constructor(options: StoreSessionOptions) {
    this.#options = options;
  }

  /** Waits for those before it, opens the store where needed, and lends it. */
  async borrow(purpose: StorePurpose): Promise<GraphStore> {
    if (this.#aside && (purpose === "read" || purpose === "search")) return await this.#borrowToRead();
    while (this.#aside) await this.#aside;
    const done = await this.#takeTurn();
    try {
      const store = await this.#current();
      return lend(store, {
        onFailure: (error) => this.#forgetIfBroken(error),
        onReturn: done,
      });
    } catch (error) {
      done();
      throw error;
    }
  }

  /** A store of its own for one call, which makes no database where there is none. */
  async #borrowToRead(): Promise<GraphStore> {
    const { current, log } = this.#options;
    const store = await openFor(await current(), "read", { log });
    return lend(store, {
      onFailure: () => Promise.resolve(),
      onReturn: () => store[Symbol.asyncDispose](),
    });
  }

  /** Closes the store, so that something else can have the database; the next borrower opens it again. */
  async release(): Promise<void> {
    await this.#exclude(() => Promise.resolve());
  }

  /**
   * Runs `action`, which opens the database by itself and writes to it as a whole. Those who read go on meanwhile,
   * unless only one at a time can have it open; others wait, since what they wrote could be undone with the action.
   */
  async stepAside<T>(action: () => Promise<T>): Promise<T> {
    const { backend } = await this.#options.current();
    if (backend.isExclusive) return await this.#exclude(action);
    while (this.#aside) await this.#aside;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#aside = promise;
    try {
      await this.release();
      return await action();
    } finally {
      this.#aside = undefined;
      resolve();
    }
  }

  /** Runs `action` while the store is closed; borrowers wait until it is done. */
  async #exclude<T>(action: () => Promise<T>): Promise<T> {
    const done = await this.#takeTurn();
    try {
      await this.#close();
      return await action();
    } finally {
      done();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    await this.#close();
  }

  /** Waits for those before; the returned function lets the next one in. */
  async #takeTurn(): Promise<() => void> {
    const turn = Promise.withResolvers<void>();
    const before = this.#last;
    this.#last = before.then(() => turn.promise);
    await before;
    return turn.resolve;
  }

  /**
   * The open store, opened where there is none. A file that was deleted or replaced meanwhile, by a rollback or a
   * restored backup, is opened anew: what is written to the old one would be lost with it.
   */
  async #current(): Promise<GraphStore> {
    const { isReadOnly, log, current } = this.#options;
    if (this.#store && this.#opened && await fileOf(this.#opened.end) !== this.#opened.file) {
      log.warn("The database file was deleted or replaced, and is opened anew");
      await this.#close().catch((error) => log.warn(`Closing the old file: ${asGraphError(error).message}`));
    }
    if (this.#store) return this.#store;
    const end = await current();
    const file = await fileOf(end);
    this.#store = await openFor(end, isReadOnly ? "read" : "create", { log });
    this.#opened = { end, file: file ?? await fileOf(end) };
    return this.#store;
  }

  async #close(): Promise<void> {
    const store = this.#store;
    this.#store = undefined;
    await store?.[Symbol.asyncDispose]();
  }

  /** A connection that broke is opened anew by the next call. */
  async #forgetIfBroken(error: unknown): Promise<void> {
    const { code } = asGraphError(error);
    if (code !== "UNREACHABLE" && code !== "STORE_FAILED") return;
    await this.#close().catch(() => {});
  }
}

/**
 * What tells a database file from another one at the same path; undefined where there is none, or where the
 * backend itself puts a new one there each time it saves, and lets nobody else have it meanwhile.
 */
async function fileOf({ backend, settings }: ResolvedEnd): Promise<string | undefined> {
  if (!("path" in backend.config.shape) || backend.isExclusive) return undefined;
  try {
    const { dev, ino } = await Deno.stat(backend.locate(settings).display);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

/** The store for one borrower: disposing of it gives it back, and its failures are seen. */
function lend(
  store: GraphStore,
  { onFailure, onReturn }: {
    onFailure: (error: unknown) => Promise<void>;
    onReturn: () => void | PromiseLike<void>;
  },
): GraphStore {
  let failure: unknown;
  return new Proxy(store, {
    get(target, key) {
      if (key === Symbol.asyncDispose) {
        return async () => {
          if (failure !== undefined) await onFailure(failure);
          await onReturn();
        };
      }
      const value = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        const result = value.apply(target, args);
        if (result instanceof Promise) result.catch((error) => failure = error);
        return result;
      };
    },
  });
}
