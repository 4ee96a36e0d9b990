import * as z from "zod";
import { atEnd } from "../errors.ts";
import { EXPORT_FORMATS, formatOf } from "../formats/format.ts";
import { exportToFile } from "../pipeline/export_file.ts";
import { secondsSince } from "../pipeline/phases.ts";
import { resolveEnd } from "../settings.ts";
import { expandHome } from "../state.ts";
import { storeFields, storeOf } from "./ends.ts";
import { defineOperation } from "./operation.ts";

/** Writes a graph to a file, or to a folder of Markdown files. */
export const exportGraph = defineOperation({
  name: "export",
  summary: "Write a memory graph to a file: JSON, JSON Lines archive or Markdown",
  positionals: ["file"],
  input: () =>
    z.object({
      file: z.string().min(1).describe("File to write, or folder for Markdown")
        .meta({ value: "file", alias: "output" }),
      ...storeFields,
      format: z.enum(EXPORT_FORMATS).optional().describe("Format (default: by the file's name)"),
      overwrite: z.boolean().default(false).describe("Replace the file if it exists"),
      skipInvalid: z.boolean().default(false)
        .describe("Leave out records that cannot be carried, and keep them in <file>.rejects.jsonl"),
    }),
  output: () =>
    z.object({
      file: z.string(),
      format: z.enum(EXPORT_FORMATS),
      backend: z.string(),
      location: z.string(),
      memories: z.int(),
      relationships: z.int(),
      rejected: z.int().describe("Records left out"),
      rejectFile: z.string().nullable().describe("The file with those that were left out"),
      foreign: z.object({ nodes: z.int(), relationships: z.int() }),
      digest: z.string().describe("SHA-256 of the graph, the same in every backend and file"),
      seconds: z.number(),
    }),
  examples: [
    { command: "memorygraph export backup.jsonl.gz", does: "Back the current graph up, compressed" },
    { command: "memorygraph export notes --format markdown", does: "A folder with a file for each memory" },
    {
      command: "memorygraph export graph.json --backend neo4j",
      does: "Write JSON that upstream imports too",
    },
  ],
  async run(input, context) {
    const start = performance.now();
    const file = expandHome(input.file, context.env);
    const fileFormat = formatOf(file, input.format);
    const { backend, settings } = await resolveEnd(storeOf(input), "current", context);
    const { signal, log, progress } = context;
    const { overwrite, skipInvalid } = input;
    await using store = await atEnd("source", () => backend.open(settings, { mode: "read", signal, log }));
    const report = await exportToFile(store, file, {
      ...fileFormat,
      overwrite,
      skipInvalid,
      signal,
      progress,
    });
    return {
      file,
      format: fileFormat.format,
      backend: backend.name,
      location: store.location.display,
      ...report.counts,
      rejected: report.rejectCount,
      rejectFile: report.rejectFile,
      foreign: report.foreign,
      digest: report.digest,
      seconds: secondsSince(start),
    };
  },
  render({ file, memories, relationships, rejected, rejectFile, foreign, digest, seconds }) {
    return [
      `wrote ${memories} memories, ${relationships} relationships to ${file} in ${seconds.toFixed(2)} s`,
      ...(rejected > 0 ? [`left out: ${rejected} records that cannot be carried, see ${rejectFile}`] : []),
      ...(foreign.nodes > 0
        ? [
          `not carried: ${foreign.nodes} nodes that are not memories, ${foreign.relationships} relationships`,
        ]
        : []),
      `digest ${digest}`,
    ].join("\n");
  },
});
