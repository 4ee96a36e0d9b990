/** Records as rows of a statement. */
import type { Memory } from "../../model/memory.ts";
import type { Relationship } from "../../model/relationship.ts";
import {
  type CypherCodec,
  MEMORY_COLUMNS,
  MEMORY_LABEL,
  type NodeRow,
  propertyMap,
  RELATIONSHIP_COLUMNS,
} from "./codec.ts";
import { quote } from "./names.ts";
import type { StoredValue } from "./values.ts";

/** A record for the clauses that write it, and others for which these are the same. */
export interface RecordRow {
  /** The clauses after `UNWIND ... AS row`. */
  readonly text: string;
  /** What the clauses make in a graph: labels of a memory beside `Memory`, the type of a relationship. */
  readonly names: readonly string[];
  readonly row: StoredValue;
}

const MEMORY_PROPERTIES = propertyMap(MEMORY_COLUMNS, 0);
const MATCH_ENDS = "MATCH (a:`Memory` {id: row[0]}) MATCH (b:`Memory` {id: row[1]})";
const RELATIONSHIP_PROPERTIES = propertyMap(RELATIONSHIP_COLUMNS, 2);

/** A memory as a list of values, for clauses that create it and have the names. */
export function listedMemory(codec: CypherCodec, memory: Memory): RecordRow {
  const { labels, values, others } = codec.listMemory(memory);
  const names = labelText([MEMORY_LABEL, ...labels]);
  const text = remembered(`${others !== undefined}${names}`, () => {
    // What has no place of its own is the last item.
    const more = others ? ` SET m += row[${values.length}]` : "";
    return `CREATE (m${names} ${MEMORY_PROPERTIES})${more}`;
  });
  return { text, names: labels, row: others ? [...values, others] : values };
}

/** The same of a relationship between memories that are there. */
export function listedRelationship(codec: CypherCodec, relationship: Relationship): RecordRow {
  const { values, others } = codec.listRelationship(relationship);
  const row = [codec.encodeId(relationship.fromId), codec.encodeId(relationship.toId), ...values];
  const name = codec.encodeType(relationship.type);
  const type = quote(name);
  const text = remembered(`${others !== undefined}${type}`, () => {
    const more = others ? ` SET r += row[${row.length}]` : "";
    return `${MATCH_ENDS} CREATE (a)-[r:${type} ${RELATIONSHIP_PROPERTIES}]->(b)${more}`;
  });
  return { text, names: [name], row: others ? [...row, others] : row };
}

/** A memory as a map, for clauses that create it or put it in place of what is there. */
export function mappedMemory({ labels, properties }: NodeRow, isOverwrite: boolean): RecordRow {
  const more = labelText(labels);
  const text = isOverwrite
    ? `MERGE (m:\`Memory\` {id: row.id}) SET m = row${more && ` SET m${more}`}`
    : `CREATE (m:\`Memory\`${more}) SET m = row`;
  return { text, names: labels, row: properties };
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
