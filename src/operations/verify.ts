import * as z from "zod";
import {
  compareInputs,
  comparisonFields,
  type ComparisonOutput,
  ComparisonOutputSchema,
  renderComparison,
} from "./comparison.ts";
import { defineOperation } from "./operation.ts";
import { totalOf } from "../store/store.ts";

/** Proves that a graph arrived: names every record of the target that is not exactly as in the source. */
export const verify = defineOperation({
  name: "verify",
  summary: "Prove that a target, or a backup, holds exactly what its source does",
  positionals: ["a", "b"],
  input: () =>
    z.object({
      ...comparisonFields,
      allowExtra: z.boolean().default(false)
        .describe("Accept records that only the second graph has, as when it held others before"),
    }),
  output: () => ComparisonOutputSchema,
  examples: [
    {
      command:
        "memorygraph verify --from sqlite --from-path memory.db --to neo4j --to-uri bolt://localhost:7687",
      does: "Check a migration again, with the flags it was made with",
    },
    { command: "memorygraph verify memory.db backup.jsonl", does: "Check a backup" },
  ],
  async run({ allowExtra, ...input }, context) {
    const found = await compareInputs(input, context);
    return allowExtra ? withoutExtra(found) : found;
  },
  render: renderComparison,
  exitCode: ({ equal }) => equal ? 0 : 6,
});

function withoutExtra(found: ComparisonOutput): ComparisonOutput {
  const { missing, changed, unreadableCount } = found;
  const differing = [missing, changed].some((counts) => totalOf(counts) > 0);
  return {
    ...found,
    equal: !differing && unreadableCount === 0,
    extra: { memories: 0, relationships: 0 },
    differences: found.differences.filter(({ type }) => type !== "extra"),
    notes: [
      ...found.notes,
      `Accepted: ${found.extra.memories} memories and ${found.extra.relationships} ` +
      "relationships that only the second graph has",
    ],
  };
}
