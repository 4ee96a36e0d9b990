import { GraphError, throwIfInterrupted } from "../../errors.ts";
import { CompactOrdinals } from "../../model/compact_ordinals.ts";
import type { Memory } from "../../model/memory.ts";
import type { Relationship, RelationshipRef } from "../../model/relationship.ts";
import {
  type Batch,
  type Capabilities,
  type Counts,
  DEFAULT_BATCH_SIZE,
  type GraphStore,
  type ReadOptions,
  type Reject,
  type StoreHealth,
  type StoreLocation,
  type WriteOptions,
} from "../../store/store.ts";
import type { OpenMode } from "../backend.ts";
import { CypherCodec, isReject, MEMORY_LABEL } from "./codec.ts";
import type { Dialect } from "./dialect.ts";
import { type Driver, RowCountError, type WritePart } from "./driver.ts";
import { type FoundRelationship, RelationshipFinder } from "./finder.ts";
import { decodeName, quote } from "./names.ts";
import type { StoredValue } from "./values.ts";
import type { StoreQueries } from "../../store/queries.ts";
import { CypherQueries } from "./queries.ts";
import { WrittenIds } from "./written_ids.ts";

/** What a store is made of. */
export interface CypherStoreOptions<D extends Driver = Driver> {
  readonly driver: D;
  readonly dialect: Dialect<D>;
  readonly location: StoreLocation;
  readonly mode: OpenMode;
}

const MATCH_MEMORY = `MATCH (m:${quote(MEMORY_LABEL)} {id: row})`;
const MATCH_ENDS = "MATCH (a:`Memory` {id: row.f}) MATCH (b:`Memory` {id: row.t})";

/** A memory graph in a Cypher database, in upstream's layout: nodes with the label `Memory`. */
export class CypherStore<D extends Driver = Driver> implements GraphStore {
  readonly location: StoreLocation;
  readonly capabilities: Capabilities;
  readonly #driver: D;
  readonly #dialect: Dialect<D>;
  readonly #codec: CypherCodec;
  readonly #finder: RelationshipFinder;
  readonly queries: StoreQueries;
  readonly #mode: OpenMode;
  #idsAreUnique: boolean | undefined;
  // Undefined until known, null where the graph held relationships before.
  #written: WrittenIds | null | undefined;

  constructor({ driver, dialect, location, mode }: CypherStoreOptions<D>) {
    this.#driver = driver;
    this.#dialect = dialect;
    this.location = location;
    this.#mode = mode;
    this.capabilities = { snapshotReads: dialect.snapshotReads, uniqueIds: true };
    this.#codec = new CypherCodec(dialect.storable);
    this.#finder = new RelationshipFinder(driver, this.#codec);
    this.queries = new CypherQueries({ driver, codec: this.#codec, run: (action) => this.#run(action) });
  }

  ensureSchema(): Promise<void> {
    return this.#run(async () => {
      this.#assertWritable();
      await this.#dialect.ensureSchema(this.#driver);
      this.#idsAreUnique = true;
    });
  }

