import type { Memory } from "../../model/memory.ts";
import { type CypherCodec, MEMORY_COLUMNS, MEMORY_LABEL, type NodeRow, propertyMap } from "./codec.ts";
import { quote } from "./names.ts";
import type { StoredValue } from "./values.ts";

/** A memory for the clauses that write it, and others for which these are the same. */
export interface MemoryRow {
  /** The clauses after `UNWIND ... AS row`. */
  readonly text: string;
  readonly row: StoredValue;
}

const PROPERTIES = propertyMap(MEMORY_COLUMNS, 0);
const CREATE_LISTED = createListed([], false);
const CREATE_LISTED_WITH_OTHERS = createListed([], true);

/** A memory as a list of values, for clauses that create it and have the names. */
export function listedRow(codec: CypherCodec, memory: Memory): MemoryRow & { row: StoredValue[] } {
  const { labels, values, others } = codec.listMemory(memory);
  const text = labels.length > 0
    ? createListed(labels, others !== undefined)
    : others
    ? CREATE_LISTED_WITH_OTHERS
    : CREATE_LISTED;
  return { text, row: others ? [...values, others] : values };
}

function createListed(labels: readonly string[], hasOthers: boolean): string {
  // What has no place of its own is the last item.
  const more = hasOthers ? ` SET m += row[${MEMORY_COLUMNS.length}]` : "";
  return `CREATE (m${labelText([MEMORY_LABEL, ...labels])} ${PROPERTIES})${more}`;
}

/** A memory as a map, for clauses that create it or put it in place of what is there. */
export function mappedRow({ labels, properties }: NodeRow, isOverwrite: boolean): MemoryRow {
  const more = labelText(labels);
  const text = isOverwrite
    ? `MERGE (m:\`Memory\` {id: row.id}) SET m = row${more && ` SET m${more}`}`
    : `CREATE (m:\`Memory\`${more}) SET m = row`;
  return { text, row: properties };
}

function labelText(labels: readonly string[]): string {
  return labels.map((label) => `:${quote(label)}`).join("");
}

/** Rows by their clauses. */
export function partsOf<Row>(
  rows: readonly { readonly text: string; readonly row: Row }[],
): { text: string; rows: Row[]; expected: number }[] {
  return [...Map.groupBy(rows, ({ text }) => text)]
    .map(([text, group]) => ({ text, rows: group.map(({ row }) => row), expected: group.length }));
}
