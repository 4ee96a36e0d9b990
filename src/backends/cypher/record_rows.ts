/** Records as rows of a statement. */
import type { Memory } from "../../model/memory.ts";
import type { Relationship } from "../../model/relationship.ts";
import { type CypherCodec, MEMORY_COLUMNS, MEMORY_LABEL, RELATIONSHIP_COLUMNS } from "./codec.ts";
import type { Dialect } from "./dialect.ts";
import { quote } from "./names.ts";
import { NATIVE_TIMESTAMPS } from "./temporal.ts";
import { NativeValue, type StoredValue } from "./values.ts";

/** A record for the clauses that write it, and others for which these are the same. */
export interface RecordRow {
  /** The clauses after `UNWIND ... AS row`. */
  readonly text: string;
  /** What the clauses make in a graph: labels of a memory beside `Memory`, the type of a relationship. */
  readonly names: readonly string[];
  readonly row: StoredValue;
}

/** Where timestamps are that may be native, in {@linkcode RELATIONSHIP_COLUMNS}. */
const TIMESTAMP_PLACES = RELATIONSHIP_COLUMNS.flatMap((name, at) => NATIVE_TIMESTAMPS.has(name) ? [at] : []);

/** A memory as a list of values, for clauses that create it and have the names. */
export function listedMemory(codec: CypherCodec, memory: Memory): RecordRow {
  const { labels, values, others } = codec.listMemory(memory);
  const names = labelText([MEMORY_LABEL, ...labels]);
  const text = remembered(`${others !== undefined}${names}`, () => {
    // What has no place of its own is the last item.
    const more = others ? ` SET m += row[${values.length}]` : "";
    return `CREATE (m${names} ${propertyMap(MEMORY_COLUMNS, 0)})${more}`;
  });
  return { text, names: labels, row: others ? [...values, others] : values };
}

/**
 * The same of a relationship between memories that are there. DateTimes are texts that the server parses: neo4j-driver
 * takes about as long for one as for ten texts.
 */
export function listedRelationship(
  codec: CypherCodec,
  relationship: Relationship,
  { dynamicTypes }: Pick<Dialect, "dynamicTypes">,
): RecordRow {
  const { values, others } = codec.listRelationship(relationship);
  const name = codec.encodeType(relationship.type);
  const row: StoredValue[] = [codec.encodeId(relationship.fromId), codec.encodeId(relationship.toId)];
  const type = dynamicTypes ? `$(row[${row.push(name) - 1}])` : quote(name);
  const first = row.length;
  row.push(...values);
  // A native value here is what nativeTimestamp made of a text; the others are no fields, and not in the list.
  const dateTimes = TIMESTAMP_PLACES.filter((place) => values[place] instanceof NativeValue);
  for (const place of dateTimes) row[first + place] = (values[place] as NativeValue).text;
  const text = remembered(`${others !== undefined}${dateTimes}${type}`, () => {
    const properties = propertyMap(RELATIONSHIP_COLUMNS, first, dateTimes);
    const more = others ? ` SET r += row[${row.length}]` : "";
    return "MATCH (a:`Memory` {id: row[0]}) MATCH (b:`Memory` {id: row[1]}) " +
      `CREATE (a)-[r:${type} ${properties}]->(b)${more}`;
  });
  return { text, names: [name], row: others ? [...row, others] : row };
}

/** A map of properties, whose values are in the list `row` from a place on; those in some places are DateTimes. */
function propertyMap(columns: readonly string[], first: number, dateTimes: readonly number[] = []): string {
  const properties = columns.map((name, place) => {
    const value = `row[${first + place}]`;
    return `${quote(name)}: ${dateTimes.includes(place) ? `datetime(${value})` : value}`;
  });
  return `{${properties.join(", ")}}`;
}

/** A memory as a map, for clauses that create it or put it in place of what is there. */
export function mappedMemory(codec: CypherCodec, memory: Memory, isOverwrite: boolean): RecordRow {
  const { labels, properties } = codec.encodeMemory(memory);
  const more = labelText(labels);
  const text = isOverwrite
    ? `MERGE (m:\`Memory\` {id: row.id}) SET m = row${more && ` SET m${more}`}`
    : `CREATE (m:\`Memory\`${more}) SET m = row`;
  return { text, names: labels, row: properties };
}

/** Clauses for the ends of a relationship that is a map. */
export const MATCH_ENDS = "MATCH (a:`Memory` {id: row.f}) MATCH (b:`Memory` {id: row.t})";

/** The same of a relationship between memories that are there. */
export function mappedRelationship(
  codec: CypherCodec,
  relationship: Relationship,
  { dynamicTypes, isOverwrite }: Pick<Dialect, "dynamicTypes"> & { isOverwrite: boolean },
): RecordRow {
  const row = {
    y: codec.encodeType(relationship.type),
    f: codec.encodeId(relationship.fromId),
    t: codec.encodeId(relationship.toId),
    p: codec.encodeRelationship(relationship),
  };
  const type = dynamicTypes ? "$(row.y)" : quote(row.y);
  const text = isOverwrite
    ? `${MATCH_ENDS} MERGE (a)-[r:${type} {id: row.p.id}]->(b) SET r = row.p`
    : `${MATCH_ENDS} CREATE (a)-[r:${type}]->(b) SET r = row.p`;
  return { text, names: [row.y], row };
}

function labelText(labels: readonly string[]): string {
  return labels.map((label) => `:${quote(label)}`).join("");
}

/** More than a graph has types, unless these are made up for each relationship. */
const MAX_REMEMBERED = 1000;
const texts = new Map<string, string>();

/** A text by a short key: making and comparing it for every record takes longer than encoding the record. */
function remembered(key: string, make: () => string): string {
  let text = texts.get(key);
  if (text === undefined) {
    if (texts.size >= MAX_REMEMBERED) texts.clear();
    texts.set(key, text = make());
  }
  return text;
}

/** Rows by their clauses, in an order in which FalkorDB finds the plan of a batch with the same ones again. */
export function partsOf<Row>(
  rows: readonly { readonly text: string; readonly row: Row }[],
): { text: string; rows: Row[]; expected: number }[] {
  return [...Map.groupBy(rows, ({ text }) => text)]
    .sort(([a], [b]) => a < b ? -1 : 1)
    .map(([text, group]) => ({ text, rows: group.map(({ row }) => row), expected: group.length }));
}
