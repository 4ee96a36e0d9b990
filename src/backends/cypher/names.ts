/**
 * Texts that a database cannot hold where they belong (an id with NUL, a property name with a backtick) are
 * kept under a name that says so and gives them back: this prefix, then the text with `%` and the four
 * hexadecimal digits of a code unit in place of each character that might be one of those.
 */

/** Starts an encoded id, property name, label or relationship type; also names the marker property. */
export const ENCODED = "memorygraph_encoded";
const PREFIX = `${ENCODED}:`;

/** The text itself where `isStorable` accepts it, else its encoded form. Encoding twice gives another text. */
export function encodeName(text: string, isStorable: (text: string) => boolean): string {
  // A text that looks encoded is encoded too, so that decoding gives it back.
  return isStorable(text) && !text.startsWith(ENCODED) ? text : encode(text);
}

// No backslash: Neo4j 5 replaces `\\u0060` by a backtick before it parses, inside quotes too.
const REPLACED = /[\0-\x20%`\\"'\x7f]|\p{Surrogate}/gu;

function encode(text: string): string {
  return PREFIX + text.replace(REPLACED, (unit) => `%${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The text that {@linkcode encodeName} was given. Text that it did not write is returned as it is. */
export function decodeName(text: string): string {
  if (!text.startsWith(PREFIX)) return text;
  const decoded = text.slice(PREFIX.length)
    .replace(/%([0-9a-f]{4})/g, (_, unit) => String.fromCharCode(parseInt(unit, 16)));
  return encode(decoded) === text ? decoded : text;
}

/** An identifier in backticks; every identifier we send is quoted, since `Memory` is a keyword in some. */
export function quote(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}
