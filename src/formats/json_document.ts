import type { JsonValue } from "../model/json.ts";
import type { RecordKind } from "../model/record.ts";
import { readBytes } from "./bytes.ts";
import { JsonScanner, quote } from "./json_scanner.ts";

/** The lists of a JSON export, by the kind of record in them. */
export const LISTS: Readonly<Record<RecordKind, string>> = {
  memory: "memories",
  relationship: "relationships",
};

/** The members of a JSON export that are no records; upstream writes all but the last two. */
export const DOCUMENT = {
  formatVersion: "format_version",
  exportVersion: "export_version",
  exportDate: "export_date",
  backend: "backend_type",
  memoryCount: "memory_count",
  relationshipCount: "relationship_count",
  generator: "generator",
  digest: "digest",
} as const;

const MAX_MEMBERS = 1000;

/** A member of the document, or one record of a list of records. */
export type DocumentPart =
  | { readonly name: string; readonly value: JsonValue }
  | { readonly kind: RecordKind; readonly record: JsonValue; readonly bytes: number }
  /** Comes before the first record of a list. */
  | { readonly list: RecordKind };

/** Which lists to parse; the others are passed over. */
export interface DocumentOptions {
  readonly gzip: boolean;
  readonly kinds: readonly RecordKind[];
}

/**
 * Reads a JSON export from its first byte to its last, one record at a time. Throws FILE_INVALID for what is
 * not one JSON object, or holds a list of records twice or not at all.
 */
export async function* readDocument(
  path: string,
  { gzip, kinds }: DocumentOptions,
): AsyncGenerator<DocumentPart> {
  const bytes = readBytes(path, { gzip });
  try {
    const scanner = new JsonScanner(path, bytes);
    const missing = new Map(Object.entries(LISTS).map(([kind, name]) => [name, kind as RecordKind]));
    const seen = new Set<string>();
    await scanner.take("{", "at the start");
    let next = await scanner.peek() === "}" ? await scanner.take("}", "") : ",";
    while (next === ",") {
      if (await scanner.peek() !== '"') await scanner.take('"', "before a member's name");
      const name = String(await scanner.takeValue("a member's name"));
      await scanner.take(":", `after ${quote(name)}`);
      if (seen.has(name)) throw scanner.fail(`it has ${quote(name)} twice`);
      if (seen.add(name).size > MAX_MEMBERS) throw scanner.fail(`it has more than ${MAX_MEMBERS} members`);
      const kind = missing.get(name);
      if (kind) {
        missing.delete(name);
        yield { list: kind };
        yield* readList(scanner, kind, kinds.includes(kind));
      } else yield { name, value: await scanner.takeValue(quote(name)) };
      next = await scanner.take(",}", `after ${quote(name)}`);
    }
    if (await scanner.peek() !== "") throw scanner.fail("there is something after the end");
    for (const name of missing.keys()) throw scanner.fail(`it is not an export: it has no "${name}"`);
  } finally {
    await bytes.return(undefined);
  }
}

async function* readList(
  scanner: JsonScanner,
  kind: RecordKind,
  parse: boolean,
): AsyncGenerator<DocumentPart> {
  await scanner.take("[", `to start the ${LISTS[kind]}`);
  if (await scanner.peek() === "]") {
    await scanner.take("]", "");
    return;
  }
  for (let count = 1;; count++) {
    const name = `${kind} ${count}`;
    if (parse) {
      const start = scanner.offset;
      const record = await scanner.takeValue(name);
      yield { kind, record, bytes: scanner.offset - start };
    } else await scanner.skipValue(name);
    if (await scanner.take(",]", `after ${name}`) === "]") return;
  }
}
