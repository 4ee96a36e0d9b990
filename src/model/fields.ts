/**
 * Reads a zod schema as a table of stored fields. The schemas stay the one home of names, kinds and defaults:
 * codecs and the canonical form are loops over this table.
 */
import type { z } from "zod";
import { unwrap } from "../schema.ts";
import type { JsonObject, JsonValue } from "./json.ts";

/** How a field's value is kept: `texts` is a list of strings, `json` is opaque JSON text. */
export type FieldKind = "text" | "number" | "integer" | "boolean" | "texts" | "json";

/** One field of a record: its name here, its stored name upstream, its kind and its default. */
export interface Field {
  readonly key: string;
  readonly stored: string;
  readonly kind: FieldKind;
  /** The value that a missing field has; undefined for a field that may be absent. */
  readonly default: string | number | boolean | readonly string[] | undefined;
}

/** Marks a schema as opaque JSON text in the field table. */
export const JSON_TEXT = { kind: "json" } as const;

/** The field table of an object schema, in the schema's order. Members that are objects are left out. */
export function fieldsOf({ shape }: z.ZodObject): Field[] {
  return Object.entries(shape).flatMap(([key, member]) => {
    const { inner, meta, fallback } = unwrap(member as z.ZodType);
    if (inner._zod.def.type === "object") return [];
    const kind = meta.kind === JSON_TEXT.kind ? meta.kind : fieldKind(inner);
    return [{ key, stored: snakeCase(key), kind, default: fallback as Field["default"] }];
  });
}

function fieldKind({ _zod: { def } }: z.core.$ZodType): FieldKind {
  switch (def.type) {
    case "array":
      return "texts";
    case "number":
      return (def as z.core.$ZodNumberFormatDef).format === "safeint" ? "integer" : "number";
    case "boolean":
      return "boolean";
    default:
      return "text";
  }
}

/** `fromPath` as `from-path`. */
export function kebabCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `filesInvolved` as `files_involved`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Whether a stored value has the type that the field asks for. Limits are not looked at. */
export function hasKind(kind: FieldKind, value: JsonValue): boolean {
  switch (kind) {
    case "text":
    case "json":
      return typeof value === "string";
    case "number":
      return typeof value === "number";
    case "integer":
      return Number.isSafeInteger(value) && !Object.is(value, -0);
    case "boolean":
      return typeof value === "boolean";
    case "texts":
      return Array.isArray(value) && value.every((item) => typeof item === "string");
  }
}

/** Whether a value is the field's default, which is stored or left out without a difference. */
export function isDefault(field: Field, value: unknown): boolean {
  if (value === undefined || value === field.default) return !Object.is(value, -0);
  return Array.isArray(value) && value.length === 0 && Array.isArray(field.default) &&
    field.default.length === 0;
}

/** An object for keys that came from outside: without a prototype, `__proto__` is a key like any other. */
export function plainObject<T = JsonValue>(): Record<string, T> {
  return Object.create(null);
}

/** Unknown properties of a record, by stored name. */
export type Extra = JsonObject;
