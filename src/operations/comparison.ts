/** What `diff` and `verify` have in common. */
import * as z from "zod";
import { atEnd } from "../errors.ts";
import { assertClaimed } from "../pipeline/claimed_digest.ts";
import { compareGraphs, type Comparison } from "../pipeline/compare.ts";
import { PhaseRunner, secondsSince } from "../pipeline/phases.ts";
import { DEFAULT_BATCH_SIZE, totalOf } from "../store/store.ts";
import { sourceFields, sourceOf, targetFields, targetOf } from "./ends.ts";
import type { OperationContext } from "./operation.ts";
import { placeToRead } from "./places.ts";
import { CountsSchema, countsText } from "./record_counts.ts";

const PLACE = "export file, database file, URI or backend name";

/** Two graphs by place or by flags, and how much is told about them. */
export const comparisonFields = {
  a: z.string().min(1).optional().describe(`First graph: ${PLACE} (default: what --from and its flags name)`),
  b: z.string().min(1).optional().describe(`Second graph, likewise (default: what --to and its flags name)`),
  ...sourceFields,
  ...targetFields,
  to: targetFields.to.optional().describe("Backend of the second graph (default: the current one)"),
  summary: z.boolean().default(false).describe("Count the differences without naming them"),
  maxDifferences: z.int().min(0).default(100_000)
    .describe("How many differences to name, as far as memory allows; the counts are always exact"),
};

type Input = z.output<z.ZodObject<typeof comparisonFields>>;

const GraphSchema = CountsSchema.extend({ backend: z.string(), location: z.string(), digest: z.string() });
const KindSchema = z.enum(["memory", "relationship"]);

/** What a comparison answers; see Comparison for the meaning of each member. */
export const ComparisonOutputSchema = z.object({
  equal: z.boolean(),
  a: GraphSchema,
  b: GraphSchema,
  missing: CountsSchema.describe("Records that only the first graph has"),
  extra: CountsSchema.describe("Records that only the second graph has"),
  changed: CountsSchema.describe("Records that both have, with different contents"),
  differences: z.array(z.object({
    kind: KindSchema,
    id: z.string(),
    type: z.enum(["missing", "extra", "changed"]),
    changes: z.array(z.object({ field: z.string(), a: z.string().optional(), b: z.string().optional() }))
      .optional().describe("Each field that differs, its value on both sides as JSON text"),
  })),
  unreadableCount: z.int(),
  unreadable: z.array(z.object({
    side: z.enum(["a", "b"]),
    kind: KindSchema,
    id: z.string(),
    reason: z.string(),
  })).describe("Records that could not be compared"),
  notes: z.array(z.string()),
  seconds: z.number(),
});

/** The answer of a comparison. */
export type ComparisonOutput = z.output<typeof ComparisonOutputSchema>;

/** Compares the two graphs that an input names. Changes nothing anywhere. */
export async function compareInputs(input: Input, context: OperationContext): Promise<ComparisonOutput> {
  const start = performance.now();
  const { signal } = context;
  const from = await placeToRead(input.a, sourceOf(input), { end: "source", context });
  const to = await placeToRead(input.b, targetOf(input), { end: "target", context });
  await using a = await atEnd("source", () => from.open());
  await using b = await atEnd("target", () => to.open());
  const options = { batchSize: DEFAULT_BATCH_SIZE, signal };
  const maxNamed = input.summary ? 0 : input.maxDifferences;
  const found = await new PhaseRunner(context.progress).run(
    "comparison",
    undefined,
    (onProgress) => compareGraphs(a.read(options), b.read(options), { maxNamed, signal, onProgress }),
  );
  // Counts of differences mean nothing where a file is not what it was when it was written.
  assertClaimed(a, from.location, () => found.a.digest);
  assertClaimed(b, to.location, () => found.b.digest);
  return {
    ...found,
    equal: differenceCount(found) + found.unreadableCount === 0,
    a: { backend: from.location.backend, location: from.location.display, ...found.a },
    b: { backend: to.location.backend, location: to.location.display, ...found.b },
    notes: [...a.notes ?? [], ...b.notes ?? [], ...cutNotes(found, maxNamed)],
    seconds: secondsSince(start),
  };
}

type Found = Pick<Comparison, "missing" | "extra" | "changed">;

/** How many records differ in any way. */
function differenceCount({ missing, extra, changed }: Found): number {
  return [missing, extra, changed].reduce((sum, counts) => sum + totalOf(counts), 0);
}

/** Says so where fewer differences are named than were asked for. */
function cutNotes(found: Comparison, maxNamed: number): string[] {
  const { length } = found.differences;
  if (length >= Math.min(maxNamed, differenceCount(found))) return [];
  return [`Only the first ${length} differences are named: the texts of all would not fit into memory`];
}

/** How much of a value a person is shown; `--json` has it all. */
const MAX_VALUE = 80;
const SIGNS = { missing: "-", extra: "+", changed: "~" } as const;

/** The answer as lines for a person. */
export function renderComparison(output: ComparisonOutput): string {
  const { a, b, missing, extra, changed, differences, unreadable, unreadableCount } = output;
  const total = differenceCount(output);
  const lines = [
    `a  ${a.backend} ${a.location}: ${countsText(a)}`,
    `b  ${b.backend} ${b.location}: ${countsText(b)}`,
  ];
  for (const { kind, id, type, changes = [] } of differences) {
    lines.push(`${SIGNS[type]} ${kind} ${JSON.stringify(id)}`);
    for (const { field, a: left, b: right } of changes) {
      lines.push(`    ${field}: ${shortened(left)} -> ${shortened(right)}`);
    }
  }
  for (const { side, kind, id, reason } of unreadable) {
    lines.push(`? ${kind} ${JSON.stringify(id)} in ${side} cannot be read: ${reason}`);
  }
  const named = differences.length + unreadable.length;
  if (named > 0 && named < total + unreadableCount) lines.push(`and ${total + unreadableCount - named} more`);
  lines.push(...output.notes.map((note) => `note: ${note}`));
  if (output.equal) return [...lines, `equal: every field of every record (digest ${a.digest})`].join("\n");
  lines.push(
    `only in a: ${countsText(missing)}`,
    `only in b: ${countsText(extra)}`,
    `changed: ${countsText(changed)}`,
  );
  if (unreadableCount > 0) lines.push(`cannot be read: ${unreadableCount} records`);
  return lines.join("\n");
}

function shortened(value: string | undefined): string {
  if (value === undefined) return "(absent)";
  return value.length <= MAX_VALUE ? value : `${value.slice(0, MAX_VALUE)}... (${value.length} characters)`;
}
