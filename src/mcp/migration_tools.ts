/** Migrating as a tool: upstream's parameters and result, our pipeline. */
import { resolve } from "node:path";
import * as z from "zod";
import type { Backend } from "../backends/backend.ts";
import { GraphError } from "../errors.ts";
import { BackendNameSchema } from "../operations/ends.ts";
import { MigrationOutputSchema } from "../operations/migration_output.ts";
import { storeSource, storeTarget } from "../operations/open_ends.ts";
import { runMigration } from "../pipeline/migration.ts";
import type { MigrationResult } from "../pipeline/migration_types.ts";
import { registerSecret } from "../redact.ts";
import { chosenBackend, type ResolvedEnd, resolveSettings } from "../settings.ts";
import { expandHome, stateDirectory } from "../state.ts";
import { StateFiles } from "../workfile/history.ts";
import type { Approval } from "./approval.ts";
import type { JobContext } from "./jobs.ts";
import { defineTool, type ToolContext } from "./tool.ts";

/** How long a call may take before it answers with how far the work has come. */
const ANSWER_WITHIN_MS = 20_000;

// Strict: a mistyped name would send the migration to the default database.
const TargetConfigSchema = z.strictObject({
  path: z.string().min(1).optional().describe("Database file (sqlite, falkordblite)"),
  uri: z.string().min(1).optional().describe("Address (neo4j, memgraph, falkordb)"),
  username: z.string().optional().describe("User name"),
  password: z.string().optional().describe("Password; better set in the server's environment"),
  database: z.string().optional().describe("Database or graph"),
}).describe("Where the target is; what is left out comes from the server's environment, else is the default");

const targetFields = {
  targetBackend: BackendNameSchema.describe("Backend to migrate to"),
  targetConfig: TargetConfigSchema.optional(),
};

const MigrateInput = z.object({
  ...targetFields,
  dryRun: z.boolean().default(false).describe("Check everything and change nothing; do this first"),
  skipDuplicates: z.boolean().default(true)
    .describe(
      "Keep the target's version of a record that is there already and differs; else that is an error",
    ),
  verify: z.boolean().default(true).describe("Read every record back and compare every field"),
});

/** The members that upstream's result has, and those that a running job has. */
export const JobOutputSchema = z.object({
  state: z.enum(["running", "done"]).describe("running: ask migration_status for the job from time to time"),
  jobId: z.string(),
  phase: z.string().optional(),
  done: z.int().optional().describe("Records done in this phase"),
  total: z.int().optional(),
  success: z.boolean().optional(),
  dryRun: z.boolean().optional(),
  sourceBackend: z.string().optional(),
  targetBackend: z.string().optional(),
  importedMemories: z.int().optional(),
  importedRelationships: z.int().optional(),
  skippedMemories: z.int().optional().describe("Memories that the target had already"),
  durationSeconds: z.number().optional(),
  errors: z.array(z.string()).optional(),
  verification: z.object({
    valid: z.boolean(),
    sourceCount: z.int().describe("Memories in the source"),
    targetCount: z.int().describe("Memories that are in the target now"),
    sampleChecks: z.int().describe("Records compared: all but those that the target kept"),
    samplePassed: z.int(),
    errors: z.array(z.string()),
  }).optional(),
  migration: MigrationOutputSchema.optional().describe("Everything that is known of it"),
});

type JobOutput = z.output<typeof JobOutputSchema>;

/** Copies the current graph into another backend. */
export const migrateDatabase = defineTool({
  summary: "Migrate memories from the current backend to another one",
  tool: {
    name: "migrate_database",
    profile: "extended",
    title: "Migrate to another backend",
    effect: "migrate",
    description:
      `Copies all memories and relationships from the current backend to another one, reads every record back and compares
every field; on failure the target is put back as it was. Asks the user first. Call validate_migration before it.
Answers within 20 seconds: a large migration goes on in the background, see migration_status.
Example: migrate_database(target_backend="falkordblite", target_config={"path": "graph.db"})`,
  },
  input: () => MigrateInput,
  output: () => JobOutputSchema,
  async approve(input, context) {
    const target = await targetOf(input, context);
    if (input.dryRun) return await approveForeign(target, context);
    await context.policy.isKnown(target);
    const source = await context.current();
    return {
      question: `Copy all memories from ${displayOf(source)} to ${displayOf(target)}?`,
    };
  },
  run: (input, context) => migrate(input, context),
});

