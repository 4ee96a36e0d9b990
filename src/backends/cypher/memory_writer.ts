import { GraphError } from "../../errors.ts";
import type { Memory } from "../../model/memory.ts";
import type { StoreLocation } from "../../store/store.ts";
import { takenIdError } from "../../store/write_errors.ts";
import { chunks } from "./chunks.ts";
import { type CypherCodec, MEMORY_COLUMNS, MEMORY_LABEL, propertiesOf, propertyMap } from "./codec.ts";
import type { Dialect } from "./dialect.ts";
import { type Driver, RowCountError, type WritePart } from "./driver.ts";
import { decodeName, quote } from "./names.ts";

/** What the writers of a store share. */
export interface WriterOptions<D extends Driver> {
  readonly driver: D;
  readonly dialect: Dialect<D>;
  readonly codec: CypherCodec;
  readonly location: StoreLocation;
}

/** The memory whose stored id is `row`. */
export const MATCH_MEMORY = `MATCH (m:${quote(MEMORY_LABEL)} {id: row})`;

const PROPERTIES = propertyMap(MEMORY_COLUMNS, 0);

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
    const rows = memories.map((memory) => this.#codec.listMemory(memory));
    const ids = rows.map(({ values }) => values[0] as string);
    const asLists = this.#dialect.listRows && !isOverwrite;
    const parts: WritePart[] = isOverwrite ? await this.#removeLabels(ids) : [];
    const alike = Map.groupBy(rows, ({ labels, others }) => `${asLists && !!others}\n${labels.join("\n")}`);
    for (const group of alike.values()) {
      const { labels, values, others } = group[0]!;
      const more = labels.map((label) => `:${quote(label)}`).join("");
      const part = asLists
        ? {
          text: `CREATE (m:\`Memory\`${more} ${PROPERTIES})${
            others ? ` SET m += row[${values.length}]` : ""
          }`,
          rows: group.map(({ values, others }) => others ? [...values, others] : values),
        }
        : {
          text: isOverwrite
            ? `MERGE (m:\`Memory\` {id: row.id}) SET m = row${more && ` SET m${more}`}`
            : `CREATE (m:\`Memory\`${more}) SET m = row`,
          rows: group.map((row) => propertiesOf(MEMORY_COLUMNS, row)),
        };
      parts.push({ ...part, expected: group.length });
    }
    if (!isOverwrite && !await this.#hasUniqueIds()) await this.#assertNoMemories(ids);
    try {
      await this.#driver.write(parts, { repeatable: isOverwrite });
    } catch (error) {
      const explained = this.#driver.explain(error);
      // Names the ids where the database only says that one is there.
      if (explained.code === "CONFLICT") await this.#assertNoMemories(ids);
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

  async #assertNoMemories(storedIds: readonly string[]): Promise<void> {
    const found: string[] = [];
    for (const chunk of chunks(storedIds, this.#driver.maxRows)) {
      const rows = await this.#driver.rows(
        `UNWIND $ids AS row ${MATCH_MEMORY} RETURN DISTINCT row`,
        { ids: chunk },
      );
      found.push(...rows.map(([id]) => decodeName(id as string)));
    }
    if (found.length > 0) throw takenIdError(this.#location, "memory", found);
  }
}
