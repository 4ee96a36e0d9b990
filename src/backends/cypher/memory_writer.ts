import { GraphError } from "../../errors.ts";
import type { Memory } from "../../model/memory.ts";
import type { EncodedRecord, StoreLocation } from "../../store/store.ts";
import { takenIdError } from "../../store/write_errors.ts";
import { chunks } from "./chunks.ts";
import { type CypherCodec, MEMORY_LABEL } from "./codec.ts";
import type { Dialect } from "./dialect.ts";
import { type Driver, type EncodedPart, RowCountError, type WritePart } from "./driver.ts";
import { listedMemory, mappedMemory, partsOf } from "./record_rows.ts";
import { decodeName, quote } from "./names.ts";

/** What the writers of a store share. */
export interface WriterOptions<D extends Driver> {
  readonly driver: D;
  readonly dialect: Dialect<D>;
  readonly codec: CypherCodec;
  readonly location: StoreLocation;
}

/** How a driver writes what was encoded ahead. */
export type WriteEncoded = (parts: readonly EncodedPart[]) => Promise<void>;

/** The memory whose stored id is `row`. */
export const MATCH_MEMORY = `MATCH (m:${quote(MEMORY_LABEL)} {id: row})`;

/** Writes and deletes memories, each call whole or not at all. */
export class MemoryWriter<D extends Driver> {
  readonly #driver: D;
  readonly #dialect: Dialect<D>;
  readonly #codec: CypherCodec;
  readonly #location: StoreLocation;
  #idsAreUnique: boolean | undefined;

  constructor({ driver, dialect, codec, location }: WriterOptions<D>) {
    this.#driver = driver;
    this.#dialect = dialect;
    this.#codec = codec;
    this.#location = location;
  }

  /** Spares the writer the question whether the database itself refuses a second memory with an id. */
  declareUniqueIds(): void {
    this.#idsAreUnique = true;
  }

  /** Writes memories as one batch; see WriteMode. */
  async write(memories: readonly Memory[], isOverwrite: boolean): Promise<void> {
    const isListed = this.#dialect.listRows && !isOverwrite;
    const rows = memories.map((memory) =>
      isListed ? listedMemory(this.#codec, memory) : mappedMemory(this.#codec, memory, isOverwrite)
    );
    await this.#makeLabels(rows);
    if (!isOverwrite) {
      await this.#create(memories, () => this.#driver.write(partsOf(rows), { repeatable: false }));
      return;
    }
    const removals = await this.#removeLabels(memories.map(({ id }) => this.#codec.encodeId(id)));
    await this.#driver.write([...removals, ...partsOf(rows)], { repeatable: true });
  }

  async #makeLabels(rows: readonly { names: readonly string[] }[]): Promise<void> {
    await this.#driver.makeNames?.({ labels: rows.flatMap(({ names }) => names) });
  }

  /** Creates memories as one batch; see GraphStore. */
  async writeEncoded(memories: readonly EncodedRecord[], write: WriteEncoded): Promise<void> {
    await this.#makeLabels(memories);
    const rows = memories.map(({ statement, row }) => ({ text: statement, row }));
    await this.#create(memories, () => write(partsOf(rows)));
  }

  async #create(memories: readonly { id: string }[], write: () => Promise<void>): Promise<void> {
    if (!await this.#hasUniqueIds()) await this.#assertNone(memories);
    try {
      await write();
    } catch (error) {
      const explained = this.#driver.explain(error);
      // Names the ids where the database only says that one is there.
      if (explained.code === "CONFLICT") await this.#assertNone(memories);
      throw explained;
    }
  }

  /** Deletes memories by id; see GraphStore. */
  async delete(ids: readonly string[], detach: boolean): Promise<void> {
    const rows = ids.flatMap((id) => this.#codec.lookupId(id) ?? []);
    if (rows.length === 0) return;
    // FalkorDB detaches even without being told to, so look first, in the same transaction.
    const parts: WritePart[] = detach ? [{ text: `${MATCH_MEMORY} DETACH DELETE m`, rows }] : [
      { text: `${MATCH_MEMORY} MATCH (m)-[r]-()`, rows, expected: 0 },
      { text: `${MATCH_MEMORY} DELETE m`, rows },
    ];
    try {
      await this.#driver.write(parts, { repeatable: true });
    } catch (error) {
      if (!(error instanceof RowCountError)) throw error;
      throw new GraphError("CONFLICT", "A memory still has relationships (delete those first)", {
        cause: error,
      });
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

  async #assertNone(memories: readonly { id: string }[]): Promise<void> {
    const found: string[] = [];
    const ids = memories.map(({ id }) => this.#codec.encodeId(id));
    for (const chunk of chunks(ids, this.#driver.maxRows)) {
      const rows = await this.#driver.rows(
        `UNWIND $ids AS row ${MATCH_MEMORY} RETURN DISTINCT row`,
        { ids: chunk },
      );
      found.push(...rows.map(([id]) => decodeName(id as string)));
    }
    if (found.length > 0) throw takenIdError(this.#location, "memory", found);
  }
}
