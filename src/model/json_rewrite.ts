/** Rewrites JSON text before V8 parses it, where V8 alone would fail or be wrong. */
import type { JsonObject, JsonValue } from "./json.ts";

/** JSON text in which no key has an escape, and what turns its value into that of the original. */
export interface HiddenKeys {
  readonly text: string;
  restore(value: JsonValue): JsonValue;
}

/**
 * The text with plain keys in place of those that have escapes; undefined when there is none. JSON.parse
 * decodes such keys wrongly: once any object had the key `\`, a key written `"\n"` may come out as `\`, since
 * its source text is taken for the key it starts with (V8 12.8 to 15.0; nodejs/node issue 63785).
 */
export function hideEscapedKeys(text: string): HiddenKeys | undefined {
  if (!hasEscapedKey(text)) return undefined;
  let tag = "#";
  while (text.includes(`"${tag}`)) tag += "#";
  const keys: string[] = [];
  const hidden = rewrite(text, {
    string(token, isKey) {
      if (!isKey || !token.includes("\\")) return token;
      keys.push(JSON.parse(token));
      return `"${tag}${keys.length - 1}"`;
    },
  });
  if (keys.length === 0) return undefined;

  const restore = (value: JsonValue): JsonValue => {
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map(restore);
    const entries = Object.entries(value).map(([key, item]): [string, JsonValue] => [
      key.startsWith(tag) ? keys[Number(key.slice(tag.length))]! : key,
      restore(item),
    ]);
    // Not by assignment, which would set the prototype for the key __proto__.
    return Object.fromEntries(entries) as JsonObject;
  };
  return { text: hidden, restore };
}

/** Looks only at the strings that have an escape: most text has none, or few. */
function hasEscapedKey(text: string): boolean {
  for (let escape = text.indexOf("\\"); escape >= 0;) {
    const end = endOfString(text, text.lastIndexOf('"', escape));
    if (isBeforeColon(text, end)) return true;
    escape = text.indexOf("\\", end);
  }
  return false;
}

/** What to put in place of each string token, quotes included, and of each run of text between two. */
export interface Rewriter {
  string?(token: string, isKey: boolean): string;
  between?(text: string): string;
}

/**
 * JSON text with parts replaced. Text that is not JSON may come out as anything. It is a scan, since a
 * regular expression for a string overflows the stack at some megabytes.
 */
export function rewrite(text: string, { string, between }: Rewriter): string {
  const parts: string[] = [];
  let done = 0;
  for (let start = text.indexOf('"'); start >= 0; start = text.indexOf('"', done)) {
    const end = endOfString(text, start);
    const gap = text.slice(done, start);
    parts.push(between ? between(gap) : gap);
    const token = text.slice(start, end);
    parts.push(string ? string(token, isBeforeColon(text, end)) : token);
    done = end;
  }
  const gap = text.slice(done);
  parts.push(between ? between(gap) : gap);
  return parts.join("");
}

function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === "\\") backslashes++;
    if (backslashes % 2 === 0) return end + 1;
  }
  return text.length;
}

function isBeforeColon(text: string, index: number): boolean {
  while (text[index] === " " || text[index] === "\n" || text[index] === "\r" || text[index] === "\t") index++;
  return text[index] === ":";
}
