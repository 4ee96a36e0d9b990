import * as z from "zod";
import { findUndoable, rollBack } from "../pipeline/rollback.ts";
import { stateDirectory } from "../state.ts";
import { targetFields, targetOf } from "./ends.ts";
import { targetAgain } from "./open_ends.ts";
import { defineOperation } from "./operation.ts";
import { CountsSchema, countsText } from "./record_counts.ts";

const { to: _, ...connectionFields } = targetFields;

/** Undoes a migration, finished or not: the target is then exactly what it was. */
export const rollback = defineOperation({
  name: "rollback",
  summary: "Undo a migration: the target is then exactly what it was before",
  positionals: ["id"],
  input: () =>
    z.object({
      id: z.string().min(1).describe("The migration's id, as history shows it"),
      force: z.boolean().default(false).describe("Take back what was changed since, too"),
      ...connectionFields,
    }),
  output: () =>
    z.object({
      id: z.string(),
      target: z.object({ backend: z.string(), location: z.string() }),
      deleted: CountsSchema.describe("Records that the migration had created"),
      restored: CountsSchema.describe("Records that the migration had replaced"),
      before: CountsSchema.describe("What the target held before the migration, and holds again"),
    }),
  examples: [
    { command: "memorygraph rollback 20260314-150926-53ad", does: "Undo a migration that broke off" },
    {
      command: "memorygraph rollback 20260314-150926-53ad --force",
      does: "Undo it although records were changed since",
    },
  ],
  async run({ id, force, ...input }, context) {
    const directory = stateDirectory(context.env);
    const found = findUndoable(directory, id);
    const target = await targetAgain(
      found.facts,
      targetOf({ ...input, to: found.facts.target.backend }),
      context,
    );
    return await rollBack(found, target, { force }, { ...context, stateDirectory: directory });
  },
  render({ id, target, deleted, restored, before }) {
    return [
      `migration ${id} is undone in ${target.backend} ${target.location}`,
      `deleted ${countsText(deleted)}; restored ${countsText(restored)}`,
      `it held ${countsText(before)} before; every record that was touched was read back`,
    ].join("\n");
  },
});
