/** Tools that read and write files. */
import { existsSync, readdirSync, statSync } from "node:fs";
import * as z from "zod";
import { GraphError } from "../errors.ts";
import { EXPORT_FORMATS } from "../formats/format.ts";
import { exportGraph } from "../operations/export.ts";
import { fileSource } from "../operations/import.ts";
import { storeTarget } from "../operations/open_ends.ts";
import { runMigration } from "../pipeline/migration.ts";
import { stateDirectory } from "../state.ts";
import { JobOutputSchema, runAsJob } from "./migration_tools.ts";
import { defineTool } from "./tool.ts";

const path = z.string().min(1)
  .describe("The file, in one of the server's folders; a relative path starts in the first of them");

/** Writes the graph to a file. */
export const exportMemories = defineTool({
  summary: "Write all memories and relationships to a file",
  tool: {
    name: "export_memories",
    profile: "extended",
    title: "Export memories",
    effect: "add",
    description:
      `Writes the whole graph to a file: JSON, a JSON Lines archive (.jsonl, .jsonl.gz) or a folder of Markdown.
Example: export_memories(path="backup.jsonl.gz")`,
  },
  input: () =>
    z.object({
      path,
      format: z.enum(EXPORT_FORMATS).optional().describe("Format (default: by the file's name)"),
    }),
  output: () => exportGraph.output,
  async run({ path, format }, context) {
    const file = context.policy.confine(path, "path");
    assertNew(file);
    await context.policy.makeBaseFolderFor(file);
    // A store that only its server has open saves what is not in the file yet.
    await context.session.release();
    return await exportGraph.run(exportGraph.input.parse({ ...context.end, file, format }), context);
  },
});

/** The tool replaces nothing: what the command line could do about it is no use to a model. */
function assertNew(path: string): void {
  if (!existsSync(path) || (statSync(path).isDirectory() && readdirSync(path).length === 0)) return;
  throw new GraphError("USAGE", `"${path}" exists already (choose another path)`, {
    details: { field: "path" },
  });
}

/** Reads a file into the graph. */
export const importMemories = defineTool({
  summary: "Read an export file into the current backend",
  tool: {
    name: "import_memories",
    profile: "extended",
    title: "Import memories",
    effect: "migrate",
    reachesOut: false,
    description:
      `Reads a JSON export or a JSON Lines archive into the current graph, checks every record, and puts everything back on
failure. Asks the user first. Example: import_memories(path="backup.jsonl.gz")`,
  },
  input: () =>
    z.object({
      path,
      dryRun: z.boolean().default(false).describe("Check everything and change nothing"),
      skipDuplicates: z.boolean().default(true)
        .describe(
          "Keep the graph's version of a record that is there already and differs; else that is an error",
        ),
      verify: z.boolean().default(true).describe("Read every record back and compare every field"),
    }),
  output: () => JobOutputSchema,
  async approve({ path, dryRun }, context) {
    const file = context.policy.confine(path, "path");
    if (!existsSync(file)) {
      throw new GraphError("NOT_FOUND", `There is no file "${file}" (write one with export_memories)`, {
        details: { field: "path" },
      });
    }
    if (dryRun) return undefined;
    const { backend, settings } = await context.current();
    return { question: `Read all memories from "${file}" into ${backend.locate(settings).display}?` };
  },
  async run({ path, dryRun, skipDuplicates, verify }, context) {
    const file = context.policy.confine(path, "path");
    const target = await context.current();
    const onConflict = skipDuplicates ? "skip" as const : "fail" as const;
    return await runAsJob(context, async (id, job) => {
      const inner = { ...context, ...job, id, stateDirectory: stateDirectory(context.env) };
      return await context.session.stepAside(() =>
        runMigration(
          fileSource(file),
          storeTarget(target, inner),
          { dryRun, verify, onConflict, keepUndo: true },
          inner,
        )
      );
    });
  },
});
