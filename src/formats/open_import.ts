import { backendOfFile } from "../database_files.ts";
import { GraphError } from "../errors.ts";
import { openArchive } from "./archive_import.ts";
import { isGzip, readBytes } from "./bytes.ts";
import type { ImportFile } from "./import_file.ts";
import { openJson } from "./json_import.ts";

/** Formats that can be read. */
export const IMPORT_FORMATS = ["json", "jsonl"] as const;
/** One of {@linkcode IMPORT_FORMATS}. */
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

/** How much of a file is looked at to tell what it is. */
const HEAD_BYTES = 64 * 1024;

/**
 * Opens an export file: JSON of upstream's format 1.0 or 2.0, or a JSON Lines archive, gzip or not, told apart by
 * content; another format than `expected` is FILE_INVALID. Throws NOT_FOUND, PERMISSION_DENIED or FILE_INVALID. Nothing stays open between calls.
 */
export async function openImport(path: string, expected?: ImportFormat): Promise<ImportFile> {
  const gzip = await isGzip(path);
  const head = await readHead(path, gzip);
  const first = head.trimStart()[0];
  if (first === undefined) throw new GraphError("FILE_INVALID", `File "${path}" is empty`);
  const backend = gzip ? undefined : backendOfFile(path);
  if (backend !== undefined) {
    const advice = `move it with \`memorygraph migrate --from ${backend}\``;
    throw new GraphError("FILE_INVALID", `File "${path}" is no export but a database (${advice})`);
  }
  if (first !== "{") {
    const advice = "JSON and JSON Lines exports can be imported";
    throw new GraphError("FILE_INVALID", `File "${path}" is not a memory graph export (${advice})`);
  }
  const format: ImportFormat = isArchive(head) ? "jsonl" : "json";
  if (expected !== undefined && format !== expected) {
    throw new GraphError(
      "FILE_INVALID",
      `File "${path}" is not in format ${expected} (it looks like ${format})`,
    );
  }
  return await (format === "jsonl" ? openArchive(path, { gzip }) : openJson(path, { gzip }));
}

// The member must stand near the start: a text in a record may speak of the format too.
const ARCHIVE = /^\{"kind"|^[^\n]{0,500}"format"\s*:\s*"memorygraph-archive"|^\{.*\}\n\{/;

/** A damaged header must still be told from a damaged JSON export, hence not by parsing it. */
function isArchive(head: string): boolean {
  return ARCHIVE.test(head);
}

async function readHead(path: string, gzip: boolean): Promise<string> {
  const decoder = new TextDecoder();
  let head = "";
  for await (const chunk of readBytes(path, { gzip })) {
    head += decoder.decode(chunk.subarray(0, HEAD_BYTES), { stream: true });
    if (head.length >= HEAD_BYTES) break;
  }
  return head;
}
