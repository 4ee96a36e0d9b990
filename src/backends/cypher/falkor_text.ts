/** Values as FalkorDB's query text. Its parameters are literals in front of the query. */
import { NativeValue, type StoredValue } from "./values.ts";
import type { Parameters } from "./driver.ts";

/** Parameters as the prefix of a query: `CYPHER name=literal ... `. */
export function parameterText(parameters: Parameters): string {
  let text = "";
  for (const name in parameters) text += ` ${name}=${literal(parameters[name]!)}`;
  return text && `CYPHER${text} `;
}

const ESCAPED = /[\\"]/;
const ESCAPED_ALL = /[\\"]/g;

/** A value as a literal. Throws TypeError for what FalkorDB cannot parse, which the codec never lets through. */
export function literal(value: StoredValue): string {
  switch (typeof value) {
    case "string":
      // Only these two: FalkorDB takes `\u0041` for six characters, and everything else as it is.
      return `"${ESCAPED.test(value) ? value.replace(ESCAPED_ALL, "\\$&") : value}"`;
    case "number":
      return double(value);
    case "bigint":
    case "boolean":
      return String(value);
    default:
      break;
  }
  if (value === null) return "null";
  if (Array.isArray(value)) return jsonList(value) ?? `[${value.map(literal).join(",")}]`;
  if (value instanceof NativeValue) throw new TypeError(`FalkorDB has no literal of type ${value.type}`);
  let text = "";
  // Keys in double quotes are a syntax error, and a backtick in a key cannot be escaped.
  for (const key in value) text += `${text && ","}\`${key}\`:${literal(value[key]!)}`;
  return `{${text}}`;
}

/**
 * A list as JSON, which V8 writes several times quicker, where that is the literal; else undefined. FalkorDB
 * knows JSON's escapes of one letter, but not `\\u`.
 */
function jsonList(list: readonly StoredValue[]): string | undefined {
  const items: unknown[] = [];
  for (const item of list) {
    switch (typeof item) {
      case "bigint": {
        const number = Number(item);
        if (!Number.isSafeInteger(number)) return undefined;
        items.push(number);
        break;
      }
      case "number":
        // JSON has no point in a double without a fraction.
        if (!Number.isFinite(item) || Number.isInteger(item)) return undefined;
        items.push(item);
        break;
      case "object":
        if (item !== null && !isTexts(item)) return undefined;
        items.push(item);
        break;
      default:
        items.push(item);
    }
  }
  const text = JSON.stringify(items);
  return text.includes("\\u") ? undefined : text;
}

function isTexts(value: StoredValue): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/** With a point or an exponent, or it would be stored as an integer. */
function double(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`FalkorDB has no literal for ${value}`);
  if (Object.is(value, -0)) return "-0.0";
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
