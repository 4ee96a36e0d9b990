import * as z from "zod";
import { IMPORT_FORMATS, type ImportFormat, openImport } from "../formats/open_import.ts";
import { runMigration } from "../pipeline/migration.ts";
import type { MigrationSource } from "../pipeline/migration_types.ts";
import { resolveEnd } from "../settings.ts";
import { expandHome, stateDirectory } from "../state.ts";
import { targetFields, targetOf } from "./ends.ts";
import { MigrationOutputSchema, renderMigration } from "./migration_output.ts";
import { writingFields, writingOptions } from "./migrate.ts";
import { storeTarget } from "./open_ends.ts";
import { defineOperation } from "./operation.ts";

/** An export file as a migration's source. */
export function fileSource(path: string, format?: ImportFormat): MigrationSource {
  return {
    location: { backend: "file", display: path, identity: `file:${path}` },
    async open() {
      const file = await openImport(path, format);
      return {
        count: () => Promise.resolve(undefined),
        read: (options) => file.read(options),
        notes: file.notes,
        claimedDigest: () => file.digest,
        [Symbol.asyncDispose]: () => Promise.resolve(),
      };
    },
  };
}

/** Reads a file into a backend, with the conflict, verify and rollback rules of `migrate`. */
export const importGraph = defineOperation({
  name: "import",
  summary: "Read an export file (JSON 1.0 or 2.0, or a JSON Lines archive) into a backend",
  positionals: ["file"],
  input: () =>
    z.object({
      file: z.string().min(1).describe("File to read; gzip is recognized").meta({
        value: "file",
        alias: "input",
      }),
      ...targetFields,
      to: targetFields.to.optional().describe("Backend to write to (default: the current one)"),
      ...writingFields,
      onConflict: writingFields.onConflict
        .describe("When the target has another record with the same id (default: fail)"),
      format: z.enum(IMPORT_FORMATS).optional().describe("Refuse a file of the other format"),
    }),
  output: () => MigrationOutputSchema,
  examples: [
    { command: "memorygraph import backup.jsonl.gz", does: "Restore a backup into the current backend" },
    {
      command: "memorygraph import graph.json --to sqlite --to-path new.db",
      does: "Import upstream's export",
    },
  ],
  async run(input, context) {
    const file = expandHome(input.file, context.env);
    const target = await resolveEnd(targetOf(input), "target", context);
    return await runMigration(
      fileSource(file, input.format),
      storeTarget(target, context),
      writingOptions(input),
      {
        ...context,
        stateDirectory: stateDirectory(context.env),
      },
    );
  },
  render: renderMigration,
});
