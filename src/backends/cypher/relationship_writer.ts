import { GraphError } from "../../errors.ts";
import type { Relationship, RelationshipRef } from "../../model/relationship.ts";
import type { EncodedRecord, StoreLocation } from "../../store/store.ts";
import { missingEndError, takenIdError } from "../../store/write_errors.ts";
import { chunks } from "./chunks.ts";
import type { CypherCodec } from "./codec.ts";
import type { Dialect } from "./dialect.ts";
import { type Driver, RowCountError, type WritePart } from "./driver.ts";
import type { FoundRelationship, RelationshipFinder } from "./finder.ts";
import { MATCH_MEMORY, type WriteEncoded, type WriterOptions } from "./memory_writer.ts";
import { decodeName } from "./names.ts";
import { listedRelationship, mappedRelationship, MATCH_ENDS, partsOf } from "./record_rows.ts";
import type { StoredValue } from "./values.ts";
import { WrittenIds } from "./written_ids.ts";

/** Writes and deletes relationships, each call whole or not at all. */
export class RelationshipWriter<D extends Driver> {
  readonly #driver: D;
  readonly #dialect: Dialect<D>;
  readonly #codec: CypherCodec;
  readonly #location: StoreLocation;
  readonly #finder: RelationshipFinder;
  // Null where the graph held relationships before. One promise, since writes may overlap.
  #written: Promise<WrittenIds | null> | undefined;

  constructor({ driver, dialect, codec, location }: WriterOptions<D>, finder: RelationshipFinder) {
    this.#driver = driver;
    this.#dialect = dialect;
    this.#codec = codec;
    this.#location = location;
    this.#finder = finder;
  }

  /** Writes relationships as one batch; see WriteMode. */
  async write(relationships: readonly Relationship[], isOverwrite: boolean): Promise<void> {
    const deletes = isOverwrite
      ? this.#deleteParts(await this.#misplaced(relationships))
      : (await this.#assertNoRelationships(relationships), []);
    const { dynamicTypes, listRows } = this.#dialect;
    const rows = relationships.map((relationship) =>
      listRows && !isOverwrite
        ? listedRelationship(this.#codec, relationship, { dynamicTypes })
        : mappedRelationship(this.#codec, relationship, { dynamicTypes, isOverwrite })
    );
    const writes = partsOf(rows);
    await this.#makeTypes(rows);
    try {
      // What is deleted is gone when it is tried again.
      await this.#driver.write([...deletes, ...writes], { repeatable: isOverwrite && deletes.length === 0 });
    } catch (error) {
      if (!(error instanceof RowCountError)) throw error;
      await this.#assertEndsExist(relationships);
      throw deletes.length > 0 ? this.#changedError(error) : error;
    }
    await this.#noteWritten(relationships);
  }

  /** Creates relationships as one batch; see GraphStore. */
  async writeEncoded(relationships: readonly EncodedRecord[], write: WriteEncoded): Promise<void> {
    const written = await this.#filter();
    // What may be there is not found by its id alone.
    if (!written || relationships.some(({ id }) => written.mayHave(id))) throw refused("CONFLICT");
    await this.#makeTypes(relationships);
    try {
      await write(partsOf(relationships.map(({ statement, row }) => ({ text: statement, row }))));
    } catch (error) {
      throw error instanceof RowCountError ? refused("RECORD_INVALID") : error;
    }
    await this.#noteWritten(relationships);
  }

  async #noteWritten(relationships: readonly { id: string }[]): Promise<void> {
    const written = await this.#written;
    for (const { id } of relationships) written?.add(id);
  }

  async #makeTypes(rows: readonly { names: readonly string[] }[]): Promise<void> {
    await this.#driver.makeNames?.({ types: rows.flatMap(({ names }) => names) });
  }

  /** Deletes relationships; see GraphStore. */
  async delete(refs: readonly RelationshipRef[]): Promise<void> {
    const parts = this.#deleteParts(await this.#finder.find(refs));
    try {
      await this.#driver.write(parts, { repeatable: false });
    } catch (error) {
      throw error instanceof RowCountError ? this.#changedError(error) : error;
    }
  }

  /** What was found is not there: someone else changed it, or its reply was damaged. Looking again tells. */
  #changedError(cause: RowCountError): GraphError {
    const message = `Relationships in "${this.#location.display}" were changed while they were written`;
    return new GraphError("TRANSIENT", message, { cause });
  }

  /** In a load into an empty graph only ids that may have been written are looked for. */
  async #assertNoRelationships(relationships: readonly Relationship[]): Promise<void> {
    const written = await this.#filter();
    const suspects = written ? relationships.filter(({ id }) => written.mayHave(id)) : relationships;
    const found = await this.#finder.find(suspects);
    if (found.length === 0) return;
    throw takenIdError(this.#location, "relationship", found.map(({ relationship }) => relationship.id));
  }

  #filter(): Promise<WrittenIds | null> {
    return this.#written ??= this.#startFilter();
  }

  async #startFilter(): Promise<WrittenIds | null> {
    const text = "MATCH (:`Memory`)-[n]->(:`Memory`) RETURN count(n) AS count";
    const [[count] = []] = await this.#driver.rows(text);
    return Number(count ?? 0) === 0 ? new WrittenIds() : null;
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

  /**
   * Finds each again by the database's own id, and by its ends, since nothing else makes that fast. One that is not
   * found fails the write: a relationship that takes its place would stand beside it.
   */
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
      expected: found.length,
    }];
  }

  async #assertEndsExist(relationships: readonly Relationship[]): Promise<void> {
    const ends = new Set(relationships.flatMap(({ fromId, toId }) => [fromId, toId]));
    const found = new Set<string>();
    for (const rows of chunks([...ends].map((id) => this.#codec.encodeId(id)), this.#driver.maxRows)) {
      const ids = await this.#driver.rows(`UNWIND $ids AS row ${MATCH_MEMORY} RETURN DISTINCT row`, {
        ids: rows,
      });
      for (const [id] of ids) found.add(decodeName(id as string));
    }
    for (const relationship of relationships) {
      const missing = [relationship.fromId, relationship.toId].find((end) => !found.has(end));
      if (missing !== undefined) throw missingEndError(relationship, missing);
    }
  }
}

/** The error of an encoded batch whose records themselves tell why they cannot be created. */
function refused(code: "CONFLICT" | "RECORD_INVALID"): GraphError {
  return new GraphError(code, "Relationships that were encoded ahead cannot be created");
}
