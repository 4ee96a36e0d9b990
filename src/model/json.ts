/**
 * JSON that loses nothing: integers beyond 2^53 become bigint, `-0` keeps its sign, and the tokens NaN,
 * Infinity and -Infinity, which Python's json module reads and writes, are understood.
 */

import { hideEscapedKeys, rewrite } from "./json_rewrite.ts";

/** A JSON value as {@linkcode parseJson} returns it. */
export type JsonValue = null | boolean | number | bigint | string | JsonValue[] | JsonObject;
/** An object whose values are JSON values. It has no prototype surprises: `__proto__` is an ordinary key. */
export interface JsonObject {
  [key: string]: JsonValue;
}

// What follows a point needs no care. In a string it means nothing, and costs no more than time. V8 skips ahead
// by the length of the digits only where they are written out, which takes a third of the time.
const LONG_INTEGER = new RegExp(`(?:^|[:,[\\s-])${"\\d".repeat(16)}`);
const INTEGER = /^-?\d+$/;
const NON_FINITE = /-?Infinity\b|\bNaN\b/g;
const NON_FINITE_KEY = "\u0000memorygraph-number:";

/** Parses JSON text. Throws SyntaxError for text that is not JSON. */
export function parseJson(text: string): JsonValue {
  const hidden = hideEscapedKeys(text);
  return hidden ? hidden.restore(parseExact(hidden.text)) : parseExact(text);
}

function parseExact(text: string): JsonValue {
  let value: JsonValue;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const tagged = tagNonFinite(text);
    if (tagged === undefined) throw error;
    return parseWithSource(
      tagged,
      (item, source) =>
        typeof item === "string" && item.startsWith(NON_FINITE_KEY)
          ? Number(item.slice(NON_FINITE_KEY.length))
          : exactNumber(item, source),
    );
  }
  // A reviver costs about five times the parse, so it runs only where a number may need it.
  if (!LONG_INTEGER.test(text)) return value;
  return parseWithSource(text, exactNumber);
}

type Revive = (item: JsonValue, source: string | undefined) => JsonValue;
// TypeScript 6 does not declare the reviver's third argument: the source text of a primitive (ES2026).
type SourceReviver = (key: string, item: JsonValue, context?: { source?: string }) => JsonValue;

function parseWithSource(text: string, revive: Revive): JsonValue {
  const reviver: SourceReviver = (_key, item, context) => revive(item, context?.source);
  return JSON.parse(text, reviver);
}

function exactNumber(item: JsonValue, source: string | undefined): JsonValue {
  if (typeof item !== "number" || Number.isSafeInteger(item) || source === undefined) return item;
  return INTEGER.test(source) ? BigInt(source) : item;
}

function tagNonFinite(text: string): string | undefined {
  const tagged = rewrite(text, {
    between: (part) => part.replace(NON_FINITE, (token) => JSON.stringify(NON_FINITE_KEY + token)),
  });
  return tagged === text ? undefined : tagged;
}

/**
 * Writes a value as JSON text without spaces. Undefined members are left out, as JSON.stringify does.
 * The result is read back exactly by {@linkcode parseJson}.
 */
export function stringifyJson(value: unknown): string {
  return needsExactNumbers(value) ? stringifyExact(value) : JSON.stringify(value);
}

function needsExactNumbers(value: unknown): boolean {
  switch (typeof value) {
    case "number":
      return Object.is(value, -0) || !Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER;
    case "bigint":
      return true;
    case "object": {
      if (value === null) return false;
      if (Array.isArray(value)) {
        for (const item of value) if (needsExactNumbers(item)) return true;
        return false;
      }
      for (const key in value) if (needsExactNumbers((value as Record<string, unknown>)[key])) return true;
      return false;
    }
    default:
      return false;
  }
}

function stringifyExact(value: unknown): string {
  switch (typeof value) {
    case "number":
      return formatNumber(value);
    case "bigint":
      return value.toString();
    case "object": {
      if (value === null) return "null";
      if (Array.isArray(value)) return `[${value.map((item) => stringifyExact(item ?? null)).join(",")}]`;
      const members = Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => `${JSON.stringify(key)}:${stringifyExact(item)}`);
      return `{${members.join(",")}}`;
    }
    default:
      return JSON.stringify(value);
  }
}

/** A double as a JSON number that reads back as a double, also where it looks like a long integer. */
function formatNumber(value: number): string {
  if (Object.is(value, -0)) return "-0.0";
  const text = String(value);
  // Without a fraction or an exponent the reader would take it for an exact integer.
  return Number.isFinite(value) && !Number.isSafeInteger(value) && INTEGER.test(text) ? `${text}.0` : text;
}

/** How many lists and objects within one another a record may have: what walks deeper ones runs out of stack. */
export const MAX_DEPTH = 1000;

/** Parses JSON text. Throws SyntaxError for text that is not JSON, or is nested more than {@linkcode MAX_DEPTH} deep. */
export function parseShallowJson(text: string): JsonValue {
  const value = parseJson(text);
  // A shorter text has no room for so many brackets.
  if (text.length > 2 * MAX_DEPTH && isDeeper(value, MAX_DEPTH)) {
    throw new SyntaxError(`nested more than ${MAX_DEPTH} deep`);
  }
  return value;
}

/** Whether a value is nested deeper than so many levels. */
export function isDeeper(value: JsonValue, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return depth === 0 || Object.values(value).some((item) => isDeeper(item, depth - 1));
}

/** Whether a value is a JSON object, not an array and not null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The canonical text of a value: keys sorted by code unit, equal numbers printed alike
 * (1 and 1.0 are one number, -0.0 is not 0).
 */
export function canonicalJson(value: JsonValue): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "number":
      return canonicalNumber(value);
    case "bigint":
      return value.toString();
    case "boolean":
      return value ? "true" : "false";
    default:
      if (value === null) return "null";
      if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
      return `{${
        Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key]!)}`).join(
          ",",
        )
      }}`;
  }
}

/** The canonical text of a number: exact decimal digits for integers, the shortest exact text for others. */
export function canonicalNumber(value: number): string {
  if (Object.is(value, -0)) return "-0";
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? BigInt(value).toString() : String(value);
}
