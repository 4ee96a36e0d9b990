/** Queries that a Cypher database answers by itself, and changes that it makes atomically. */
import { DERIVED_ID } from "../../model/derived_id.ts";
import type { Memory } from "../../model/memory.ts";
import type { Relationship } from "../../model/relationship.ts";
import { commonStart, type WordQuery } from "../../search/words.ts";
import type { StoreQueries } from "../../store/queries.ts";
import { isReject } from "../../store/store.ts";
import { chunks } from "./chunks.ts";
import type { CypherCodec } from "./codec.ts";
import { type Driver, RowCountError } from "./driver.ts";
import { quote } from "./names.ts";
import type { StoredMap, StoredNode, StoredValue } from "./values.ts";

/** What the queries need of their store. */
export interface CypherQueriesOptions {
  readonly driver: Driver;
  readonly codec: CypherCodec;
  readonly fullTextMatch: string | undefined;
  /** Runs `action`, and turns what it throws into a GraphError. */
  run<T>(action: () => Promise<T>): Promise<T>;
}

// From both sides, since a pattern without a direction would not say which end is which.
const TOUCHING = [
  "UNWIND $ids AS row MATCH (a:`Memory` {id: row})-[r]->(b:`Memory`)",
  "UNWIND $ids AS row MATCH (b:`Memory` {id: row})<-[r]-(a:`Memory`)",
];
const DEGREES = "UNWIND $ids AS row MATCH (m:`Memory` {id: row})-[r]-(:`Memory`) RETURN row, count(r)";

// Properties of which one changes with each change that we or upstream make to a relationship.
const CHANGING = [
  "evidence_count",
  "validation_count",
  "counter_evidence_count",
  "last_validated",
  "valid_until",
];

const CONTAINS = ["title", "content", "summary"].map((property) =>
  `toLower(toString(m.${property})) CONTAINS start`
);
// Tags are a list, or the text "[]" where there is none.
const TAGGED = "any(tag IN CASE WHEN m.tags = '[]' THEN [] ELSE coalesce(m.tags, []) END " +
  "WHERE toLower(tag) CONTAINS start)";
const withStarts = (conditions: readonly string[]) =>
  `MATCH (m:\`Memory\`) WHERE any(start IN $starts WHERE ${conditions.join(" OR ")})`;

/** The queries of a Cypher store. */
export class CypherQueries implements StoreQueries {
  readonly #driver: Driver;
  readonly #codec: CypherCodec;
  readonly #fullTextMatch: string | undefined;
  readonly #run: CypherQueriesOptions["run"];

  constructor({ driver, codec, fullTextMatch, run }: CypherQueriesOptions) {
    this.#fullTextMatch = fullTextMatch;
    this.#driver = driver;
    this.#codec = codec;
    this.#run = run;
  }

