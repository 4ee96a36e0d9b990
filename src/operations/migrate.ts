import * as z from "zod";
import { BACKEND_NAMES } from "../backends/mod.ts";
import { GraphError } from "../errors.ts";
import { assertNewFile } from "../formats/atomic_file.ts";
import { formatOf } from "../formats/format.ts";
import { EXPORTERS } from "../formats/mod.ts";
import { kebabCase } from "../model/fields.ts";
import { runMigration } from "../pipeline/migration.ts";
import type { MigrationOptions, MigrationResult, Snapshot } from "../pipeline/migration_types.ts";
import { CONFLICT_POLICIES, type ConflictPolicy } from "../pipeline/plan.ts";
import { findUnfinished, resumeMigration } from "../pipeline/resume.ts";
import { resolveEnd } from "../settings.ts";
import { expandHome, stateDirectory } from "../state.ts";
import { DEFAULT_BATCH_SIZE } from "../store/store.ts";
import { sourceFields, sourceOf, targetFields, targetOf } from "./ends.ts";
import { MigrationOutputSchema, renderMigration } from "./migration_output.ts";
import { isTarget, storeSource, storeTarget, targetAgain } from "./open_ends.ts";
import { defineOperation, type OperationContext } from "./operation.ts";
import { DURATION_PATTERN, durationMs, repeat } from "./repeat.ts";
import { MAX_DELETE_PERCENT, policyOf, scopeFields, scopeOf } from "./scope.ts";

/** What `--resume` without an id stands for. */
const NEWEST = "newest";

/** How records are written into a target: the same for `migrate` and `import`. */
export const writingFields = {
  dryRun: z.boolean().default(false).describe(
    "Check everything, say what would happen, change nothing at all",
  ),
  onConflict: z.enum(CONFLICT_POLICIES).optional()
    .describe(
      "When the target has another record with the same id (default: fail; newer with --since; overwrite " +
        "with --mirror)",
    ),
  skipDuplicates: z.boolean().default(false).describe("Short for --on-conflict skip"),
  verify: z.boolean().default(true).describe("Read every record back and compare every field"),
  rollback: z.boolean().default(true).describe("Take everything back after a failure"),
  keepUndo: z.boolean().default(false).describe("Keep what `memorygraph rollback` needs after success too"),
  skipInvalid: z.boolean().default(false)
    .describe("Leave out records that cannot be carried, and keep them in a reject file"),
  batchSize: z.int().min(1).max(100_000).default(DEFAULT_BATCH_SIZE).describe("Records written at a time"),
};

/** The options of a migration, from the fields above. `fallback` counts where the user has chosen no policy. */
export function writingOptions(
  input: z.output<z.ZodObject<typeof writingFields>>,
  fallback: ConflictPolicy = "fail",
) {
  const { dryRun, verify, rollback: rollbackOnFailure, keepUndo, skipInvalid, batchSize } = input;
  const onConflict = policyGiven(input) ?? fallback;
  return { dryRun, verify, rollbackOnFailure, keepUndo, skipInvalid, batchSize, onConflict };
}

/** The policy that the user has chosen, by whichever flag. Throws USAGE where two of them say different things. */
function policyGiven(
  { onConflict, skipDuplicates }: Pick<
    z.output<z.ZodObject<typeof writingFields>>,
    "onConflict" | "skipDuplicates"
  >,
): ConflictPolicy | undefined {
  if (!skipDuplicates) return onConflict;
  if (onConflict === undefined || onConflict === "skip") return "skip";
  throw new GraphError(
    "USAGE",
    `--skip-duplicates cannot be combined with --on-conflict ${onConflict} (choose one)`,
  );
}

const InputSchema = z.object({
  ...sourceFields,
  ...targetFields,
  to: targetFields.to.optional(),
  ...writingFields,
  ...scopeFields,
  every: z.string().regex(...DURATION_PATTERN).optional()
    .describe("Repeat until stopped, at this interval: 30s, 15m, 6h, 1d").meta({ value: "duration" }),
  keepExport: z.string().min(1).optional()
    .describe("Also write what is migrated to an export file, before the target is touched")
    .meta({ value: "file" }),
  resume: z.string().min(1).optional()
    .describe(
      "Continue a migration that broke off, without its source (default: the newest for the target)",
    )
    .meta({ value: "id", bare: NEWEST }),
});

