import * as z from "zod";
import { DAY_MS } from "../durations.ts";
import { GraphError } from "../errors.ts";
import { pruneHistory, readHistory } from "../pipeline/history.ts";
import { stateDirectory } from "../state.ts";
import { StateFiles } from "../workfile/history.ts";
import { MigrationOutputSchema, renderMigration } from "./migration_output.ts";
import { defineOperation } from "./operation.ts";
import { CountsSchema, countsText } from "./record_counts.ts";

const PRUNE = "prune";

const PlaceSchema = z.object({ backend: z.string(), display: z.string() });

/** Lists migrations: ended ones, the one that runs, and those that broke off. */
export const history = defineOperation({
  name: "history",
  summary: "List migrations and what can still be resumed or undone; forget old ones",
  positionals: ["id"],
  input: () =>
    z.object({
      id: z.string().min(1).optional().describe(`Migration to show in full, or the word ${PRUNE}`),
      olderThan: z.number().min(0).max(100_000).default(30).describe(
        `Days after which ${PRUNE} forgets a migration`,
      )
        .meta({ value: "days" }),
      unfinished: z.boolean().default(false)
        .describe(`Let ${PRUNE} forget unfinished ones too: they can then neither be resumed nor undone`),
    }),
  output: () =>
    z.object({
      migrations: z.array(z.object({
        id: z.string(),
        status: z.enum(["done", "rolled back", "running", "unfinished"]),
        startedAt: z.string(),
        endedAt: z.string().optional(),
        source: PlaceSchema,
        target: PlaceSchema,
        written: CountsSchema.optional(),
        seconds: z.number().optional(),
        recordsPerSecond: z.int().optional(),
        digest: z.string().optional(),
        isVerified: z.boolean().optional(),
        resumable: z.boolean().describe("migrate --resume ID continues it"),
        undoable: z.boolean().describe("rollback ID undoes it"),
        error: z.string().optional().describe("Why it was rolled back, or broke off"),
        result: MigrationOutputSchema.optional(),
      })),
      pruned: z.array(z.string()).describe("Ids that were forgotten"),
      notes: z.array(z.string()),
    }),
  examples: [
    { command: "memorygraph history", does: "List all migrations, oldest first" },
    { command: "memorygraph history 20260314-150926-53ad", does: "Show one in full" },
    { command: "memorygraph history prune --older-than 7", does: "Forget what ended more than a week ago" },
  ],
  run({ id, olderThan, unfinished }, { env }) {
    const directory = stateDirectory(env);
    let pruned: string[] = [];
    if (id === PRUNE) {
      const before = new Date(Date.now() - olderThan * DAY_MS).toISOString();
      pruned = pruneHistory(directory, { before, unfinished });
    }
    const all = readHistory(directory);
    const notes = new StateFiles(directory).brokenSummaries()
      .map((path) => `Left out "${path}", which cannot be read (remove it if nobody can repair it)`);
    if (id === undefined || id === PRUNE) {
      return Promise.resolve({ migrations: all.map(withoutResult), pruned, notes });
    }
    const migrations = all.filter((line) => line.id === id);
    if (migrations.length > 0) return Promise.resolve({ migrations, pruned, notes: [] });
    throw new GraphError(
      "NOT_FOUND",
      `There is no migration with the id "${id}" (see \`memorygraph history\`)`,
    );
  },
  render({ migrations, pruned, notes }, { input: { id } }) {
    const told = notes.map((note) => `note: ${note}`);
    const withNotes = (...lines: string[]) => [...lines, ...told].join("\n");
    if (id === PRUNE) return withNotes(`forgot ${pruned.length} migrations, ${migrations.length} are left`);
    if (migrations.length === 0) return withNotes("no migrations yet");
    return withNotes(...migrations.map((line) => {
      const { source, target, status, written, recordsPerSecond, resumable, undoable, error, result } = line;
      const head = `${line.id}  ${status.padEnd(11)}  ${place(source)} -> ${place(target)}`;
      const facts = [
        ...(written ? [`wrote ${countsText(written)}`] : []),
        ...(recordsPerSecond ? [`${recordsPerSecond}/s`] : []),
        ...(line.isVerified ? ["verified"] : []),
        ...(resumable ? [`continue: memorygraph migrate --resume ${line.id}`] : []),
        ...(undoable ? [`undo: memorygraph rollback ${line.id}`] : []),
        ...(error ? [error.split("\n")[0]!] : []),
      ];
      const details = id !== undefined && result ? `\n${renderMigration(result)}` : "";
      return [head, ...facts.map((fact) => `  ${fact}`)].join("\n") + details;
    }));
  },
});

function place({ backend, display }: z.output<typeof PlaceSchema>): string {
  return `${backend} ${display}`;
}

function withoutResult<T extends { result?: unknown }>({ result: _, ...line }: T): Omit<T, "result"> {
  return line;
}