  finishLoad(): Promise<void> {
    return this.#run(async () => {
      this.#assertWritable();
      await this.#dialect.finishLoad(this.#driver);
    });
  }

  count(): Promise<Counts> {
    return this.#run(async () => {
      const [memories, nodes, relationships, all] = await Promise.all([
        this.#count("MATCH (n:`Memory`)"),
        this.#count("MATCH (n)"),
        this.#count("MATCH (:`Memory`)-[n]->(:`Memory`)"),
        this.#count("MATCH ()-[n]->()"),
      ]);
      return {
        memories,
        relationships,
        foreignNodes: nodes - memories,
        foreignRelationships: all - relationships,
      };
    });
  }

  async #count(match: string): Promise<number> {
    const [[count] = []] = await this.#driver.rows(`${match} RETURN count(n) AS count`);
    return Number(count ?? 0);
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
      if (batch.kind === "memory") await this.#writeMemories(batch.items, isOverwrite);
      else await this.#writeRelationships(batch.items, isOverwrite);
    });
  }

  async #writeMemories(memories: readonly Memory[], isOverwrite: boolean): Promise<void> {
    const rows = memories.map((memory) => this.#codec.encodeMemory(memory));
    const ids = rows.map(({ properties }) => properties.id as string);
    const parts: WritePart[] = isOverwrite ? await this.#removeLabels(ids) : [];
    for (const [, group] of Map.groupBy(rows, ({ labels }) => labels.join("\n"))) {
      const labels = group[0]!.labels.map((label) => `:${quote(label)}`).join("");
      parts.push({
        text: isOverwrite
          ? `MERGE (m:\`Memory\` {id: row.id}) SET m = row${labels && ` SET m${labels}`}`
          : `CREATE (m:\`Memory\`${labels}) SET m = row`,
        rows: group.map(({ properties }) => properties),
        expected: group.length,
      });
    }
    if (!isOverwrite && !await this.#hasUniqueIds()) await this.#assertNoMemories(ids);
    try {
      await this.#driver.write(parts, { repeatable: isOverwrite });
    } catch (error) {
      const explained = this.#explain(error);
      // Names the ids where the database only says that one is there.
      if (explained.code === "CONFLICT") await this.#assertNoMemories(ids);
      throw explained;
    }
  }

  /** Parts that take off labels which the nodes have beside `Memory`; `SET m = row` leaves labels alone. */
  async #removeLabels(ids: readonly string[]): Promise<WritePart[]> {
    const byLabel = new Map<string, string[]>();
    for (const chunk of chunks(ids, this.#driver.maxRows)) {
      const rows = await this.#driver.rows(
        `UNWIND $ids AS row ${MATCH_MEMORY} WHERE size(labels(m)) > 1 RETURN m.id, labels(m)`,
        { ids: chunk },
      );
      for (const [id, labels] of rows as [string, string[]][]) {
        for (const label of labels) {
          if (label === MEMORY_LABEL) continue;
          // Quoting would not make it safe in a statement.
          if (!this.#dialect.storable.name(label)) {
            throw new GraphError(
              "NOT_SUPPORTED",
              `Memory ${JSON.stringify(decodeName(id))} has a label that cannot be taken off`,
            );
          }
          if (!byLabel.get(label)?.push(id)) byLabel.set(label, [id]);
        }
      }
    }
    return Array.from(
      byLabel,
      ([label, rows]) => ({ text: `${MATCH_MEMORY} REMOVE m:${quote(label)}`, rows }),
    );
  }

  async #hasUniqueIds(): Promise<boolean> {
    return this.#idsAreUnique ??= await this.#dialect.hasUniqueIds(this.#driver);
  }

  async #assertNoMemories(storedIds: readonly string[]): Promise<void> {
    const found: string[] = [];
    for (const chunk of chunks(storedIds, this.#driver.maxRows)) {
      const rows = await this.#driver.rows(
        `UNWIND $ids AS row ${MATCH_MEMORY} RETURN DISTINCT row`,
        { ids: chunk },
      );
      found.push(...rows.map(([id]) => decodeName(id as string)));
    }
    if (found.length > 0) throw this.#conflict("memory", found);
  }

  #conflict(kind: string, ids: readonly string[]): GraphError {
    return new GraphError(
      "CONFLICT",
      `"${this.location.display}" already holds another record with the id of ${kind} ${
        JSON.stringify(ids[0])
      }`,
      { details: { ids } },
    );
  }

  async #writeRelationships(relationships: readonly Relationship[], isOverwrite: boolean): Promise<void> {
    const rows = relationships.map((relationship) => ({
      y: this.#codec.encodeType(relationship.type),
      f: this.#codec.encodeId(relationship.fromId),
      t: this.#codec.encodeId(relationship.toId),
      p: this.#codec.encodeRelationship(relationship),
    }));
    const parts = isOverwrite
      ? this.#deleteParts(await this.#misplaced(relationships))
      : (await this.#assertNoRelationships(relationships), []);
    const { dynamicTypes } = this.#dialect;
    const byType = Map.groupBy(rows, ({ y }) => dynamicTypes ? "$(row.y)" : quote(y));
    // In one order, so that FalkorDB finds the plan of a batch with the same types again.
    for (const [type, group] of [...byType].sort(([a], [b]) => a < b ? -1 : 1)) {
      parts.push({
        text: isOverwrite
          ? `${MATCH_ENDS} MERGE (a)-[r:${type} {id: row.p.id}]->(b) SET r = row.p`
          : `${MATCH_ENDS} CREATE (a)-[r:${type}]->(b) SET r = row.p`,
        rows: group,
        expected: group.length,
      });
    }
    try {
      await this.#driver.write(parts, { repeatable: isOverwrite });
    } catch (error) {
      if (error instanceof RowCountError) await this.#assertEndsExist(relationships);
      throw error;
    }
    for (const { id } of relationships) this.#written?.add(id);
  }

  /** In a load into an empty graph only ids that may have been written are looked for. */
  async #assertNoRelationships(relationships: readonly Relationship[]): Promise<void> {
    if (this.#written === undefined) {
      this.#written = await this.#count("MATCH (:`Memory`)-[n]->(:`Memory`)") === 0 ? new WrittenIds() : null;
    }
    const written = this.#written;
    const suspects = written ? relationships.filter(({ id }) => written.mayHave(id)) : relationships;
    const found = await this.#finder.find(suspects);
    if (found.length > 0) {
      throw this.#conflict(
        "relationship",
        found.map(({ relationship }) => relationship.id),
      );
    }
  }

  /** Stored relationships that an overwrite would not match: other ends or type, no id of their own, doubles. */
  async #misplaced(relationships: readonly Relationship[]): Promise<FoundRelationship[]> {
    const found = await this.#finder.find(relationships);
    const byId = new Map(relationships.map((relationship) => [relationship.id, relationship]));
    const kept = new Set<string>();
    return found.filter(({ relationship: { id, fromId, toId, type }, stored }) => {
      const wanted = byId.get(id)!;
      const fits = stored.properties.id !== undefined && wanted.fromId === fromId && wanted.toId === toId &&
        wanted.type === type;
      if (!fits || kept.has(id)) return true;
      kept.add(id);
      return false;
    });
  }

  /** Finds each again by the database's own id, and by its ends, since nothing else makes that fast. */
  #deleteParts(found: readonly FoundRelationship[]): WritePart[] {
    if (found.length === 0) return [];
    return [{
      // WITH: see finder.ts.
      text: `${MATCH_ENDS} WITH row, a, b MATCH (a)-[r]->(b) ` +
        `WHERE ${this.#driver.internalId("r")} = row.n DELETE r`,
      rows: found.map(({ stored }): StoredValue => ({
        f: stored.from,
        t: stored.to,
        n: this.#driver.internalIdParameter(stored.internalId),
      })),
    }];
  }

  async #assertEndsExist(relationships: readonly Relationship[]): Promise<void> {
    const ends = new Set(relationships.flatMap(({ fromId, toId }) => [fromId, toId]));
    const found = new Set((await this.readMemories([...ends])).map(({ id }) => id));
    for (const { id, fromId, toId } of relationships) {
      for (const end of [fromId, toId]) {
        if (found.has(end)) continue;
        throw new GraphError(
          "RECORD_INVALID",
          `Relationship ${JSON.stringify(id)} names memory ${JSON.stringify(end)}, which does not exist`,
          {
            details: { ids: [id] },
          },
        );
      }
    }
  }

  deleteMemories(ids: readonly string[], { detach = false }: { detach?: boolean } = {}): Promise<void> {
    return this.#run(async () => {
      this.#assertWritable();
      const rows = ids.flatMap((id) => this.#codec.lookupId(id) ?? []);
      if (rows.length === 0) return;
      // FalkorDB detaches even without being told to, so look first, in the same transaction.
      const parts: WritePart[] = detach
        ? [{ text: `${MATCH_MEMORY} DETACH DELETE m`, rows }]
        : [{ text: `${MATCH_MEMORY} MATCH (m)-[r]-()`, rows, expected: 0 }, {
          text: `${MATCH_MEMORY} DELETE m`,
          rows,
        }];
      try {
        await this.#driver.write(parts, { repeatable: true });
      } catch (error) {
        if (!(error instanceof RowCountError)) throw error;
        throw new GraphError("CONFLICT", "A memory still has relationships (delete those first)", {
          cause: error,
        });
      }
    });
  }

  deleteRelationships(refs: readonly RelationshipRef[]): Promise<void> {
    return this.#run(async () => {
      this.#assertWritable();
      await this.#driver.write(this.#deleteParts(await this.#finder.find(refs)), { repeatable: true });
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

function assertNoDuplicates({ kind, items }: Batch): void {
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

/** At most as many at once as one result may have rows. */
function* chunks<Item>(items: readonly Item[], maxRows: number): Iterable<Item[]> {
  const size = Math.min(maxRows, 1000);
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
