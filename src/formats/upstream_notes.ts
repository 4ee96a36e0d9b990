import type { FileFacts, ImportFormat } from "./import_file.ts";
import { CONTEXT_LAYOUT, type Layout, MEMORY_LAYOUT, RELATIONSHIP_LAYOUT } from "./record.ts";

/** What upstream's exports do not contain, and what is put in its place: sentences for the user. */
export function upstreamNotes(format: ImportFormat, { exportedAt }: FileFacts): string[] {
  const made = format === "json 1.0" ? "" : "relationship ids, ";
  return [
    `This file was not written by this program: format ${format.split(" ")[1]} has no ${made}and no ${
      names(RELATIONSHIP_LAYOUT)
    } of relationships`,
    format === "json 1.0"
      ? "A relationship that has no id gets one made from its ends, type and content"
      : "Each relationship gets an id made from its ends, type and content, the same at every import",
    exportedAt === undefined
      ? "The file has no export date, so its relationships have no timestamps"
      : `Relationships get the export date ${exportedAt} as their timestamps`,
    `Memories have no ${names(MEMORY_LAYOUT)}, and contexts no ${names(CONTEXT_LAYOUT)}`,
    "Upstream leaves out relationships that were invalidated, a second one of the same type between two " +
    "memories, and those beyond the strongest of a memory; the file does not say how many",
  ];
}

function names({ ours }: Layout): string {
  return ours.map((field) => field.stored).join(", ");
}