/** Copies a graph from one backend to another and proves that nothing was lost. */
export const migrate = defineOperation({
  name: "migrate",
  summary: "Move a memory graph from one backend to another, and prove that nothing was lost",
  input: () => InputSchema,
  output: () => MigrationOutputSchema,
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
    {
      command: "memorygraph migrate --to neo4j --since last --mirror --every 1h",
      does: "Keep the target like the source",
    },
    { command: "memorygraph migrate --resume", does: "Finish what a crash or Ctrl-C broke off" },
  ],
  async run(input, context) {
    if (input.resume !== undefined) return await resume({ ...input, resume: input.resume }, context);
    if (input.every === undefined) return await migrateOnce(input, context);
    return await repeat(() => migrateOnce(input, context), { ...context, everyMs: durationMs(input.every) });
  },
  render: renderMigration,
});

async function migrateOnce(
  input: z.output<typeof InputSchema>,
  context: OperationContext,
): Promise<MigrationResult> {
  if (input.to === undefined) {
    throw new GraphError("USAGE", `Missing --to (choose one of ${BACKEND_NAMES.join(", ")})`);
  }
  const { keepExport, mirror, maxDelete } = input;
  if (keepExport !== undefined && input.since !== undefined) {
    throw new GraphError("USAGE", "--keep-export cannot be combined with --since: use `memorygraph export`");
  }
  if (maxDelete !== undefined && !mirror) {
    throw new GraphError(
      "USAGE",
      "--max-delete limits what --mirror deletes (add --mirror, or leave it out)",
    );
  }
  const from = await resolveEnd(sourceOf(input), "source", context);
  const to = await resolveEnd(targetOf(input), "target", context);
  const [source, target] = [storeSource(from, context), storeTarget(to, context)];
  const directory = stateDirectory(context.env);
  const options: MigrationOptions = {
    ...writingOptions(input, policyOf(input)),
    scope: scopeOf(input, {
      stateDirectory: directory,
      source: source.location.identity,
      target: target.location.identity,
    }),
    mirror: mirror ? { maxDeletePercent: maxDelete ?? MAX_DELETE_PERCENT } : undefined,
    onSnapshot: keepExport === undefined
      ? undefined
      : await snapshotToFile(expandHome(keepExport, context.env), from.backend.name, context),
  };
  return await runMigration(source, target, options, { ...context, stateDirectory: directory });
}

async function resume(
  input: z.output<typeof InputSchema> & { resume: string },
  context: OperationContext,
): Promise<MigrationResult> {
  const ignored = flagIgnored(input);
  const onConflict = policyGiven(input) ?? "fail";
  if (ignored !== undefined || onConflict === "newer") {
    throw new GraphError(
      "USAGE",
      `--resume cannot be combined with ${
        ignored ?? "--on-conflict newer"
      } (the migration goes on as it was begun)`,
    );
  }
  const directory = stateDirectory(context.env);
  const id = input.resume === NEWEST ? undefined : input.resume;
  const found = findUnfinished(directory, id, (facts) => isTarget(facts, targetOf(input), context.env));
  const target = await targetAgain(found.facts, targetOf(input), context);
  return await resumeMigration(found, target, { onConflict }, { ...context, stateDirectory: directory });
}

/** Fields that mean something to a migration that goes on. */
const RESUMING = new Set(["resume", ...Object.keys(targetFields), "onConflict", "skipDuplicates"]);

/** The first flag that was given and that a migration which goes on has no use for. */
function flagIgnored(input: z.output<typeof InputSchema>): string | undefined {
  const given: Record<string, unknown> = input;
  const defaults: Record<string, unknown> = InputSchema.parse({});
  const key = Object.keys(InputSchema.shape).find((key) =>
    !RESUMING.has(key) && given[key] !== defaults[key]
  );
  // A flag whose default is on can only have been turned off.
  return key && `--${defaults[key] === true ? "no-" : ""}${kebabCase(key)}`;
}

/** Writes a migration's snapshot to an export file. Throws at once when the file's name will not do. */
async function snapshotToFile(path: string, backend: string, { signal }: OperationContext) {
  const { format, gzip } = formatOf(path);
  await assertNewFile(path);
  return async ({ counts, digest, read }: Snapshot) => {
    const facts = { backend, exportedAt: new Date().toISOString(), ...counts, digest: () => digest };
    await EXPORTERS[format](path, read(), { facts, gzip, signal });
  };
}
