import { z } from "zod";
import { runMigration } from "../pipeline/migration.ts";
import { CONFLICT_POLICIES, type ConflictPolicy } from "../pipeline/plan.ts";
import { resolveEnd } from "../settings.ts";
import { stateDirectory } from "../state.ts";
import { DEFAULT_BATCH_SIZE } from "../store/store.ts";
import { sourceFields, sourceOf, targetFields, targetOf } from "./ends.ts";
import { MigrationOutputSchema, renderMigration } from "./migration_output.ts";
import { storeSource, storeTarget } from "./open_ends.ts";
import { defineOperation } from "./operation.ts";

/** How records are written into a target: the same for `migrate` and `import`. */
export const writingFields = {
  dryRun: z.boolean().default(false).describe(
    "Check everything, say what would happen, change nothing at all",
  ),
  onConflict: z.enum(CONFLICT_POLICIES).optional()
    .describe("When the target has another record with the same id (default: fail)"),
  skipDuplicates: z.boolean().default(false).describe("Short for --on-conflict skip"),
  verify: z.boolean().default(true).describe("Read every record back and compare every field"),
  rollback: z.boolean().default(true).describe("Take everything back after a failure"),
  keepUndo: z.boolean().default(false).describe("Keep what `memorygraph rollback` needs after success too"),
  skipInvalid: z.boolean().default(false)
    .describe("Leave out records that cannot be carried, and keep them in a reject file"),
  batchSize: z.int().min(1).max(100_000).default(DEFAULT_BATCH_SIZE).describe("Records written at a time"),
};

/** The options of a migration, from the fields above. */
export function writingOptions(input: z.output<z.ZodObject<typeof writingFields>>) {
  const { dryRun, verify, rollback: rollbackOnFailure, keepUndo, skipInvalid, batchSize } = input;
  const onConflict: ConflictPolicy = input.onConflict ?? (input.skipDuplicates ? "skip" : "fail");
  return { dryRun, verify, rollbackOnFailure, keepUndo, skipInvalid, batchSize, onConflict };
}

/** Copies a graph from one backend to another and proves that nothing was lost. */
export const migrate = defineOperation({
  name: "migrate",
  summary: "Move a memory graph from one backend to another, and prove that nothing was lost",
  input: z.object({ ...sourceFields, ...targetFields, ...writingFields }),
  output: MigrationOutputSchema,
  examples: [
    {
      command:
        "memorygraph migrate --from sqlite --from-path ~/.memorygraph/memory.db --to sqlite --to-path copy.db",
      does: "Copy a SQLite graph into a new file",
    },
    {
      command: "memorygraph migrate --to neo4j --to-uri bolt://localhost:7687 --dry-run",
      does: "Pre-flight check",
    },
  ],
  async run(input, context) {
    const source = await resolveEnd(sourceOf(input), "source", context);
    const target = await resolveEnd(targetOf(input), "target", context);
    return await runMigration(
      storeSource(source, context),
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
