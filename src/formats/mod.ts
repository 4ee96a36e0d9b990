/** Export files as sources and sinks of batches; see docs/FORMATS.md. */
import type { Batch } from "../store/store.ts";
import { exportArchive } from "./archive_export.ts";
import { formatOf } from "./format.ts";
import type { ExportFormat } from "./format.ts";
import { exportJson } from "./json_export.ts";
import { exportMarkdown, type MarkdownOptions } from "./markdown_export.ts";

export { EXPORT_FORMATS, type ExportFormat, formatOf } from "./format.ts";
export type { ExportFacts } from "./export_batches.ts";
export { checkDigest, type FileFacts, type ImportFile, type ImportFormat } from "./import_file.ts";
export type { Link } from "./markdown.ts";
export { openImport } from "./open_import.ts";

/** Options of {@linkcode exportGraph}. */
export interface ExportGraphOptions extends Omit<MarkdownOptions, "gzip"> {
  /** Default: by the end of the path's name. */
  readonly format?: ExportFormat;
}

/**
 * Writes a graph to a file, or to a folder for Markdown, all of it or nothing; see exportJson, exportArchive and
 * exportMarkdown for what is thrown.
 */
export async function exportGraph(
  path: string,
  batches: AsyncIterable<Batch>,
  options: ExportGraphOptions,
): Promise<void> {
  const { format, gzip } = formatOf(path, options.format);
  if (format === "markdown") await exportMarkdown(path, batches, options);
  else if (format === "json") await exportJson(path, batches, { ...options, gzip });
  else await exportArchive(path, batches, { ...options, gzip });
}
