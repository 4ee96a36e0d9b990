/** Timestamps between Python's isoformat, as every backend keeps them, and a database's native types. */
import { NativeValue } from "./values.ts";

/** Fields that upstream keeps as native DateTime in Neo4j. */
export const NATIVE_TIMESTAMPS: ReadonlySet<string> = new Set(["valid_from", "valid_until", "recorded_at"]);

/** Every field that holds a timestamp: a native value found there is read as text. */
export const TIMESTAMPS: ReadonlySet<string> = new Set([
  ...NATIVE_TIMESTAMPS,
  "created_at",
  "updated_at",
  "last_accessed",
  "last_validated",
  "context_timestamp",
]);

const PYTHON_ISO = /^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d{6}|\d{9}))?([+-]\d\d:\d\d)$/;

/**
 * The native DateTime of a timestamp, or undefined where the text would not come back exactly: it is naive,
 * or not in Python's form (`Z`, milliseconds, no seconds), or has more than `digits` of a second.
 */
export function nativeTimestamp(text: string, digits: number): NativeValue | undefined {
  const match = PYTHON_ISO.exec(text);
  if (!match) return undefined;
  const [, fraction, offset] = match;
  if (fraction && fraction.length > digits) return undefined;
  if (fraction && (/^0+$/.test(fraction) || (fraction.length === 9 && fraction.endsWith("000")))) {
    return undefined;
  }
  if (offset === "-00:00" || Number(offset!.slice(1, 3)) > 14 || Number(offset!.slice(4)) > 59) {
    return undefined;
  }
  // Refuses dates that do not exist: Date.parse takes 31 February for 3 March.
  const wall = text.slice(0, 19);
  const date = new Date(`${wall}Z`);
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 19) !== wall) return undefined;
  return new NativeValue("DateTime", text);
}

/** The text of a native timestamp in a timestamp field; undefined where the text would lose something. */
export function timestampText(value: NativeValue): string | undefined {
  if (value.type !== "DateTime" && value.type !== "LocalDateTime") return undefined;
  // A named zone other than UTC has no place in Python's isoformat.
  const text = value.text.replace(/\+00:00\[(?:UTC|Etc\/UTC|Z)\]$/, "+00:00");
  return /\[|^[+-]/.test(text) ? undefined : text;
}

/** Nanoseconds as Python's isoformat prints a fraction: none, six digits, or nine where six would lose some. */
export function fractionOfSecond(nanoseconds: number): string {
  if (nanoseconds === 0) return "";
  const isWhole = nanoseconds % 1000 === 0;
  return isWhole
    ? `.${String(nanoseconds / 1000).padStart(6, "0")}`
    : `.${String(nanoseconds).padStart(9, "0")}`;
}

const NEO4J_DATE_TIME =
  /^([+-]?\d+-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d(?::\d\d)?)(\[.+\])?$/;

/**
 * A DateTime out of what Neo4j's `toString` makes of it, with the text that the driver's value would have; undefined
 * for another text.
 */
export function dateTimeFromText(text: string): NativeValue | undefined {
  const match = NEO4J_DATE_TIME.exec(text);
  if (!match) return undefined;
  const [, wall, fraction = "", offset, zone = ""] = match;
  const digits = fractionOfSecond(Number(fraction.padEnd(9, "0")));
  return new NativeValue("DateTime", `${wall}${digits}${offset === "Z" ? "+00:00" : offset}${zone}`);
}
