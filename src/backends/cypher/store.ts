import { GraphError, throwIfInterrupted } from "../../errors.ts";
import { CompactOrdinals } from "../../model/compact_ordinals.ts";
import type { Memory } from "../../model/memory.ts";
import type { RecordKind } from "../../model/record.ts";
import type { Relationship, RelationshipRef } from "../../model/relationship.ts";
import {
  type Batch,
  type Capabilities,
  type Counts,
  DEFAULT_BATCH_SIZE,
  type EncodedRecord,
  type GraphStore,
  isReject,
  type OpenMode,
  type ReadOptions,
  type Reject,
  type StoreHealth,
  type StoreLocation,
  type WriteOptions,
} from "../../store/store.ts";
import { chunks } from "./chunks.ts";
import { CypherCodec } from "./codec.ts";
import type { Dialect } from "./dialect.ts";
import type { Driver } from "./driver.ts";
import { countRecords } from "./counts.ts";
import { CypherLeases } from "./leases.ts";
import { RelationshipFinder } from "./finder.ts";
import { MATCH_MEMORY, MemoryWriter, type WriteEncoded } from "./memory_writer.ts";
import { RelationshipWriter } from "./relationship_writer.ts";
import type { LeaseBoard } from "../../store/leases.ts";
import type { StoreQueries } from "../../store/queries.ts";
import { CypherQueries } from "./queries.ts";

/** What a store is made of. */
export interface CypherStoreOptions<D extends Driver = Driver> {
  readonly driver: D;
  readonly dialect: Dialect<D>;
  readonly location: StoreLocation;
  readonly mode: OpenMode;
}

/** A memory graph in a Cypher database, in upstream's layout: nodes with the label `Memory`. */
export class CypherStore<D extends Driver = Driver> implements GraphStore {
  readonly location: StoreLocation;
  readonly capabilities: Capabilities;
  readonly #driver: D;
  readonly #dialect: Dialect<D>;
  readonly #codec: CypherCodec;
  readonly #finder: RelationshipFinder;
  readonly queries: StoreQueries;
  readonly leases: LeaseBoard;
  readonly #memories: MemoryWriter<D>;
  readonly #relationships: RelationshipWriter<D>;
  readonly #mode: OpenMode;
  readonly writeEncoded: GraphStore["writeEncoded"];

