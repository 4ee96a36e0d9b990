/** FalkorDB's compact replies: rows of `[type, value]`, with names as numbers that three tables resolve. */
import type { Buffer } from "node:buffer";
import { GraphError } from "../../errors.ts";
import { plainObject } from "../../model/fields.ts";
import { NativeValue, type StoredMap, type StoredNode, type StoredValue } from "./values.ts";

/**
 * A reply as ioredis gives it to `callBuffer`: integers as text, and texts as bytes, since it would copy the whole
 * reply to make texts of them.
 */
export type Raw = string | Buffer | null | Raw[];

/** A relationship as the reply holds it; its ends are internal ids. */
export interface RawRelationship {
  readonly internalId: string;
  readonly type: string;
  readonly properties: StoredMap;
}

/** A cell of a row. */
export type Cell = StoredValue | NodeCell | RelationshipCell;
/** A node in a row, and which of its properties are doubles or lists. */
export class NodeCell {
  constructor(readonly node: StoredNode, readonly inexact: readonly string[]) {}
}
/** A relationship in a row, and which of its properties are doubles or lists. */
export class RelationshipCell {
  constructor(readonly relationship: RawRelationship, readonly inexact: readonly string[]) {}
}

/** The procedures that list the names a reply refers to by number. */
export const NAME_TABLES = {
  labels: "db.labels",
  types: "db.relationshipTypes",
  keys: "db.propertyKeys",
} as const;
/** Which list of names. */
export type NameTable = keyof typeof NAME_TABLES;

/** A reply refers to a name that was created after the tables were read. */
export class UnknownName extends Error {
  override name = "UnknownName";
}

/** Decodes rows of a reply with the names known so far. */
export class ReplyDecoder {
  readonly #names: Record<NameTable, readonly string[]> = { labels: [], types: [], keys: [] };

  /** Replaces a table; names are only ever added to one, so numbers keep their meaning. */
  setNames(table: NameTable, names: readonly string[]): void {
    this.#names[table] = names;
  }

  /** Throws UnknownName where a table has to be read again. */
  rows(reply: Raw): Cell[][] {
    const [, rows] = reply as [Raw, Raw[][]];
    // A statement without RETURN replies with its statistics alone.
    return (reply as Raw[]).length < 3 ? [] : rows.map((row) => row.map((cell) => this.#cell(cell as Raw[])));
  }

  #name(table: NameTable, index: string): string {
    const name = this.#names[table][Number(index)];
    if (name === undefined) throw new UnknownName(table);
    return name;
  }

  #cell([type, value]: Raw[]): Cell {
    switch (type) {
      case "7": {
        const [internalId, typeIndex, , , properties] = value as [string, string, Raw, Raw, Raw[]];
        const inexact: string[] = [];
        return new RelationshipCell({
          internalId,
          type: this.#name("types", typeIndex),
          properties: this.#properties(properties, inexact),
        }, inexact);
      }
      case "8": {
        const [internalId, labels, properties] = value as [string, string[], Raw[]];
        const inexact: string[] = [];
        return new NodeCell({
          internalId,
          labels: labels.map((label) => this.#name("labels", label)),
          properties: this.#properties(properties, inexact),
        }, inexact);
      }
      default:
        return this.#value(type as string, value!);
    }
  }

  /** Adds to `inexact` the names of the doubles and lists. */
  #properties(properties: Raw[], inexact: string[]): StoredMap {
    const map: StoredMap = {};
    for (let index = 0; index < properties.length; index++) {
      const property = properties[index] as [string, string, Raw];
      const type = property[1];
      const name = this.#name("keys", property[0]);
      map[name] = this.#value(type, property[2]);
      if (type === "5" || type === "6") inexact.push(name);
    }
    return map;
  }

  #value(type: string, value: Raw): StoredValue {
    switch (type) {
      case "1":
        return null;
      case "2":
        return textOf(value);
      case "3":
        return BigInt(value as string);
      case "4":
        return textOf(value) === "true";
      case "5":
        return printedDouble(textOf(value));
      case "6":
        return (value as [string, Raw][]).map(([itemType, item]) => this.#value(itemType, item));
      case "10": {
        const map: StoredMap = plainObject<StoredValue>();
        const flat = value as Raw[];
        for (let at = 0; at < flat.length; at += 2) {
          const [itemType, item] = flat[at + 1] as [string, Raw];
          map[textOf(flat[at]!)] = this.#value(itemType, item);
        }
        return map;
      }
      case "11":
        return new NativeValue("Point", (value as Raw[]).join(","));
      case "12":
        return new NativeValue("Vector", (value as Raw[]).join(","));
      case "13":
        return new NativeValue("LocalDateTime", isoFromSeconds(value as string));
      case "14":
        return new NativeValue("Date", isoFromSeconds(value as string).slice(0, 10));
      case "15":
        return new NativeValue("LocalTime", isoFromSeconds(value as string).slice(11));
      case "16":
        return new NativeValue("Duration", textOf(value));
      default:
        throw new GraphError("STORE_FAILED", `FalkorDB replied with the unknown value type ${type}`);
    }
  }
}

/** A text of a reply. `String` takes three times as long. */
function textOf(value: Raw): string {
  return (value as Buffer).toString();
}

/** A double as FalkorDB prints it, with 15 digits: close to the stored one, not always it. */
function printedDouble(text: string): number {
  switch (text) {
    case "inf":
      return Infinity;
    case "-inf":
      return -Infinity;
    case "nan":
    case "-nan":
      return NaN;
    default:
      return rounded(Number(text));
  }
}

// Printed with 15 digits, the largest doubles read as infinite.
function rounded(printed: number): number {
  return Number.isFinite(printed) ? printed : Math.sign(printed) * Number.MAX_VALUE;
}

/** Whether a double may be the one that was printed as `printed`. */
export function isPrintedAs(value: number, printed: number): boolean {
  // Half way between two texts of 15 digits C takes the even one, and JavaScript the larger: the next smaller double
  // then has the text of the other.
  const smaller = value * (1 - Number.EPSILON / 2);
  return [value, smaller].some((double) => rounded(Number(double.toPrecision(15))) === printed);
}

/** FalkorDB's temporal types have no fractions of a second. */
function isoFromSeconds(seconds: string): string {
  return new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
}
