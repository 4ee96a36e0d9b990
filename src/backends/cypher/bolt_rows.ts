/**
 * How records come over Bolt: as nodes and relationships, or as lists of their values. neo4j-driver takes about as
 * long for the name of a property as for its value, and for one DateTime as long as for ten texts.
 */
import type { Node, Record as Row, Relationship } from "neo4j-driver";
import type { BoltValues } from "./bolt_values.ts";
import { MEMORY_COLUMNS, RELATIONSHIP_COLUMNS } from "./codec.ts";
import { quote } from "./names.ts";
import { unsoundReply } from "./sound_reply.ts";
import { dateTimeFromText, NATIVE_TIMESTAMPS } from "./temporal.ts";
import type {
  NodeContent,
  RelationshipContent,
  StoredMap,
  StoredNode,
  StoredRelationship,
  StoredValue,
} from "./values.ts";

/** What a query ends with, and what its rows then are. */
export interface RowShape<Item> {
  readonly ending: string;
  read(row: Row): Item;
}

/** The shapes of one product: nodes are bound to `m`, relationships to `r` from `a` to `b`. */
export interface BoltRows {
  readonly node: RowShape<StoredNode>;
  readonly relationship: RowShape<StoredRelationship>;
  /** Those of a scan, which needs no internal ids. */
  readonly scannedNode: RowShape<NodeContent>;
  readonly scannedRelationship: RowShape<RelationshipContent>;
}

/** Nodes and relationships as they are. */
export function wholeRows(values: BoltValues): BoltRows {
  const node = {
    ending: "RETURN m",
    read(row: Row) {
      const { elementId, labels, properties } = asObject(row.get(0)) as unknown as Node;
      return {
        internalId: asText(elementId),
        labels: asTexts(labels),
        properties: values.fromDriver(asObject(properties)) as StoredMap,
      };
    },
  };
  const relationship = {
    ending: "RETURN r, a.id, b.id",
    read(row: Row) {
      const { elementId, type, properties } = asObject(row.get(0)) as unknown as Relationship;
      return {
        internalId: asText(elementId),
        type: asText(type),
        from: values.fromDriver(row.get(1)),
        to: values.fromDriver(row.get(2)),
        properties: values.fromDriver(asObject(properties)) as StoredMap,
      };
    },
  };
  return { node, relationship, scannedNode: node, scannedRelationship: relationship };
}

/**
 * Lists of values, in the order of their columns, for a server that says the types of values (Neo4j 5.10). A record
 * with a property that is no column comes as the map of all of them.
 */
export function listedRows(values: BoltValues): BoltRows {
  const readMemory = propertiesReader(MEMORY_COLUMNS, values);
  const readRelationship = propertiesReader(RELATIONSHIP_COLUMNS, values);
  const scannedNode = {
    ending: listing("m", ["m"], MEMORY_COLUMNS, "labels(m)"),
    read: (row: Row) => ({ properties: readMemory(row.get(0)), labels: asTexts(row.get(1)) }),
  };
  const scannedRelationship = {
    ending: listing("r", ["a", "r", "b"], RELATIONSHIP_COLUMNS, "type(r), a.id, b.id"),
    read: (row: Row) => ({
      properties: readRelationship(row.get(0)),
      type: asText(row.get(1)),
      from: values.fromDriver(row.get(2)),
      to: values.fromDriver(row.get(3)),
    }),
  };
  return {
    scannedNode,
    scannedRelationship,
    node: {
      ending: `${scannedNode.ending}, elementId(m)`,
      read: (row) => ({ ...scannedNode.read(row), internalId: asText(row.get(2)) }),
    },
    relationship: {
      ending: `${scannedRelationship.ending}, elementId(r)`,
      read: (row) => ({ ...scannedRelationship.read(row), internalId: asText(row.get(4)) }),
    },
  };
}

/** Clauses that end with the properties of `variable` as a list or a map, and then with `others`. */
function listing(
  variable: string,
  bound: readonly string[],
  columns: readonly string[],
  others: string,
): string {
  const cells = columns.map((name) => {
    const cell = `p.${quote(name)}`;
    if (!NATIVE_TIMESTAMPS.has(name)) return cell;
    // No property is a list of lists, so this is not one.
    return `CASE WHEN ${cell} IS :: ZONED DATETIME NOT NULL THEN [[toString(${cell})]] ELSE ${cell} END`;
  });
  return `WITH ${bound.join(", ")}, properties(${variable}) AS p ` +
    `WITH ${bound.join(", ")}, p, [${cells.join(", ")}] AS l ` +
    `RETURN CASE WHEN size(keys(p)) = size([x IN l WHERE x IS NOT NULL]) THEN l ELSE p END, ${others}`;
}

function propertiesReader(columns: readonly string[], values: BoltValues) {
  return (cell: unknown): StoredMap => {
    if (!Array.isArray(cell)) return values.fromDriver(asObject(cell)) as StoredMap;
    const properties: StoredMap = {};
    for (let index = 0; index < columns.length; index++) {
      const value = cell[index] as StoredValue | undefined;
      if (value === undefined) throw unsoundReply();
      if (value === null) continue;
      properties[columns[index]!] = typeof value === "object" ? fromList(value, values) : value;
    }
    return properties;
  };
}

function fromList(value: StoredValue, values: BoltValues): StoredValue {
  const isDateTime = Array.isArray(value) && Array.isArray(value[0]);
  if (!isDateTime) return values.fromDriver(value);
  const dateTime = dateTimeFromText(asText((value[0] as unknown[])[0]));
  if (!dateTime) throw unsoundReply();
  return dateTime;
}

function asObject(cell: unknown): object {
  if (typeof cell === "object" && cell !== null && !Array.isArray(cell)) return cell;
  throw unsoundReply();
}

function asText(cell: unknown): string {
  if (typeof cell === "string") return cell;
  throw unsoundReply();
}

function asTexts(cell: unknown): string[] {
  if (Array.isArray(cell)) return cell.map(asText);
  throw unsoundReply();
}
