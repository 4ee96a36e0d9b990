/**
 * Exact doubles out of FalkorDB, which stores all 53 bits and prints 15 digits. A double times a power of two
 * is an integer, and integers are printed exactly.
 */
import { GraphError } from "../../errors.ts";
import { isPrintedAs } from "./falkor_reply.ts";
import type { StoredMap, StoredNode, StoredRelationship, StoredValue } from "./values.ts";

/** The fields that hold a double in every record; each page brings them scaled, in a column. */
export const RATIOS = {
  m: ["importance", "confidence", "effectiveness"],
  r: ["strength", "confidence", "success_rate"],
} as const;

const SCALE = 2 ** 62;
// Below, 62 binary places are not enough for all 53 bits of a double.
const SCALED_MIN = 2 ** -10;
const SCALED_MAX = 1;

/**
 * One column with `variable`'s ratios scaled to integers, as text with commas, which decodes faster than
 * a column for each. A property that is not a number is 0 there.
 */
export function ratioColumn(variable: keyof typeof RATIOS): string {
  // CASE would not guard toInteger() against text: FalkorDB evaluates all its branches.
  return RATIOS[variable].map((key) =>
    `coalesce(toInteger(toFloatOrNull(${variable}.${key}) * ${SCALE}.0), 0)`
  )
    .join(" + ',' + ");
}

/** A double whose printed digits may be short, by its place in a record's properties. */
interface Inexact {
  readonly record: StoredNode | StoredRelationship;
  readonly key: string;
  /** Indexes into nested lists. */
  readonly path: readonly number[];
  readonly printed: number;
  readonly set: (exact: number) => void;
}

/** Collects the doubles of a page and makes them exact. */
export class ExactDoubles {
  readonly #inexact: Inexact[] = [];

  /**
   * Sets the ratios of a record from the scaled ones, and takes note of its other doubles; `inexact` names the
   * properties that are doubles or lists.
   */
  add(
    record: StoredNode | StoredRelationship,
    inexact: readonly string[],
    { ratios, column }: { ratios: readonly string[]; column: string },
  ): void {
    const { properties } = record;
    const scaled = column.split(",");
    for (const key of inexact) {
      const value = properties[key]!;
      if (typeof value === "number") {
        const ratio = ratios.indexOf(key);
        const size = Math.abs(value);
        if (ratio >= 0 && size >= SCALED_MIN && size <= SCALED_MAX) {
          properties[key] = Number(scaled[ratio]) / SCALE;
        } else this.#note(record, properties, key, key, []);
      } else if (Array.isArray(value)) this.#noteList(record, key, value, []);
    }
  }

  #noteList(record: StoredNode | StoredRelationship, key: string, list: StoredValue[], path: number[]): void {
    for (const [index, item] of list.entries()) {
      if (typeof item === "number") {
        this.#note(record, list as unknown as StoredMap, String(index), key, [...path, index]);
      } else if (Array.isArray(item)) this.#noteList(record, key, item, [...path, index]);
    }
  }

  #note(
    record: StoredNode | StoredRelationship,
    holder: StoredMap,
    member: string,
    key: string,
    path: readonly number[],
  ): void {
    const printed = holder[member] as number;
    // A zero is printed with its sign, and cannot be a rounded number.
    if (printed === 0 || !Number.isFinite(printed)) return;
    // Such a memory is not carried.
    if ("labels" in record && typeof record.properties.id !== "string") return;
    this.#inexact.push({ record, key, path, printed, set: (exact) => holder[member] = exact });
  }

  /** Asks for the doubles that no column brought; `ask` runs a statement with the parameter `items`. */
  async resolve(ask: (text: string, items: StoredValue[]) => Promise<StoredValue[][]>): Promise<void> {
    if (this.#inexact.length === 0) return;
    const isNode = "labels" in this.#inexact[0]!.record;
    const items = this.#inexact.map(({ record, key, path }, at): StoredValue => ({
      at: BigInt(at),
      i: BigInt(record.internalId),
      k: key,
      p: path.map(BigInt),
      ...("labels" in record ? { n: record.properties.id! } : { f: record.from, t: record.to }),
    }));
    const found = await ask(isNode ? EXACT_IN_NODES : EXACT_IN_RELATIONSHIPS, items);
    if (found.length < items.length) {
      const seen = new Set(found.map(([at]) => Number(at)));
      const rest = items.filter((_, at) => !seen.has(at));
      found.push(...await ask(isNode ? EXACT_IN_ANY_NODES : EXACT_IN_ANY_RELATIONSHIPS, rest));
    }
    for (const [at, mantissa, exponent] of found) {
      const { printed, set } = this.#inexact[Number(at)]!;
      const exact = timesPowerOfTwo(Number(mantissa), -Number(exponent));
      if (!isPrintedAs(exact, printed)) throw changed();
      set(exact);
    }
    if (found.length !== items.length) throw changed();
  }
}

function changed(): GraphError {
  return new GraphError(
    "SOURCE_CHANGED",
    "The graph was changed while it was read (stop other writers first)",
  );
}

/** 2^exponent alone may be out of a double's range where the product is not. */
function timesPowerOfTwo(value: number, exponent: number): number {
  const half = Math.trunc(exponent / 2);
  return value * 2 ** half * 2 ** (exponent - half);
}

// The exponent k makes x * 2^k an integer of at most 58 bits; its multiplication is split for the same reason
// as above. The path walks into nested lists.
const MANTISSA = `WITH item.at AS at, reduce(v = holder[item.k], j IN item.p | v[j]) AS x
WITH at, x, 57 - toInteger(floor(log(abs(x)) / 0.6931471805599453)) AS k
WITH at, x, k, k / 2 AS a
RETURN at, toInteger(x * pow(2.0, a) * pow(2.0, k - a)), k`;

const EXACT_IN_NODES = `UNWIND $items AS item
MATCH (holder:Memory {id: item.n}) WHERE id(holder) = item.i
${MANTISSA}`;

const EXACT_IN_RELATIONSHIPS = `UNWIND $items AS item
MATCH (:Memory {id: item.f})-[holder]->(:Memory {id: item.t}) WHERE id(holder) = item.i
${MANTISSA}`;

// By a scan, for memories whose id is in no index: it leaves out what is long, and white space at the ends.
const EXACT_IN_ANY_NODES = `UNWIND $items AS item
MATCH (holder:Memory) WHERE id(holder) = item.i
${MANTISSA}`;

const EXACT_IN_ANY_RELATIONSHIPS = `UNWIND $items AS item
MATCH (:Memory)-[holder]->(:Memory) WHERE id(holder) = item.i
${MANTISSA}`;
