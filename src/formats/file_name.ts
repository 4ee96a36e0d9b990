import { hash } from "node:crypto";

const SLUG_LENGTH = 40;
/** Hexadecimal digits of an id's hash: 64 bits, so that no two of a graph's memories share a name. */
const HASH_LENGTH = 16;

/** Matches every name that {@linkcode fileNameOf} gives. */
export const FILE_NAME = new RegExp(`^[\\p{L}\\p{M}\\p{N}-]+-[0-9a-f]{${HASH_LENGTH}}\\.md$`, "u");

/**
 * The file name of a memory in a Markdown export: its title's letters and digits, then a hash of its id. It is safe
 * on every system, whatever title and id are, and unique also where case makes no difference.
 */
export function fileNameOf(id: string, title: string): string {
  const words = title.normalize("NFC").toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const slug = [...words.join("-")].slice(0, SLUG_LENGTH).join("").replace(/-$/, "").normalize("NFC");
  return `${slug || "memory"}-${hash("sha256", id, "hex").slice(0, HASH_LENGTH)}.md`;
}