/** A dry run of the migration. */
export const validateMigration = defineTool({
  summary: "Check that a migration would succeed, and change nothing",
  tool: {
    name: "validate_migration",
    profile: "extended",
    title: "Validate a migration",
    effect: "read",
    reachesOut: true,
    description:
      `Checks that the current graph can be migrated: both ends reachable, every record valid, conflicts counted. Changes
nothing. Example: validate_migration(target_backend="neo4j", target_config={"uri": "bolt://localhost:7687"})`,
  },
  input: () => z.object(targetFields),
  output: () => JobOutputSchema,
  async approve(input, context) {
    return await approveForeign(await targetOf(input, context), context);
  },
  run: (input, context) => migrate({ ...input, dryRun: true, skipDuplicates: true, verify: false }, context),
});

async function approveForeign(target: ResolvedEnd, { policy }: ToolContext): Promise<Approval | undefined> {
  if (await policy.isKnown(target)) return undefined;
  return { question: `Connect to ${displayOf(target)}, which is not configured on this server?` };
}

function displayOf({ backend, settings }: ResolvedEnd): string {
  return `${backend.name} at ${backend.locate(settings).display}`;
}

type TargetInput = Pick<z.output<typeof MigrateInput>, "targetBackend" | "targetConfig">;

async function targetOf({ targetBackend, targetConfig = {} }: TargetInput, context: ToolContext) {
  const { username, password, path, ...rest } = targetConfig;
  registerSecret(password);
  const backend = chosenBackend({ backend: targetBackend }, "target", context.env);
  assertTakes(backend, { ...rest, path, user: username, password });
  const absolute = path && resolve(context.policy.baseFolder, expandHome(path, context.env));
  const given = { ...rest, path: absolute, user: username };
  const settings = await resolveSettings(backend, given, { which: "target", ...context });
  return { backend, settings: password ? { ...settings, password } : settings };
}

/** Throws USAGE for a member of `target_config` that the backend does not take. */
function assertTakes(backend: Backend, given: Readonly<Record<string, string | undefined>>): void {
  const { shape } = backend.config;
  for (const [setting, value] of Object.entries(given)) {
    if (value === undefined || setting in shape) continue;
    const name = setting === "user" ? "username" : setting;
    const way = "path" in shape ? "give path" : "give uri";
    throw new GraphError(
      "USAGE",
      `Backend ${backend.name} takes no ${name} (leave it out, and ${way} to say where the target is)`,
      { details: { field: `targetConfig.${name}` } },
    );
  }
}

async function migrate(input: z.output<typeof MigrateInput>, context: ToolContext): Promise<JobOutput> {
  const target = await targetOf(input, context);
  await context.policy.isKnown(target);
  const source = await context.current();
  const { dryRun, verify, skipDuplicates } = input;
  const options = {
    dryRun,
    verify,
    onConflict: skipDuplicates ? "skip" as const : "fail" as const,
    keepUndo: true,
  };
  return await runAsJob(context, async (id, job) => {
    // What is kept open may hold the file that a source is read from.
    await context.session.release();
    const migrationContext = { ...context, ...job, id, stateDirectory: stateDirectory(context.env) };
    const opening = { ...context, ...job };
    return await runMigration(
      storeSource(source, opening),
      storeTarget(target, opening),
      options,
      migrationContext,
    );
  });
}

/** Runs a migration as a job, and answers with its result or with how far it is. */
export async function runAsJob(
  context: ToolContext,
  work: (id: string, job: JobContext) => Promise<MigrationResult>,
  id = StateFiles.newId(new Date()),
): Promise<JobOutput> {
  const job = context.jobs.start(id, (jobContext) => work(id, jobContext));
  const outcome = await job.within(ANSWER_WITHIN_MS, context);
  if ("result" in outcome) return migrationOutput(outcome.result);
  const { phase, done, total } = outcome.running;
  return { state: "running", jobId: id, phase, done, total };
}

/** A finished migration in upstream's words and in ours. */
export function migrationOutput(migration: MigrationResult): JobOutput {
  const { id, dryRun, source, target, written, plan, verification, seconds } = migration;
  const present = plan.create.memories + plan.overwrite.memories + plan.same.memories + plan.keep.memories;
  return {
    state: "done",
    jobId: id,
    success: true,
    dryRun,
    sourceBackend: source.backend,
    targetBackend: target.backend,
    importedMemories: written.memories,
    importedRelationships: written.relationships,
    skippedMemories: plan.same.memories + plan.keep.memories,
    durationSeconds: Math.round(seconds * 100) / 100,
    errors: [],
    ...(verification && {
      verification: {
        valid: verification.differenceCount === 0,
        sourceCount: source.memories,
        targetCount: present,
        sampleChecks: verification.checked,
        samplePassed: verification.checked - verification.differenceCount,
        errors: [],
      },
    }),
    migration: migration as unknown as z.output<typeof MigrationOutputSchema>,
  };
}
