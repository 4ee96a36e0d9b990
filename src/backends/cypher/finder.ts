import { DERIVED_ID } from "../../model/derived_id.ts";
import type { Relationship, RelationshipRef } from "../../model/relationship.ts";
import { isReject } from "../../store/store.ts";
import { chunks } from "./chunks.ts";
import type { CypherCodec } from "./codec.ts";
import type { Driver } from "./driver.ts";
import type { StoredRelationship, StoredValue } from "./values.ts";

/** A relationship, and how it is stored. */
export interface FoundRelationship {
  readonly relationship: Relationship;
  readonly stored: StoredRelationship;
}

// There is no index on a relationship's id that spans types. Between two known ends a search is cheap.
// WITH makes FalkorDB look between the two ends instead of going through all relationships of the first: 16 ms
// instead of 570 for a thousand of a hub with 10,000 (4.16.3).
const BETWEEN = "UNWIND $refs AS ref MATCH (a:`Memory` {id: ref.f}) MATCH (b:`Memory` {id: ref.t}) " +
  "WITH ref, a, b MATCH (a)-[r]->(b)";

/** Finds relationships by their ids. */
export class RelationshipFinder {
  readonly #driver: Driver;
  readonly #codec: CypherCodec;

  constructor(driver: Driver, codec: CypherCodec) {
    this.#driver = driver;
    this.#codec = codec;
  }

  /**
   * Every stored relationship with one of these ids: between the ends of its ref, else anywhere, which may
   * read all relationships once for each thousand of the refs that are not found at their place.
   */
  async find(refs: readonly RelationshipRef[]): Promise<FoundRelationship[]> {
    const found: FoundRelationship[] = [];
    let missing = new Map(refs.map((ref) => [ref.id, ref]));
    for (const step of [this.#betweenEnds, this.#withoutId, this.#anywhere]) {
      if (missing.size === 0) break;
      found.push(...await step.call(this, [...missing.values()]));
      const ids = new Set(found.map(({ relationship }) => relationship.id));
      missing = new Map([...missing].filter(([id]) => !ids.has(id)));
    }
    return found;
  }

  async #betweenEnds(refs: readonly RelationshipRef[]): Promise<FoundRelationship[]> {
    const rows = refs.flatMap((ref) => {
      const [f, t, i] = [ref.fromId, ref.toId, ref.id].map((id) => this.#codec.lookupId(id));
      return f && t && i ? [{ f, t, i }] : [];
    });
    return await this.#ask(
      rows,
      (refs) => this.#driver.relationships(`${BETWEEN} WHERE r.id = ref.i`, { refs }),
    );
  }

  async #anywhere(refs: readonly RelationshipRef[]): Promise<FoundRelationship[]> {
    const rows = refs.flatMap(({ id }) => this.#codec.lookupId(id) ?? []);
    return await this.#ask(rows, (ids) => this.#driver.relationshipsById(ids));
  }

  /** Relationships that are stored without an id, by the id that a read gives them. */
  async #withoutId(refs: readonly RelationshipRef[]): Promise<FoundRelationship[]> {
    const derived = new Map(refs.filter(({ id }) => id.startsWith(DERIVED_ID)).map((ref) => [ref.id, ref]));
    const pairs = new Map<string, StoredValue>();
    for (const { fromId, toId } of derived.values()) {
      const [f, t] = [this.#codec.lookupId(fromId), this.#codec.lookupId(toId)];
      if (f && t) pairs.set(JSON.stringify([f, t]), { f, t });
    }
    const found = await this.#ask(
      [...pairs.values()],
      (refs) => this.#driver.relationships(`${BETWEEN} WHERE r.id IS NULL`, { refs }),
    );
    return found.filter(({ relationship }) => derived.has(relationship.id));
  }

  async #ask<Row>(
    rows: readonly Row[],
    ask: (rows: Row[]) => Promise<StoredRelationship[]>,
  ): Promise<FoundRelationship[]> {
    const found: FoundRelationship[] = [];
    const ordinals = new Map<string, number>();
    for (const some of chunks(rows, this.#driver.maxRows)) {
      for (const stored of await ask(some)) {
        const relationship = this.#codec.decodeRelationship(stored, ordinals);
        if (!isReject(relationship)) found.push({ relationship, stored });
      }
    }
    return found;
  }
}
