/** An operation's input schema as flags and arguments. The schema is the one source; nothing is repeated here. */
import type { z } from "zod";
import { GraphError } from "../errors.ts";
import { fromToolNames, schemaOf } from "../operations/tool_names.ts";
import { kebabCase, snakeCase } from "../model/fields.ts";
import { isJsonObject, type JsonValue, parseJson } from "../model/json.ts";
import type { Operation } from "../operations/operation.ts";
import { redactUris } from "../redact.ts";
import { unwrap } from "../schema.ts";

/** One input of an operation, as the command line shows it. */
export interface Flag {
  /** The input's key, such as `fromPath`. */
  readonly key: string;
  /** The name on the command line, such as `from-path`. */
  readonly name: string;
  readonly kind: "boolean" | "number" | "text" | "json";
  /** May be given several times. */
  readonly isList: boolean;
  readonly isPositional: boolean;
  readonly isRequired: boolean;
  readonly choices?: readonly string[];
  /** What an object that is given as JSON may have. */
  readonly members?: z.ZodObject;
  readonly fallback?: unknown;
  readonly description: string;
  /** Stands for the value in help. */
  readonly value: string;
  /** What the flag stands for when it is given without a value. */
  readonly bare?: string;
  /** Name of the flag by which an argument can be given as well. */
  readonly alias?: string;
  readonly group?: string;
}

/** The inputs of an operation, in the order of its schema. */
export function flagsOf(operation: Operation): Flag[] {
  return Object.entries(operation.input.shape).map(([key, schema]) =>
    flagOf(key, schema as z.ZodType, operation.positionals?.includes(key) ?? false)
  );
}

function flagOf(key: string, schema: z.ZodType, isPositional: boolean): Flag {
  const { inner, meta, optional, fallback } = unwrap(schema);
  const isList = inner._zod.def.type === "array";
  const element = isList ? unwrap((inner as z.ZodArray).element as z.ZodType).inner : inner;
  const name = kebabCase(key);
  return {
    key,
    name,
    kind: kindOf(element, key),
    isList,
    isPositional,
    isRequired: !optional,
    choices: choicesOf(element),
    members: element._zod.def.type === "object" ? element as z.ZodObject : undefined,
    fallback,
    description: meta.description ?? "",
    value: meta.value ?? name.split("-").at(-1)!,
    bare: meta.bare,
    alias: meta.alias,
    group: meta.group,
  };
}

function kindOf(schema: z.core.$ZodType, key: string): Flag["kind"] {
  const { type } = schema._zod.def;
  if (type === "boolean" || type === "number") return type;
  if (type === "string" || type === "enum" || type === "literal") return "text";
  if (type === "object" || type === "record") return "json";
  throw new TypeError(`Input "${key}" is of a kind that has no flag: ${type}`);
}

function choicesOf(schema: z.core.$ZodType): string[] | undefined {
  const { type } = schema._zod.def;
  return type === "enum" || type === "literal" ? [...schema._zod.values ?? []].map(String) : undefined;
}

/** A flag's description with its choices and default. */
export function describeFlag(flag: Flag): string {
  const { description, choices, members, fallback, kind, isRequired, isList, isPositional } = flag;
  const notes = [
    isRequired && "required",
    isList && !isPositional && "may be repeated",
    choices && `one of ${choices.join(", ")}`,
    members && `keys: ${keysOf(members).join(", ")}`,
    showsDefault(fallback) && kind !== "boolean" && `default: ${fallback}`,
  ].filter(Boolean);
  if (notes.length === 0) return description;
  // A description may end in a remark of its own, such as a default that depends on the environment.
  const [text, remark] = /^(.*) \((.*)\)$/s.exec(description)?.slice(1) ?? [description];
  return `${text} (${[remark, ...notes].filter(Boolean).join("; ")})`;
}

function showsDefault(fallback: unknown): boolean {
  return fallback !== undefined && fallback !== "" && !(Array.isArray(fallback) && fallback.length === 0);
}

/** The operation's input out of what the command line gave, by key. Throws USAGE that names the flag. */
export function parseInput(operation: Operation, given: Readonly<Record<string, unknown>>) {
  const flags = flagsOf(operation);
  const values = Object.fromEntries(
    flags.filter(({ key }) => given[key] !== undefined).map((
      flag,
    ) => [flag.key, typed(flag, given[flag.key])]),
  );
  const result = operation.input.safeParse(values);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const [key, ...path] = issue.path;
  const flag = flags.find((candidate) => candidate.key === key);
  const isEmpty = issue.code === "too_small" && issue.origin === "string" && issue.minimum === 1;
  const reason = isEmpty ? "must not be empty" : issue.message;
  if (!flag) throw new GraphError("USAGE", issue.message);
  // Of a flag that was repeated, the value at fault.
  const [inside, value] = flag.isList && typeof path[0] === "number"
    ? [path.slice(1), (given[flag.key] as unknown[])[path[0]]]
    : [path, given[flag.key]];
  const message = [...inside.slice(0, 1).map(String), reason].join(": ");
  throw new GraphError("USAGE", complaint(flag, value, message));
}

function typed(flag: Flag, value: unknown): unknown {
  if (flag.kind !== "number" && flag.kind !== "json") return value;
  const parse = flag.kind === "number" ? toNumber : toObject;
  return Array.isArray(value) ? value.map((item) => parse(flag, item)) : parse(flag, value);
}

function toNumber(flag: Flag, text: unknown): number {
  const number = Number(text);
  if (String(text).trim() !== "" && Number.isFinite(number)) return number;
  throw new GraphError("USAGE", complaint(flag, text, "expected a number"));
}

/** A JSON value with its keys in either spelling, as tools take them. Throws USAGE for one that means nothing. */
function toObject(flag: Flag, text: unknown): unknown {
  let value: JsonValue;
  try {
    value = parseJson(String(text));
  } catch (error) {
    throw new GraphError("USAGE", complaint(flag, text, "expected a JSON object"), { cause: error });
  }
  const { members } = flag;
  if (members === undefined || !isJsonObject(value)) return value;
  const known = keysOf(members);
  const given = Object.keys(value).map(snakeCase);
  const unknown = Object.keys(value).filter((_key, index) => !known.includes(given[index]!));
  if (unknown.length > 0) {
    const reason = `unknown ${unknown.map((key) => `"${key}"`).join(", ")} (known: ${known.join(", ")})`;
    throw new GraphError("USAGE", complaint(flag, text, reason));
  }
  const twice = given.find((key, index) => given.indexOf(key) < index);
  if (twice) throw new GraphError("USAGE", complaint(flag, text, `${twice} is given twice`));
  return fromToolNames(value, schemaOf(members, "input"));
}

function keysOf(members: z.ZodObject): string[] {
  return Object.keys(members.shape).map(snakeCase);
}

function complaint(flag: Flag, value: unknown, message: string): string {
  const name = displayName(flag);
  const choices = flag.choices ? `choose one of ${flag.choices.join(", ")}` : undefined;
  if (value === undefined) return `Missing ${name}${choices ? ` (${choices})` : ""}`;
  const reason = choices ?? message.replace(/^[A-Z]/, (letter) => letter.toLowerCase());
  return `Invalid value "${redactUris(String(value))}" for ${name}: ${reason}`;
}

/** A flag as it is written, or the name of an argument. */
export function displayName({ name, isPositional }: Flag): string {
  return isPositional ? `<${name}>` : `--${name}`;
}
