import { atEnd } from "../errors.ts";
import type { FileFormat } from "../formats/format.ts";
import { EXPORTERS, WHY_NOT_WRITTEN } from "../formats/mod.ts";
import { type GraphStore, totalOf } from "../store/store.ts";
import { type ExportReport, exportStore, type ScreenedStream } from "./export.ts";
import { PhaseRunner } from "./phases.ts";
import type { ProgressSink } from "./progress.ts";
import { rejectFileBeside } from "./reject_file.ts";

/** Options of {@linkcode exportToFile}. */
export interface ExportFileOptions extends FileFormat {
  /** Replace the file if it exists. */
  readonly overwrite?: boolean;
  /** Leave out what cannot be carried, and keep it in a file beside this one, instead of failing. */
  readonly skipInvalid?: boolean;
  readonly signal?: AbortSignal;
  readonly progress?: ProgressSink;
}

/**
 * Writes a store's graph to a file, or to a folder for Markdown: all of it or nothing. Throws as `exportStore` and the
 * format's exporter do.
 */
export async function exportToFile(
  store: GraphStore,
  file: string,
  { format, gzip, overwrite, skipInvalid, signal, progress }: ExportFileOptions,
): Promise<ExportReport> {
  const total = totalOf(await atEnd("source", () => store.count()));
  const write = ({ batches, counts, digest }: ScreenedStream) => {
    const { backend } = store.location;
    const facts = { backend, exportedAt: new Date().toISOString(), ...counts, digest };
    return EXPORTERS[format](file, batches, { facts, gzip, overwrite, signal });
  };
  const rejectFile = rejectFileBeside(file);
  const whyNotWritten = WHY_NOT_WRITTEN[format];
  const options = { signal, skipInvalid, overwrite, rejectFile, whyNotWritten };
  return await new PhaseRunner(progress).run(
    "export",
    total,
    (onProgress) => exportStore(store, write, { ...options, onProgress }),
  );
}
