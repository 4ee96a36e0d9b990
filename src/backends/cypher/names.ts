/**
 * Texts that a database cannot hold where they belong (an id with NUL, a property name with a backtick) are
 * kept under a name that says so and gives them back: this prefix, then JSON text without those characters.
 */

/** Starts an encoded id, property name, label or relationship type; also names the marker property. */
export const ENCODED = "memorygraph_encoded";
const PREFIX = `${ENCODED}:`;

/** The text itself where `isStorable` accepts it, else its encoded form. Encoding twice gives another text. */
export function encodeName(text: string, isStorable: (text: string) => boolean): string {
  // A text that looks encoded is encoded too, so that decoding gives it back.
  return isStorable(text) && !text.startsWith(ENCODED) ? text : encode(text);
}

function encode(text: string): string {
  return PREFIX + JSON.stringify(text).replaceAll("`", "\\u0060");
}

/** The text that {@linkcode encodeName} was given. Text that it did not write is returned as it is. */
export function decodeName(text: string): string {
  if (!text.startsWith(PREFIX)) return text;
  try {
    const decoded: unknown = JSON.parse(text.slice(PREFIX.length));
    return typeof decoded === "string" && encode(decoded) === text ? decoded : text;
  } catch {
    return text;
  }
}

/** An identifier in backticks; every identifier we send is quoted, since `Memory` is a keyword in some. */
export function quote(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}
