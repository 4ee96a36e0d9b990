import * as z from "zod";
import { VISIBILITIES } from "../model/memory.ts";
import { runMigration } from "../pipeline/migration.ts";
import type { MigrationContext, MigrationTarget } from "../pipeline/migration_types.ts";
import { findUndoable, rollBack } from "../pipeline/rollback.ts";
import { assignTenant, changedMemories, clearTenant, type MemoryChange } from "../pipeline/tenants.ts";
import { resolveEnd } from "../settings.ts";
import { stateDirectory } from "../state.ts";
import { StateFiles } from "../workfile/history.ts";
import { storeFields, storeOf } from "./ends.ts";
import { storeTarget } from "./open_ends.ts";
import { defineOperation } from "./operation.ts";

/** Assigns memories without a tenant to one, or takes that back; upstream's command, on every backend. */
export const migrateToMultitenant = defineOperation({
  name: "migrate-to-multitenant",
  summary: "Assign memories that have no tenant to one, or undo that",
  input: () =>
    z.object({
      tenantId: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "must be 1 to 64 letters, digits, - and _")
        .default("default").describe("Tenant to assign"),
      visibility: z.enum(VISIBILITIES).default("team").describe(
        "Visibility of the memories that are assigned",
      ),
      dryRun: z.boolean().default(false).describe("Only count"),
      rollback: z.boolean().default(false)
        .describe(
          "Undo the last assignment exactly; where there is none to undo, take every memory's tenant away",
        ),
      ...storeFields,
    }),
  output: () =>
    z.object({
      id: z.string().describe("The change's id, for history and rollback; empty for a dry run"),
      dryRun: z.boolean(),
      action: z.enum(["assigned", "restored", "cleared"]),
      memories: z.int().describe("Memories that were changed, or would be"),
      tenantId: z.string().optional(),
      visibility: z.string().optional(),
      backend: z.string(),
      location: z.string(),
    }),
  examples: [
    { command: "memorygraph migrate-to-multitenant --tenant-id acme --dry-run", does: "Count" },
    { command: "memorygraph migrate-to-multitenant --tenant-id acme", does: "Assign" },
    { command: "memorygraph migrate-to-multitenant --rollback", does: "Undo the assignment" },
  ],
  async run(input, context) {
    const { tenantId, visibility, dryRun } = input;
    const target = storeTarget(await resolveEnd(storeOf(input), "current", context), context);
    const surroundings = { ...context, stateDirectory: stateDirectory(context.env) };
    const { backend, display: location } = target.location;
    const now = new Date().toISOString().replace("Z", "000+00:00");
    if (!input.rollback) {
      const made = await change(target, assignTenant(tenantId, visibility, now), { dryRun, surroundings });
      return { ...made, action: "assigned" as const, tenantId, visibility, backend, location };
    }
    const last = lastAssignment(surroundings.stateDirectory, target);
    if (last === undefined) {
      const made = await change(target, clearTenant(now), { dryRun, surroundings });
      return { ...made, action: "cleared" as const, backend, location };
    }
    const restoring = { dryRun, action: "restored" as const, backend, location };
    if (dryRun) return { ...restoring, id: "", memories: last.memories };
    const unfinished = findUndoable(surroundings.stateDirectory, last.id);
    const { restored } = await rollBack(unfinished, target, {}, surroundings);
    return { ...restoring, id: last.id, memories: restored.memories };
  },
  render({ action, dryRun, memories, tenantId, visibility, backend, location, id }) {
    const what = {
      assigned: `to tenant ${tenantId}, visible to ${visibility}`,
      restored: "as they were before the assignment",
      cleared: "without a tenant",
    }[action];
    const verb = dryRun ? "would be put" : "put";
    return [
      `${memories} memories ${verb} ${what}, in ${backend} ${location}`,
      ...(id && action !== "restored" ? [`undo: memorygraph rollback ${id}`] : []),
    ].join("\n");
  },
});

async function change(
  target: MigrationTarget,
  memoryChange: MemoryChange,
  { dryRun, surroundings }: { dryRun: boolean; surroundings: MigrationContext },
): Promise<{ id: string; dryRun: boolean; memories: number }> {
  const options = { dryRun, onConflict: "overwrite", keepUndo: true } as const;
  const { id, plan } = await runMigration(
    changedMemories(target, memoryChange),
    target,
    options,
    surroundings,
  );
  const memories = plan.overwrite.memories;
  // Nothing that could be undone: it must not stand before an assignment that can.
  if (memories === 0) new StateFiles(surroundings.stateDirectory).forget(id);
  return { id: dryRun || memories === 0 ? "" : id, dryRun, memories };
}

/** The newest assignment in this store that can be undone, and how many memories it changed. */
function lastAssignment(
  directory: string,
  { location }: MigrationTarget,
): { id: string; memories: number } | undefined {
  const isAssignment = (identity: string) => identity === `${location.identity}#tenants`;
  const last = new StateFiles(directory).summaries().findLast((entry) =>
    entry.outcome === "done" && entry.undoable && isAssignment(entry.source.identity)
  );
  return last && { id: last.id, memories: last.result?.written.memories ?? 0 };
}
