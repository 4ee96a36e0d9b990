/**
 * Between the operations' camel case and the snake case that upstream's tools have, which JSON on the command line
 * may have too.
 */
import * as z from "zod";
import { snakeCase } from "../model/fields.ts";

/** A JSON Schema as far as names are concerned. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly type?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

/** The JSON Schema of an operation's input or output, in the operation's own names. */
export function schemaOf(schema: z.ZodObject, io: "input" | "output"): JsonSchema {
  // Definitions would be a place where names hide.
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, reused: "inline" }) as JsonSchema;
  return io === "input" ? withoutSentinels(rest) : rest;
}

/** The largest integers are JavaScript's limits, which tell a model nothing. */
function withoutSentinels(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema), (key, value) => {
    const isLimit = (key === "maximum" || key === "minimum") && Math.abs(value) === Number.MAX_SAFE_INTEGER;
    return isLimit ? undefined : value;
  });
}

// What only the command line reads.
const CLI_KEYWORDS = new Set(["value", "group", "kind", "bare", "alias", "env", "secret"]);

/** The same schema with every property's name in snake case, as tools show it. */
export function toolSchema(schema: JsonSchema): JsonSchema {
  const result: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (CLI_KEYWORDS.has(keyword)) continue;
    result[keyword] = value;
  }
  if (schema.properties) {
    result.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, inner]) => [snakeCase(name), toolSchema(inner)]),
    );
  }
  if (schema.required) result.required = schema.required.map(snakeCase);
  if (schema.items) result.items = toolSchema(schema.items);
  if (schema.anyOf) result.anyOf = schema.anyOf.map(toolSchema);
  return result as JsonSchema;
}

/** An operation's output as a tool's result: the schema says which keys are names. */
export function toToolNames(value: unknown, schema: JsonSchema): unknown {
  return rename(value, schema, { pair: (name) => [name, snakeCase(name)], isLeftOut: isUndefined });
}

/**
 * A tool's arguments as an operation's input. A name in camel case is understood too, and null is an argument
 * that is left out, as some clients send it.
 */
export function fromToolNames(value: unknown, schema: JsonSchema): unknown {
  return rename(value, schema, {
    pair: (name) => [snakeCase(name), name],
    isLeftOut: (item) => isUndefined(item) || item === null,
  });
}

interface Renaming {
  /** A property's name as it comes and as it goes, by its name in the schema. */
  readonly pair: (name: string) => [from: string, to: string];
  readonly isLeftOut: (item: unknown) => boolean;
}

const isUndefined = (item: unknown) => item === undefined;

function rename(value: unknown, schema: JsonSchema, renaming: Renaming): unknown {
  const { pair, isLeftOut } = renaming;
  if (Array.isArray(value)) {
    return schema.items ? value.map((item) => rename(item, schema.items!, renaming)) : value;
  }
  if (typeof value !== "object" || value === null) return value;
  const properties = schema.properties ??
    schema.anyOf?.find((option) => option.properties !== undefined)?.properties;
  if (!properties) return value;
  const names = new Map(
    Object.entries(properties).map(([name, inner]) => [pair(name)[0], { to: pair(name)[1], inner }]),
  );
  const entries = Object.entries(value).filter(([, item]) => !isLeftOut(item));
  return Object.fromEntries(entries.map(([name, item]) => {
    const known = names.get(name);
    return known ? [known.to, rename(item, known.inner, renaming)] : [name, item];
  }));
}
