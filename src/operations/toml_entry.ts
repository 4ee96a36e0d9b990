/** An entry in a TOML document, replaced with all else in the text left as it is. */
import { isDeepStrictEqual } from "node:util";
import type { TomlTable } from "smol-toml";
import { GraphError } from "../errors.ts";
import { isJsonObject, type JsonObject } from "../model/json.ts";

const WAY_OUT = "(add what is printed without --write by hand)";

/**
 * The text with `[table.name]` in it, as `change` makes it of the entry that is there. Comments and the layout of
 * everything else stay. Throws FILE_INVALID where the text is not TOML, and where the entry is written in a way
 * in which it cannot be replaced by itself.
 */
export async function replaceEntry(
  text: string,
  [table, name]: readonly [table: string, name: string],
  change: (old: JsonObject) => JsonObject,
): Promise<string> {
  // Loaded only now: no other command needs it.
  const toml = await import("smol-toml");
  const parse = (part: string) => toml.parse(part, { integersAsBigInt: true });
  const wanted = parseWhole(text, parse);
  const entries = memberOf(wanted, table);
  const old = memberOf(entries, name);
  const entry = change(old as JsonObject) as TomlTable;
  if (name in entries && isEqual(entry, old)) return text;
  wanted[table] = { ...entries, [name]: entry };

  const isOurs = (part: string) => {
    const { [table]: servers } = parse(part);
    return isJsonObject(servers) && name in servers;
  };
  const lineEnd = text.includes("\r\n") ? "\r\n" : "\n";
  // Numbers are floats: integers have been read as bigints.
  const written =
    toml.stringify({ [table]: { [name]: entry } }, { numbersAsFloat: true }).trimEnd().replaceAll(
      "\n",
      lineEnd,
    ) +
    lineEnd;
  const kept: string[] = [];
  let [header, isWritten] = ["", false];
  for (const statement of statementsOf(text, parse)) {
    const isHeader = statement.trimStart().startsWith("[");
    if (isHeader) header = statement;
    const isBare = /^\s*(#|$)/.test(statement);
    if (isBare || !isOurs(isHeader ? statement : header + statement)) kept.push(statement);
    else if (isHeader && !isWritten) {
      kept.push(written);
      isWritten = true;
    }
  }
  if (!isWritten) kept.push(separator(kept.join(""), lineEnd), written);
  const result = kept.join("");
  if (isSame(result, wanted, parse)) return result;
  throw new GraphError("FILE_INVALID", `The client's configuration cannot be changed by itself ${WAY_OUT}`);
}

type Parse = (text: string) => TomlTable;

function parseWhole(text: string, parse: Parse): TomlTable {
  try {
    return parse(text);
  } catch (error) {
    // Without the lines that the parser quotes: there may be secrets in them.
    const [reason] = (error as Error).message.split("\n");
    const { line } = error as { line?: number };
    throw new GraphError(
      "FILE_INVALID",
      `The client's configuration cannot be read: ${reason}${line ? ` at line ${line}` : ""} ${WAY_OUT}`,
    );
  }
}

function memberOf(parent: TomlTable, name: string): TomlTable {
  const member = parent[name] ?? {};
  if (isJsonObject(member)) return member as TomlTable;
  throw new GraphError("FILE_INVALID", `"${name}" in the client's configuration is not a table ${WAY_OUT}`);
}

/**
 * The text's lines, those of one statement together. The parser says where a statement ends: a part of a string
 * or of an array that goes over several lines is no document.
 */
function* statementsOf(text: string, parse: Parse): Iterable<string> {
  let statement = "";
  for (const line of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    statement += line;
    if (!isDocument(statement, parse)) continue;
    yield statement;
    statement = "";
  }
}

function isDocument(text: string, parse: Parse): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What goes between a text and a table after it. */
function separator(text: string, lineEnd: string): string {
  if (text.trim() === "") return "";
  return text.endsWith("\n") ? lineEnd : lineEnd + lineEnd;
}

function isSame(text: string, wanted: TomlTable, parse: Parse): boolean {
  try {
    return isEqual(parse(text), wanted);
  } catch {
    return false;
  }
}

/** Whether two values are equal; the parser's tables have no prototype, which a clone has. */
function isEqual(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(structuredClone(a), structuredClone(b));
}
