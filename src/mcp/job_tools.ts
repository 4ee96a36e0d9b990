/** Tools for migrations that are running, broke off, or are done. */
import * as z from "zod";
import { asGraphError, GraphError } from "../errors.ts";
import { instantKey } from "../model/instant.ts";
import { targetAgain } from "../operations/open_ends.ts";
import { rollback } from "../operations/rollback.ts";
import { findUndoable } from "../pipeline/rollback.ts";
import { findUnfinished, resumeMigration } from "../pipeline/resume.ts";
import { stateDirectory } from "../state.ts";
import { type HistoryEntry, StateFiles } from "../workfile/history.ts";
import { listWorkFiles } from "../workfile/keep.ts";
import { isLocked } from "../workfile/lock.ts";
import type { Job } from "./jobs.ts";
import { JobOutputSchema, migrationOutput, runAsJob } from "./migration_tools.ts";
import { defineTool, type ToolContext } from "./tool.ts";

const JobStateSchema = z.object({
  jobId: z.string(),
  state: z.enum(["running", "done", "failed", "interrupted", "unfinished", "rolled back"])
    .describe("unfinished, and interrupted: can be resumed or rolled back, unless note says otherwise"),
  note: z.string().optional().describe("What the state means for whoever wants to go on"),
  startedAt: z.string().optional(),
  seconds: z.number().optional(),
  phase: z.string().optional(),
  done: z.int().optional().describe("Records done in this phase"),
  total: z.int().optional(),
  recordsPerSecond: z.int().optional(),
  source: z.string().optional(),
  target: z.string().optional(),
  undoable: z.boolean().optional().describe("Whether rollback_migration can still undo it"),
  error: z.string().optional(),
  result: JobOutputSchema.optional(),
});

type JobView = z.output<typeof JobStateSchema>;

/** How many migrations are listed. */
const MAX_LISTED = 20;

const jobId = z.string().min(1).describe("The job's id, from migrate_database or migration_status");

/** How migrations stand. */
export const migrationStatus = defineTool({
  summary: "Show how a migration stands, or the last migrations",
  tool: {
    name: "migration_status",
    profile: "extended",
    title: "Migration status",
    effect: "read",
    description:
      `Gives a migration's phase, counts and rate while it runs, and its result afterwards. Without job_id: the last ones,
also those that broke off when a server ended and can be resumed. Example: migration_status(job_id="20260314-150926-53ad")`,
  },
  input: () => z.object({ jobId: jobId.optional() }),
  output: () => z.object({ jobs: z.array(JobStateSchema).describe("The newest first") }),
  async run({ jobId }, context) {
    const known = await knownJobs(context);
    const jobs = jobId === undefined
      ? known.slice(0, MAX_LISTED)
      : known.filter((job) => job.jobId === jobId);
    if (jobId !== undefined && jobs.length === 0) throw unknownJob(jobId);
    return { jobs };
  },
});

/** Stops a running migration. */
export const cancelMigration = defineTool({
  summary: "Stop a running migration at its next batch boundary",
  tool: {
    name: "cancel_migration",
    profile: "extended",
    title: "Cancel a migration",
    effect: "change",
    description:
      `Stops a migration that this server runs. If it has begun to write, it can be resumed or rolled back afterwards.
Example: cancel_migration(job_id="...")`,
  },
  input: () => z.object({ jobId }),
  output: () => JobStateSchema.pick({ jobId: true, state: true, note: true }),
  async run({ jobId }, context) {
    const job = context.jobs.cancel(jobId);
    await job.result.catch(() => {});
    const { state, note } = (await knownJobs(context)).find((known) => known.jobId === jobId)!;
    return { jobId, state, note };
  },
});

/** Finishes a migration that broke off. */
export const resumeMigrationTool = defineTool({
  summary: "Finish a migration that broke off",
  tool: {
    name: "resume_migration",
    profile: "extended",
    title: "Resume a migration",
    effect: "migrate",
    description:
      `Finishes a migration that was cancelled, or that broke off with the server, from where it was. Asks the user first.`,
  },
  input: () => z.object({ jobId }),
  output: () => JobOutputSchema,
  approve({ jobId }, context) {
    const { facts } = findJob(jobId, () => findUnfinished(stateDirectory(context.env), jobId));
    return Promise.resolve({ question: `Go on copying memories to ${facts.target.display}?` });
  },
  async run({ jobId }, context) {
    const directory = stateDirectory(context.env);
    const found = findJob(jobId, () => findUnfinished(directory, jobId));
    return await runAsJob(context, async (_, job) => {
      const target = await targetAgain(found.facts, {}, { ...context, ...job });
      return await context.session.stepAside(() =>
        resumeMigration(found, target, {}, { ...context, ...job, stateDirectory: directory })
      );
    }, jobId);
  },
});

