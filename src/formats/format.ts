import { GraphError } from "../errors.ts";

/** The formats that a graph can be exported to. */
export const EXPORT_FORMATS = ["json", "jsonl", "markdown"] as const;
/** One of {@linkcode EXPORT_FORMATS}. */
export type ExportFormat = typeof EXPORT_FORMATS[number];

const FORMAT_BY_ENDING: Record<string, ExportFormat> = { json: "json", jsonl: "jsonl", ndjson: "jsonl" };

/** A format, and whether the file is compressed. */
export interface FileFormat {
  readonly format: ExportFormat;
  readonly gzip: boolean;
}

/**
 * The format of a file to be written: the one asked for, else by the end of its name (.json or .jsonl, and .gz for
 * a compressed file). Throws USAGE when neither says it, for compressed Markdown, which is a folder, and for `-`.
 */
export function formatOf(path: string, explicit?: ExportFormat): FileFormat {
  if (path === "-") {
    // Nobody wants a file of that name.
    throw new GraphError(
      "USAGE",
      "An export cannot go to stdout, since it is whole or not there (name a file)",
    );
  }
  const name = path.toLowerCase();
  const gzip = name.endsWith(".gz");
  const format = explicit ?? FORMAT_BY_ENDING[/\.([a-z]+)$/.exec(gzip ? name.slice(0, -3) : name)?.[1] ?? ""];
  if (format === undefined) {
    const formats = EXPORT_FORMATS.join(", ");
    throw new GraphError(
      "USAGE",
      `Cannot tell the format of "${path}" from its name (give the format: ${formats})`,
      { details: { field: "format" } },
    );
  }
  if (format === "markdown" && gzip) {
    throw new GraphError("USAGE", `Markdown is written to a folder, and "${path}" names a compressed file`);
  }
  return { format, gzip };
}
