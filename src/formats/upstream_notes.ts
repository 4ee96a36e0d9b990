import type { FileFacts, FormatVersion } from "./import_file.ts";
import { CONTEXT_LAYOUT, type Layout, MEMORY_LAYOUT, RELATIONSHIP_LAYOUT } from "./record.ts";

/** What upstream's exports do not contain, and what is put in its place: sentences for the user. */
export function upstreamNotes(format: FormatVersion, { exportedAt }: FileFacts): string[] {
  const version = format.replace("json ", "format ");
  return [
    `Memories of ${version} have no ${names(MEMORY_LAYOUT)}; their contexts have no ${names(CONTEXT_LAYOUT)}`,
    `Relationships of ${version} have no ${names(RELATIONSHIP_LAYOUT)}`,
    exportedAt === undefined
      ? "The file has no export date, so its relationships stay without timestamps"
      : `The export date, ${exportedAt}, is put in place of the relationships' timestamps`,
    ...format === "json 1.0" ? [] : [
      "Relationships have no ids: one is made from the ends, type and content, the same at each import",
      "Relationships that were invalidated, a second one of one type between two memories, and those beyond " +
      "the 20 strongest of a memory are left out by upstream's export; how many, the file does not say",
    ],
  ];
}

function names({ ours }: Layout): string {
  return ours.map((field) => field.stored).join(", ");
}
