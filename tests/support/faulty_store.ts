import { GraphError } from "../../src/errors.ts";
import type { Memory } from "../../src/model/memory.ts";
import type { Relationship, RelationshipRef } from "../../src/model/relationship.ts";
import type {
  Batch,
  Counts,
  GraphStore,
  ReadOptions,
  StoreHealth,
  WriteOptions,
} from "../../src/store/store.ts";

/** A failure at the record with this number, counted from 1 over all calls of its sort. */
export interface Fault {
  readonly at: number;
  /**
   * `before`: the call changes nothing. `after`: the call does its work, and then its acknowledgement is lost,
   * as when a connection breaks. Default `before`. For reads there is no difference.
   */
  readonly when?: "before" | "after";
  /** Default: UNREACHABLE, as when a server goes away. */
  readonly error?: () => unknown;
  /** Whether every later call of its sort fails as well. Default: only the one. */
  readonly forGood?: boolean;
}

/** The faults of a {@linkcode FaultyStore} by sort of call. */
export interface Faults {
  /** Counts records of `write`. */
  readonly write?: Fault;
  /** Counts records of `read`, `readMemories` and `readRelationships`. */
  readonly read?: Fault;
  /** Counts ids given to `deleteMemories` and `deleteRelationships`. */
  readonly delete?: Fault;
}

/** A store that works until a given record, and fails there. Disposing of it disposes of the inner store. */
export class FaultyStore implements GraphStore {
  readonly #inner: GraphStore;
  readonly #faults: Faults;
  readonly #done = { write: 0, read: 0, delete: 0 };
  readonly #failed = { write: false, read: false, delete: false };

  constructor(inner: GraphStore, faults: Faults) {
    this.#inner = inner;
    this.#faults = faults;
  }

  get location() {
    return this.#inner.location;
  }

  get capabilities() {
    return this.#inner.capabilities;
  }

  ensureSchema(): Promise<void> {
    return this.#inner.ensureSchema();
  }

  finishLoad(): Promise<void> {
    return this.#inner.finishLoad();
  }

  count(): Promise<Counts> {
    return this.#inner.count();
  }

  async *read(options?: ReadOptions): AsyncIterable<Batch> {
    for await (const batch of this.#inner.read(options)) {
      const fault = this.#hits("read", batch.items.length);
      if (fault) throw failureOf(fault);
      yield batch;
    }
  }

  readMemories(ids: readonly string[]): Promise<Memory[]> {
    return this.#run("read", ids.length, () => this.#inner.readMemories(ids));
  }

  readRelationships(refs: readonly RelationshipRef[]): Promise<Relationship[]> {
    return this.#run("read", refs.length, () => this.#inner.readRelationships(refs));
  }

  write(batch: Batch, options: WriteOptions): Promise<void> {
    return this.#run("write", batch.items.length, () => this.#inner.write(batch, options));
  }

  deleteMemories(ids: readonly string[], options?: { detach?: boolean }): Promise<void> {
    return this.#run("delete", ids.length, () => this.#inner.deleteMemories(ids, options));
  }

  deleteRelationships(refs: readonly RelationshipRef[]): Promise<void> {
    return this.#run("delete", refs.length, () => this.#inner.deleteRelationships(refs));
  }

  health(): Promise<StoreHealth> {
    return this.#inner.health();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inner[Symbol.asyncDispose]();
  }

  async #run<T>(sort: keyof Faults, records: number, call: () => Promise<T>): Promise<T> {
    const fault = this.#hits(sort, records);
    if (!fault) return await call();
    if (fault.when === "after") await call();
    throw failureOf(fault);
  }

  #hits(sort: keyof Faults, records: number): Fault | undefined {
    const fault = this.#faults[sort];
    if (!fault) return undefined;
    const before = this.#done[sort];
    this.#done[sort] += records;
    if (this.#failed[sort]) return fault.forGood ? fault : undefined;
    this.#failed[sort] = before < fault.at && this.#done[sort] >= fault.at;
    return this.#failed[sort] ? fault : undefined;
  }
}

function failureOf({ error, at }: Fault): unknown {
  return error ? error() : new GraphError("UNREACHABLE", `The connection broke at record ${at}`);
}
