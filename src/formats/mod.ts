/** Export files as sources and sinks of batches; see docs/FORMATS.md. */
import type { Batch } from "../store/store.ts";
import { exportArchive } from "./archive_export.ts";
import type { ExportOptions } from "./export_batches.ts";
import type { ExportFormat } from "./format.ts";
import { exportJson } from "./json_export.ts";
import { exportMarkdown } from "./markdown_export.ts";
import { whyNotJson } from "./record.ts";

/** Writes a graph to a file or folder, all of it or nothing. */
export type Exporter = (path: string, batches: AsyncIterable<Batch>, options: ExportOptions) => Promise<void>;

/** Why a format cannot hold a record; one that is not named here holds any. */
export const WHY_NOT_WRITTEN: Readonly<Partial<Record<ExportFormat, typeof whyNotJson>>> = {
  json: whyNotJson,
  jsonl: whyNotJson,
};

/** How each format is written. */
export const EXPORTERS: Readonly<Record<ExportFormat, Exporter>> = {
  json: exportJson,
  jsonl: exportArchive,
  markdown: exportMarkdown,
};