  relationshipsOf(ids: readonly string[]): Promise<Relationship[]> {
    return this.#run(async () => {
      const found = new Map<string, Relationship>();
      const ordinals = new Map<string, number>();
      const stored = [...new Set(ids)].flatMap((id) => this.#codec.lookupId(id) ?? []);
      for await (const page of this.#touching(stored)) {
        for (const relationship of page) {
          if (found.has(relationship.internalId)) continue;
          const decoded = this.#codec.decodeRelationship(relationship, ordinals);
          if (!isReject(decoded)) found.set(relationship.internalId, decoded);
        }
      }
      return [...found.values()];
    });
  }

  async *#touching(ids: readonly string[]) {
    for (const { ids: some, isHub } of await this.#portions(ids)) {
      for (const match of TOUCHING) {
        if (isHub) yield* this.#pages(match, some);
        else yield await this.#driver.relationships(match, { ids: some });
      }
    }
  }

  /** Ids together as long as one result can hold all their relationships. */
  async #portions(ids: readonly string[]): Promise<{ ids: string[]; isHub: boolean }[]> {
    const { maxRows } = this.#driver;
    const portions: { ids: string[]; isHub: boolean }[] = [];
    for (const chunk of chunks(ids, maxRows)) {
      if (maxRows === Infinity) {
        portions.push({ ids: chunk, isHub: false });
        continue;
      }
      let rows = 0;
      for (const [id, degree] of await this.#driver.rows(DEGREES, { ids: chunk })) {
        const more = Number(degree);
        const last = portions.at(-1);
        rows += more;
        if (last && !last.isHub && rows < maxRows) last.ids.push(id as string);
        else {
          portions.push({ ids: [id as string], isHub: more >= maxRows });
          rows = more;
        }
      }
    }
    return portions;
  }

  /** The relationships of a memory that has more of them than a result may have rows. */
  async *#pages(match: string, ids: readonly string[]) {
    const id = this.#driver.internalId("r");
    const limit = this.#driver.maxRows - 1;
    let after: StoredValue = -1n;
    while (true) {
      const page = await this.#driver.relationships(
        `${match} WHERE ${id} > $after WITH a, r, b ORDER BY ${id} LIMIT ${limit}`,
        { ids: [...ids], after },
      );
      yield page;
      if (page.length < limit) return;
      after = this.#driver.internalIdParameter(page.at(-1)!.internalId);
    }
  }

  replaceMemory(seen: Memory, next: Memory): Promise<boolean> {
    const before = this.#codec.encodeMemory(seen).properties;
    return this.#writeOne(
      // Setting a property takes the lock; what is compared after it is what nobody else can change any more.
      "MATCH (m:`Memory` {id: row.p.id}) SET m.updated_at = m.updated_at WITH m, row " +
        "WHERE coalesce(m.updated_at, '') = row.u AND coalesce(m.version, 1) = row.v SET m = row.p",
      {
        u: before.updated_at ?? "",
        v: before.version ?? 1n,
        p: this.#codec.encodeMemory(next).properties,
      },
    );
  }

  replaceRelationship(seen: Relationship, next: Relationship): Promise<boolean> {
    const before = this.#codec.encodeRelationship(seen);
    const isSame = CHANGING.map((name) => `coalesce(r.${name}, '') = row.s.${name}`).join(" AND ");
    const find = seen.id.startsWith(DERIVED_ID) ? "r.id IS NULL" : "r.id = row.p.id";
    return this.#writeOne(
      "MATCH (a:`Memory` {id: row.f}) MATCH (b:`Memory` {id: row.t}) WITH row, a, b " +
        `MATCH (a)-[r:${quote(this.#codec.encodeType(seen.type))}]->(b) WHERE ${find} ` +
        `SET r.last_validated = r.last_validated WITH r, row WHERE ${isSame} SET r = row.p`,
      {
        f: this.#codec.encodeId(seen.fromId),
        t: this.#codec.encodeId(seen.toId),
        s: Object.fromEntries(CHANGING.map((name) => [name, before[name] ?? ""])) as StoredMap,
        p: this.#codec.encodeRelationship(next),
      },
    );
  }

  /** Writes one row, or nothing when it is not the only one that comes out. */
  #writeOne(text: string, row: StoredMap): Promise<boolean> {
    return this.#run(async () => {
      try {
        await this.#driver.write([{ text, rows: [row], expected: 1 }], { repeatable: false });
        return true;
      } catch (error) {
        if (error instanceof RowCountError) return false;
        throw error;
      }
    });
  }

  async memoriesWith(words: readonly WordQuery[]): Promise<AsyncIterable<readonly Memory[]> | undefined> {
    const starts = words.map(commonStart);
    // Outside ASCII, letters may be composed in several ways and databases differ in their small letters.
    if (!starts.every((start) => start !== undefined && /^[a-z0-9]+$/.test(start))) return undefined;
    const nodes = await this.#fromFullText(starts as string[]) ?? await this.#fromScan(starts as string[]);
    if (!nodes) return undefined;
    const memories = nodes.map((node) => this.#codec.decodeMemory(node)).filter((item) => !isReject(item));
    return ReadableStream.from([memories as Memory[]]);
  }

  /** By the full-text index, which does not cover tags. Undefined where there is none. */
  async #fromFullText(starts: string[]): Promise<StoredNode[] | undefined> {
    if (!this.#fullTextMatch) return undefined;
    try {
      const pattern = starts.map((start) => `*${start}*`).join(" OR ");
      const found = await this.#driver.nodes(this.#fullTextMatch, { pattern });
      found.push(...await this.#driver.nodes(withStarts([TAGGED]), { starts }));
      return [...new Map(found.map((node) => [node.internalId, node])).values()];
    } catch {
      // The index is made after a load, and this graph may never have been loaded.
      return undefined;
    }
  }

  async #fromScan(starts: string[]): Promise<StoredNode[] | undefined> {
    try {
      return await this.#driver.nodes(withStarts([...CONTAINS, TAGGED]), { starts });
    } catch {
      // A property that is no text, or more memories than one result may have: reading everything copes.
      return undefined;
    }
  }
}
