import { z } from "zod";
import { type Backend, defineBackend } from "../../src/backends/backend.ts";
import { GraphError, throwIfInterrupted } from "../../src/errors.ts";
import type { Memory } from "../../src/model/memory.ts";
import type { Relationship, RelationshipRef } from "../../src/model/relationship.ts";
import {
  type Batch,
  type Counts,
  DEFAULT_BATCH_SIZE,
  type GraphStore,
  type OpenMode,
  type ReadOptions,
  type Reject,
  type StoreHealth,
  type StoreLocation,
  type WriteOptions,
} from "../../src/store/store.ts";
import { missingEndError, takenIdError } from "../../src/store/write_errors.ts";

/** What a MemoryStore keeps: several stores may be open on one. */
export class MemoryDatabase {
  readonly memories = new Map<string, Memory>();
  readonly relationships = new Map<string, Relationship>();
  /** Records that a read rejects. */
  readonly broken: Reject[] = [];
  /** Memories that a foreign relationship touches. */
  readonly foreignTouched = new Set<string>();
  foreignNodes = 0;
  foreignRelationships = 0;
}

interface MemoryStoreOptions {
  /** Stores with the same name have the same identity. Default: one that no other has. */
  name?: string;
  mode?: OpenMode;
}

/**
 * The reference store: the contract in plain maps. It passes the conformance suite, so what holds for it in
 * a unit test holds for a database. Records are copied on their way in and out.
 */
export class MemoryStore implements GraphStore {
  readonly location: StoreLocation;
  readonly capabilities = {
    snapshotReads: true,
    uniqueIds: true,
    overlappingWrites: 2,
    prefersFewTypes: false,
  };
  readonly database: MemoryDatabase;
  readonly #mode: OpenMode;

  constructor(
    database = new MemoryDatabase(),
    { name = crypto.randomUUID(), mode = "create" }: MemoryStoreOptions = {},
  ) {
    this.database = database;
    this.#mode = mode;
    this.location = { backend: "memory", display: `memory:${name}`, identity: `memory:${name}` };
  }

  ensureSchema(): Promise<void> {
    return Promise.resolve();
  }

  finishLoad(): Promise<void> {
    return Promise.resolve();
  }

  count(): Promise<Counts> {
    const { memories, relationships, foreignNodes, foreignRelationships } = this.database;
    return Promise.resolve({
      memories: memories.size,
      relationships: relationships.size,
      foreignNodes,
      foreignRelationships,
    });
  }

  async *read({ batchSize = DEFAULT_BATCH_SIZE, signal }: ReadOptions = {}): AsyncIterable<Batch> {
    const memories = [...this.database.memories.values()];
    const relationships = [...this.database.relationships.values()];
    const broken = structuredClone(this.database.broken);
    throwIfInterrupted(signal);
    if (broken.length > 0) yield { kind: "memory", items: [], rejects: broken };
    for (let at = 0; at < memories.length; at += batchSize) {
      await Promise.resolve();
      throwIfInterrupted(signal);
      yield { kind: "memory", items: structuredClone(memories.slice(at, at + batchSize)) };
    }
    for (let at = 0; at < relationships.length; at += batchSize) {
      await Promise.resolve();
      throwIfInterrupted(signal);
      yield { kind: "relationship", items: structuredClone(relationships.slice(at, at + batchSize)) };
    }
  }

  readMemories(ids: readonly string[]): Promise<Memory[]> {
    return Promise.resolve(pick(this.database.memories, ids));
  }

  readRelationships(refs: readonly RelationshipRef[]): Promise<Relationship[]> {
    return Promise.resolve(pick(this.database.relationships, refs.map(({ id }) => id)));
  }

  // deno-lint-ignore require-await -- so that a refusal is a rejection
  async write(batch: Batch, { mode, signal }: WriteOptions): Promise<void> {
    this.#requireWritable();
    throwIfInterrupted(signal);
    const kept: ReadonlyMap<string, unknown> = batch.kind === "memory"
      ? this.database.memories
      : this.database.relationships;
    const ids = new Set<string>();
    for (const { id } of batch.items) {
      if (mode === "fail" && (kept.has(id) || ids.has(id))) {
        throw takenIdError(this.location, batch.kind, [id]);
      }
      ids.add(id);
    }
    if (batch.kind === "memory") {
      for (const memory of batch.items) this.database.memories.set(memory.id, structuredClone(memory));
      return;
    }
    for (const relationship of batch.items) this.#requireEnds(relationship);
    for (const item of batch.items) this.database.relationships.set(item.id, structuredClone(item));
  }

  // deno-lint-ignore require-await -- so that a refusal is a rejection
  async deleteMemories(ids: readonly string[], { detach = false } = {}): Promise<void> {
    this.#requireWritable();
    const gone = new Set(ids);
    const touching = [...this.database.relationships.values()]
      .filter(({ fromId, toId }) => gone.has(fromId) || gone.has(toId));
    const isTouched = touching.length > 0 || ids.some((id) => this.database.foreignTouched.has(id));
    if (isTouched && !detach) {
      throw new GraphError("CONFLICT", `Relationships still touch ${JSON.stringify(ids)}`);
    }
    for (const { id } of touching) this.database.relationships.delete(id);
    for (const id of gone) this.database.memories.delete(id);
  }

  // deno-lint-ignore require-await -- so that a refusal is a rejection
  async deleteRelationships(refs: readonly RelationshipRef[]): Promise<void> {
    this.#requireWritable();
    for (const { id } of refs) this.database.relationships.delete(id);
  }

  async health(): Promise<StoreHealth> {
    return { product: "Memory", layout: "maps", counts: await this.count(), details: {} };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #requireWritable(): void {
    if (this.#mode !== "read") return;
    throw new GraphError(
      "PERMISSION_DENIED",
      `Cannot write to "${this.location.display}": it is open for reading`,
    );
  }

  #requireEnds(relationship: Relationship): void {
    const { fromId, toId } = relationship;
    const missing = [fromId, toId].find((end) => !this.database.memories.has(end));
    if (missing !== undefined) throw missingEndError(relationship, missing);
  }
}

function pick<T>(records: ReadonlyMap<string, T>, ids: readonly string[]): T[] {
  return [...new Set(ids)].flatMap((id) => {
    const record = records.get(id);
    return record === undefined ? [] : [structuredClone(record)];
  });
}

const databases = new Map<string, MemoryDatabase>();

/** The databases that {@linkcode memoryBackend} opens, by the name it is given as path. */
export const memoryDatabases: Map<string, MemoryDatabase> = databases;

/** MemoryStore as a backend, so that a harness can be made of it. It is in no registry. */
export const memoryBackend: Backend = defineBackend({
  name: "memory",
  summary: "The reference store of the tests",
  config: z.object({ path: z.string().min(1).describe("Name of the database") }),
  // deno-lint-ignore require-await -- so that a refusal is a rejection
  async open({ path }, { mode }) {
    let database = databases.get(path);
    if (!database) {
      if (mode !== "create") throw new GraphError("NOT_FOUND", `There is no database "memory:${path}"`);
      databases.set(path, database = new MemoryDatabase());
    }
    return new MemoryStore(database, { name: path, mode });
  },
  locate: ({ path }) => ({ display: `memory:${path}`, identity: `memory:${path}` }),
});
