import type {
  Batch,
  Capabilities,
  Counts,
  GraphStore,
  ReadOptions,
  StoreHealth,
  StoreLocation,
  WriteOptions,
} from "../../store/store.ts";
import type { StoreQueries } from "../../store/queries.ts";
import type { Memory } from "../../model/memory.ts";
import type { Relationship, RelationshipRef } from "../../model/relationship.ts";
import type { Session } from "./session.ts";

/**
 * A FalkorDB store with the engine that serves it. Disposing of it also ends the session, and only then is
 * what was written in the file. A lost connection means that the engine ended, and its log says why.
 */
export class FalkorDbLiteStore implements GraphStore {
  readonly location: StoreLocation;
  readonly capabilities: Capabilities;
  readonly #store: GraphStore;
  readonly #session: Session;

  constructor(store: GraphStore, session: Session) {
    this.location = store.location;
    // Nobody else writes to what it reads: a private copy, or a file that is locked.
    this.capabilities = { ...store.capabilities, snapshotReads: true };
    this.#store = store;
    this.#session = session;
  }

  ensureSchema(): Promise<void> {
    return this.#explained(this.#store.ensureSchema());
  }

  finishLoad(): Promise<void> {
    return this.#explained(this.#store.finishLoad());
  }

  count(): Promise<Counts> {
    return this.#explained(this.#store.count());
  }

  async *read(options?: ReadOptions): AsyncIterable<Batch> {
    try {
      yield* this.#store.read(options);
    } catch (error) {
      throw await explainLoss(error, this.#session);
    }
  }

  readMemories(ids: readonly string[]): Promise<Memory[]> {
    return this.#explained(this.#store.readMemories(ids));
  }

  readRelationships(refs: readonly RelationshipRef[]): Promise<Relationship[]> {
    return this.#explained(this.#store.readRelationships(refs));
  }

  write(batch: Batch, options: WriteOptions): Promise<void> {
    return this.#explained(this.#store.write(batch, options));
  }

  get writeEncoded(): GraphStore["writeEncoded"] {
    const write = this.#store.writeEncoded;
    return write && ((kind, records) => this.#explained(write(kind, records)));
  }

  deleteMemories(ids: readonly string[], options?: { detach?: boolean }): Promise<void> {
    return this.#explained(this.#store.deleteMemories(ids, options));
  }

  deleteRelationships(refs: readonly RelationshipRef[]): Promise<void> {
    return this.#explained(this.#store.deleteRelationships(refs));
  }

  health(): Promise<StoreHealth> {
    return this.#explained(this.#store.health());
  }

  get queries(): StoreQueries | undefined {
    const { queries } = this.#store;
    if (!queries) return undefined;
    return explainedQueries(queries, (result) => this.#explained(result));
  }

  async #explained<T>(result: Promise<T>): Promise<T> {
    try {
      return await result;
    } catch (error) {
      throw await explainLoss(error, this.#session);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#store[Symbol.asyncDispose]();
    } finally {
      await this.#session.close();
    }
  }
}

/** The same queries, with the failures of each explained. */
function explainedQueries(
  queries: StoreQueries,
  explained: <T>(result: Promise<T>) => Promise<T>,
): StoreQueries {
  return new Proxy(queries, {
    get(target, key) {
      const value = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => explained(value.apply(target, args) as Promise<unknown>);
    },
  });
}

/** The reason why the engine ended in place of an error that this caused; any other error as it is. */
export async function explainLoss(error: unknown, session: Session): Promise<unknown> {
  return await session.hasEnded() ? Object.assign(session.explain(), { cause: error }) : error;
}