/** Undoes a migration. */
export const rollbackMigration = defineTool({
  summary: rollback.summary,
  tool: {
    name: "rollback_migration",
    profile: "extended",
    title: "Roll a migration back",
    effect: "migrate",
    description:
      `Undoes a migration, finished or not: the target is then exactly what it was. Asks the user first.
Refuses where records were changed since, unless force is true. Example: rollback_migration(job_id="...")`,
  },
  input: () => z.object({ jobId, force: rollback.input.shape.force }),
  output: () => rollback.output,
  approve({ jobId }, context) {
    const { facts } = findJob(jobId, () => findUndoable(stateDirectory(context.env), jobId));
    return Promise.resolve({
      question: `Undo migration ${jobId}, and take its records out of ${facts.target.display}?`,
    });
  },
  async run({ jobId, force }, context) {
    return await context.session.stepAside(() => rollback.run({ id: jobId, force }, context));
  },
});

function unknownJob(id: string): GraphError {
  return new GraphError(
    "NOT_FOUND",
    `There is no migration "${id}" (migration_status without job_id lists them)`,
    {
      details: { field: "jobId" },
    },
  );
}

/** The same failure in words that are true for tools: there is no history command here. */
function findJob<T>(id: string, find: () => T): T {
  try {
    return find();
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    if (error.code === "NOT_FOUND") throw unknownJob(id);
    const details = { ...error.details, field: "jobId" };
    throw new GraphError(error.code, error.message, { cause: error, details });
  }
}

const NOTHING_WRITTEN = "Nothing was written, and nothing needs undoing: start it anew";

/** What this server runs or ran, then what the state directory knows, the newest first. */
async function knownJobs({ jobs, env }: ToolContext): Promise<JobView[]> {
  const files = new StateFiles(stateDirectory(env));
  const byId = new Map<string, JobView>();
  for (const entry of files.summaries()) byId.set(entry.id, viewEntry(entry));
  for (const { id, stage, facts } of listWorkFiles(files)) {
    if (stage !== "import" && stage !== "snapshot") continue;
    const { startedAt, source, target } = facts ?? {};
    // Another process may be at it: a command, or another client's server.
    const isRunning = target !== undefined && isLocked(files.locks, target.identity, id);
    byId.set(id, {
      jobId: id,
      state: isRunning ? "running" : "unfinished",
      startedAt,
      source: source?.display,
      target: target?.display,
      undoable: stage === "import" && !isRunning,
      note: stage === "import" || isRunning ? undefined : NOTHING_WRITTEN,
    });
  }
  for (const job of jobs.all()) byId.set(job.id, joinViews(byId.get(job.id), await viewJob(job)));
  const startOf = ({ startedAt }: JobView) => instantKey(startedAt);
  return [...byId.values()].sort((a, b) => startOf(a) < startOf(b) ? 1 : -1);
}

/** A job as it is kept and as it ran: undoing it came after it ran. */
function joinViews(kept: JobView | undefined, ran: JobView): JobView {
  if (kept?.state === "rolled back") return { ...ran, ...kept };
  const note = ran.state === "interrupted" && !kept?.undoable ? NOTHING_WRITTEN : undefined;
  return { ...kept, ...ran, note };
}

function viewEntry({ id, outcome, startedAt, source, target, undoable, error }: HistoryEntry): JobView {
  return {
    jobId: id,
    state: outcome === "done" ? "done" : "rolled back",
    startedAt,
    source: source.display,
    target: target.display,
    undoable,
    error,
  };
}

async function viewJob(job: Job): Promise<JobView> {
  const { id, ...state } = job.state();
  if (state.state === "running") return { jobId: id, ...state };
  try {
    const result = await job.result as Parameters<typeof migrationOutput>[0];
    return { jobId: id, ...state, result: migrationOutput(result) };
  } catch (error) {
    return { jobId: id, ...state, error: asGraphError(error).message };
  }
}
