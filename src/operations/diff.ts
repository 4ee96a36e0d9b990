import * as z from "zod";
import { compareInputs, comparisonFields, ComparisonOutputSchema, renderComparison } from "./comparison.ts";
import { defineOperation } from "./operation.ts";

/** Names every record and field in which two graphs differ. */
export const diff = defineOperation({
  name: "diff",
  summary: "Name every difference between two graphs, each a database or an export file",
  positionals: ["a", "b"],
  input: () => z.object(comparisonFields),
  output: () => ComparisonOutputSchema,
  examples: [
    { command: "memorygraph diff memory.db backup.jsonl.gz", does: "What changed since the backup" },
    { command: "memorygraph diff memory.db bolt://localhost:7687 --summary", does: "Only count" },
  ],
  run: compareInputs,
  render: renderComparison,
  exitCode: ({ equal }) => equal ? 0 : 6,
});
