/** Queries that SQLite answers by its indexes, and changes that it makes atomically. */
import { canonicalMemory, canonicalRelationship } from "../../model/canonical.ts";
import type { Memory } from "../../model/memory.ts";
import type { Relationship } from "../../model/relationship.ts";
import type { GraphStatistics, StoreQueries, TextIndex } from "../../store/queries.ts";
import type { SqliteAccess } from "./access.ts";
import { encodeMemory, encodeRelationship } from "./codec.ts";
import { SqliteTextIndex } from "./text_index.ts";

/** The queries of a SQLite store. */
export class SqliteQueries implements StoreQueries {
  readonly #access: SqliteAccess;
  readonly #textIndex: SqliteTextIndex;

  constructor(access: SqliteAccess) {
    this.#access = access;
    this.#textIndex = new SqliteTextIndex(access);
  }

  get textIndex(): TextIndex | undefined {
    return this.#access.hasNodes() ? this.#textIndex : undefined;
  }

  /** Frees what the queries hold. */
  close(): void {
    this.#textIndex.close();
  }

  relationshipsOf(ids: readonly string[]): Promise<Relationship[]> {
    return this.#access.run(() => {
      const { relationships } = this.#access.reader();
      const find = relationships.finder(this.#access.prepare, "AND (r.from_id = ?1 OR r.to_id = ?1)");
      const found = new Map<string, Relationship>();
      for (const id of new Set(ids)) {
        for (const relationship of find(id)) found.set(relationship.id, relationship);
      }
      return [...found.values()];
    });
  }

  replaceMemory(seen: Memory, next: Memory): Promise<boolean> {
    return this.#access.run(() =>
      this.#access.transaction(() => {
        const { memories } = this.#access.reader();
        const [stored] = memories.finder(this.#access.prepare, "AND m.id = ?")(seen.id);
        if (!stored || canonicalMemory(stored) !== canonicalMemory(seen)) return false;
        this.#access.prepare(
          "UPDATE nodes SET properties = ?, updated_at = CURRENT_TIMESTAMP WHERE id = ? AND label = 'Memory'",
        ).run(encodeMemory(next), next.id);
        return true;
      })
    );
  }

  replaceRelationship(seen: Relationship, next: Relationship): Promise<boolean> {
    return this.#access.run(() =>
      this.#access.transaction(() => {
        const { relationships } = this.#access.reader();
        const [stored] = relationships.finder(this.#access.prepare, "AND r.id = ?")(seen.id);
        if (!stored || canonicalRelationship(stored) !== canonicalRelationship(seen)) return false;
        this.#access.prepare(
          "UPDATE relationships SET properties = ?, valid_from = ?, valid_until = ?, recorded_at = ?, " +
            "invalidated_by = ? WHERE id = ?",
        ).run(...encodeRelationship(next), next.id);
        return true;
      })
    );
  }

  statistics(): Promise<GraphStatistics | undefined> {
    return this.#access.run(() => {
      if (!this.#access.hasNodes()) return undefined;
      const types = this.#access.prepare(MEMORY_STATISTICS).all() as unknown as MemoryStatisticsRow[];
      // Only our own reader understands them, such as Python's NaN.
      if (types.some(({ type }) => type === null)) return undefined;
      const sum = (key: "count" | "importance" | "confidence") =>
        types.reduce((total, row) => total + Number(row[key]), 0);
      const counts = this.#access.reader().count(this.#access.database);
      if (counts.foreignRelationships > 0) return undefined;
      const byType = this.#access.prepare(
        "SELECT rel_type AS type, count(*) AS count FROM relationships GROUP BY 1 ORDER BY 2 DESC, 1",
      ).all() as unknown as { type: string; count: number }[];
      const memories = sum("count");
      return {
        memories,
        relationships: counts.relationships,
        memoriesByType: Object.fromEntries(types.map(({ type, count }) => [type, Number(count)])),
        relationshipsByType: Object.fromEntries(byType.map(({ type, count }) => [type, Number(count)])),
        ...(memories > 0 && {
          averageImportance: sum("importance") / memories,
          averageConfidence: sum("confidence") / memories,
        }),
      };
    });
  }
}

interface MemoryStatisticsRow {
  type: string | null;
  count: number;
  importance: number;
  confidence: number;
}

/** A number in the properties, or the default where it is missing or something else. */
const numberAt = (key: string, fallback: number) =>
  `CASE WHEN json_type(properties, '$.${key}') IN ('integer', 'real') ` +
  `THEN json_extract(properties, '$.${key}') ELSE ${fallback} END`;

// The type is null for rows that are no JSON; their other columns are not looked at.
const MEMORY_STATISTICS = `
  SELECT CASE WHEN json_valid(properties) AND json_type(properties) = 'object' THEN
      CASE json_type(properties, '$.type') WHEN 'text' THEN json_extract(properties, '$.type') ELSE '' END
    END AS type,
    count(*) AS count,
    sum(CASE WHEN json_valid(properties) THEN ${numberAt("importance", 0.5)} END) AS importance,
    sum(CASE WHEN json_valid(properties) THEN ${numberAt("confidence", 0.8)} END) AS confidence
  FROM nodes WHERE label = 'Memory' GROUP BY 1 ORDER BY 2 DESC, 1`;
