/** The result of a migration or an import, as schema and as text. */
import * as z from "zod";
import type { MigrationResult } from "../pipeline/migration_types.ts";
import { type RecordCounts, totalOf } from "../store/store.ts";
import { CountsSchema, countsText } from "./record_counts.ts";

const RecordNameSchema = z.object({ kind: z.enum(["memory", "relationship"]), id: z.string() });
const ProblemSchema = RecordNameSchema.extend({ field: z.string().optional(), reason: z.string() });

/** What `migrate` and `import` answer; see MigrationResult for the meaning of each member. */
export const MigrationOutputSchema = z.object({
  id: z.string().describe("The migration's id, for history, resume and rollback"),
  dryRun: z.boolean(),
  source: CountsSchema.extend({ backend: z.string(), location: z.string() }),
  target: z.object({ backend: z.string(), location: z.string(), existed: z.boolean(), before: CountsSchema }),
  plan: z.object({
    create: CountsSchema,
    overwrite: CountsSchema,
    same: CountsSchema.describe("Already there"),
    keep: CountsSchema.describe("Different in the target, which keeps its own"),
    delete: CountsSchema.describe("Gone from the source (--mirror)"),
    unchanged: CountsSchema.describe("Not changed since (--since)"),
    excluded: CountsSchema.describe("Of other tenants (--tenant)"),
  }),
  written: CountsSchema.describe("Records written by this run"),
  conflicts: z.object({ count: z.int(), records: z.array(RecordNameSchema) }),
  foreign: z.object({ nodes: z.int(), relationships: z.int() })
    .describe("What is not part of a memory graph and stays where it is"),
  warnings: z.object({
    count: z.int(),
    records: z.array(ProblemSchema.extend({ severity: z.literal("warning") })),
  }),
  rejected: z.object({
    count: z.int(),
    records: z.array(ProblemSchema.extend({ severity: z.literal("error") })).describe("The first of them"),
    file: z.string().nullable().describe("The file with all of them; null in a dry run"),
  }),
  verification: z.object({
    checked: z.int(),
    differenceCount: z.int(),
    differences: z.array(RecordNameSchema.extend({
      type: z.enum(["missing", "extra", "changed"]),
      fields: z.array(z.string()).optional(),
    })),
  }).nullable(),
  digest: z.string().describe(
    "SHA-256 of the migrated graph, the same in every backend and file; the source's where the target kept records",
  ),
  notes: z.array(z.string()),
  phases: z.array(z.object({ phase: z.string(), seconds: z.number(), records: z.int() })),
  seconds: z.number(),
});

/** How many of each a person is shown; `--json` names up to a hundred. */
const MAX_SHOWN = 5;

/** The result as lines for a person. */
export function renderMigration(result: z.output<typeof MigrationOutputSchema>): string {
  const { source, target, plan, written, verification, foreign, conflicts, warnings, rejected } = result;
  const kept = totalOf(plan.keep);
  const lines = [
    `from ${source.backend} ${source.location}: ${countsText(source)}`,
    `to   ${target.backend} ${target.location}: ${
      target.existed
        ? `held ${countsText(target.before)} before`
        : result.dryRun
        ? "would be created"
        : "created"
    }`,
    result.dryRun ? planLine("would write", "would replace", plan) : writtenLine(written, plan),
    ...(totalOf(plan.delete) > 0
      ? [
        `${result.dryRun ? "would delete" : "deleted"} ${
          countsText(plan.delete)
        } that the source does not hold`,
      ]
      : []),
    ...(totalOf(plan.unchanged) > 0 ? [`not changed since: ${countsText(plan.unchanged)}`] : []),
    ...(totalOf(plan.excluded) > 0 ? [`of other tenants, left out: ${countsText(plan.excluded)}`] : []),
    ...(kept > 0 ? [`kept the target's version of ${countsText(plan.keep)}`] : []),
    ...conflicts.records.slice(0, MAX_SHOWN).map(({ kind, id }) =>
      `  differed: ${kind} ${JSON.stringify(id)}`
    ),
    ...(conflicts.count > MAX_SHOWN ? [`  and ${conflicts.count - MAX_SHOWN} more (--json names them)`] : []),
    ...(foreign.nodes + foreign.relationships > 0
      ? [
        `not carried: ${foreign.nodes} nodes that are not memories, ${foreign.relationships} relationships that touch one`,
      ]
      : []),
    ...(rejected.count > 0 ? [`left out: ${rejected.count} records that cannot be carried`] : []),
    ...problemLines(rejected),
    ...(warnings.count > 0 ? [`${warnings.count} warnings; those records were carried as they are:`] : []),
    ...problemLines(warnings),
    ...result.notes.map((note) => `note: ${note}`),
    verification
      ? verifiedLine(verification.checked, kept)
      : result.dryRun
      ? "dry run: nothing was changed"
      : "not verified",
    `digest ${result.digest}${kept > 0 ? " (the source's, which the target differs from)" : ""}`,
    `${result.dryRun ? "checked" : "done"} in ${result.seconds.toFixed(2)} s (migration ${result.id})`,
  ];
  return lines.join("\n");
}

function problemLines(
  { count, records }: { count: number; records: readonly z.output<typeof ProblemSchema>[] },
): string[] {
  const lines = records.slice(0, MAX_SHOWN).map(({ kind, id, field, reason }) =>
    `  ${kind} ${JSON.stringify(id)}: ${field ? `${field} ` : ""}${reason}`
  );
  return count > MAX_SHOWN ? [...lines, `  and ${count - MAX_SHOWN} more (--json names them)`] : lines;
}

function writtenLine(written: RecordCounts, plan: MigrationResult["plan"]): string {
  return totalOf(written) > 0
    ? planLine("wrote", "replaced", plan)
    : totalOf(plan.delete) + totalOf(plan.keep) + totalOf(plan.unchanged) + totalOf(plan.excluded) > 0
    ? "nothing to write"
    : "nothing to write: the target already holds it all";
}

/** Success means equal only where the target kept nothing of its own. */
function verifiedLine(checked: number, kept: number): string {
  return kept > 0
    ? `verified: ${checked} records compared; ${kept} kept ones were not`
    : `verified: ${checked} records read back, every field equal`;
}

function planLine(
  wrote: string,
  replaced: string,
  { create, overwrite, same }: MigrationResult["plan"],
): string {
  const parts = [`${wrote} ${countsText(create)}`];
  if (totalOf(overwrite) > 0) parts.push(`${replaced} ${countsText(overwrite)}`);
  if (totalOf(same) > 0) parts.push(`${countsText(same)} already there`);
  return parts.join(", ");
}