  constructor({ driver, dialect, location, mode }: CypherStoreOptions<D>) {
    this.#driver = driver;
    this.#dialect = dialect;
    this.location = location;
    this.#mode = mode;
    const { snapshotReads, overlappingWrites, dynamicTypes } = dialect;
    this.capabilities = { snapshotReads, uniqueIds: true, overlappingWrites, prefersFewTypes: !dynamicTypes };
    this.#codec = new CypherCodec(dialect.storable);
    this.#finder = new RelationshipFinder(driver, this.#codec);
    const parts = { driver, dialect, codec: this.#codec, location };
    this.#memories = new MemoryWriter(parts);
    this.#relationships = new RelationshipWriter(parts, this.#finder);
    const write = driver.writeEncoded?.bind(driver);
    this.writeEncoded = write && ((kind, records) => this.#writeEncoded(kind, records, write));
    this.leases = new CypherLeases(driver, (action) => this.#run(action));
    this.queries = new CypherQueries({
      driver,
      codec: this.#codec,
      fullTextMatch: dialect.fullTextMatch,
      run: (action) => this.#run(action),
    });
  }

  ensureSchema(): Promise<void> {
    return this.#run(async () => {
      this.#assertWritable();
      await this.#dialect.ensureSchema(this.#driver);
      this.#memories.declareUniqueIds();
    });
  }

  finishLoad(): Promise<void> {
    return this.#run(async () => {
      this.#assertWritable();
      await this.#dialect.finishLoad(this.#driver);
    });
  }

  count(): Promise<Counts> {
    return this.#run(() => countRecords(this.#driver));
  }

  async *read({ batchSize = DEFAULT_BATCH_SIZE, signal }: ReadOptions = {}): AsyncIterable<Batch> {
    const options = { pageSize: batchSize, signal };
    try {
      for await (const nodes of this.#driver.scanNodes(options)) {
        throwIfInterrupted(signal);
        const records = nodes.map((node) => this.#codec.decodeMemory(node));
        yield { kind: "memory", ...sorted<Memory>(records) };
      }
      const ordinals = new CompactOrdinals();
      for await (const page of this.#driver.scanRelationships(options)) {
        throwIfInterrupted(signal);
        const records = page.map((stored) => this.#codec.decodeRelationship(stored, ordinals));
        yield { kind: "relationship", ...sorted<Relationship>(records) };
      }
    } catch (error) {
      throw this.#explain(error);
    }
  }

  readMemories(ids: readonly string[]): Promise<Memory[]> {
    return this.#run(async () => {
      const memories: Memory[] = [];
      const stored = [...new Set(ids)].flatMap((id) => this.#codec.lookupId(id) ?? []);
      for (const chunk of chunks(stored, this.#driver.maxRows)) {
        const nodes = await this.#driver.nodes("UNWIND $ids AS row " + MATCH_MEMORY, { ids: chunk });
        memories.push(...sorted<Memory>(nodes.map((node) => this.#codec.decodeMemory(node))).items);
      }
      return memories;
    });
  }

  readRelationships(refs: readonly RelationshipRef[]): Promise<Relationship[]> {
    return this.#run(async () => (await this.#finder.find(refs)).map(({ relationship }) => relationship));
  }

  write(batch: Batch, { mode, signal }: WriteOptions): Promise<void> {
    return this.#run(async () => {
      this.#assertWritable();
      throwIfInterrupted(signal);
      if (batch.items.length === 0) return;
      const isOverwrite = mode === "overwrite";
      if (!isOverwrite) assertNoDuplicates(batch);
      if (batch.kind === "memory") await this.#memories.write(batch.items, isOverwrite);
      else await this.#relationships.write(batch.items, isOverwrite);
    });
  }

  #writeEncoded(kind: RecordKind, records: readonly EncodedRecord[], write: WriteEncoded): Promise<void> {
    return this.#run(async () => {
      this.#assertWritable();
      assertNoDuplicates({ kind, items: records });
      const writer = kind === "memory" ? this.#memories : this.#relationships;
      await writer.writeEncoded(records, write);
    });
  }

  deleteMemories(ids: readonly string[], { detach = false }: { detach?: boolean } = {}): Promise<void> {
    return this.#run(async () => {
      this.#assertWritable();
      await this.#memories.delete(ids, detach);
    });
  }

  deleteRelationships(refs: readonly RelationshipRef[]): Promise<void> {
    return this.#run(async () => {
      this.#assertWritable();
      await this.#relationships.delete(refs);
    });
  }

  health(): Promise<StoreHealth> {
    return this.#run(async () => ({
      product: this.#driver.product,
      layout: "memorygraphmcp 0.12",
      counts: await this.count(),
      details: await this.#dialect.details(this.#driver),
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#driver[Symbol.asyncDispose]();
  }

  #assertWritable(): void {
    if (this.#mode === "read") throw new TypeError("a store opened in mode read cannot be written");
  }

  async #run<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw this.#explain(error);
    }
  }

  #explain(error: unknown): GraphError {
    return this.#driver.explain(error);
  }
}

function sorted<Item extends Memory | Relationship>(
  records: readonly (Item | Reject)[],
): { items: Item[]; rejects?: Reject[] } {
  const rejects = records.filter(isReject) as Reject[];
  if (rejects.length === 0) return { items: records as Item[] };
  return { items: records.filter((record) => !isReject(record)) as Item[], rejects };
}

function assertNoDuplicates(
  { kind, items }: { readonly kind: RecordKind; readonly items: readonly { readonly id: string }[] },
): void {
  const seen = new Set<string>();
  for (const { id } of items) {
    if (seen.has(id)) {
      throw new GraphError("CONFLICT", `A batch holds ${kind} ${JSON.stringify(id)} twice`, {
        details: { ids: [id] },
      });
    }
    seen.add(id);
  }
}
