import * as z from "zod";
import { DAY_MS } from "../durations.ts";
import { relationshipsOf, Tally } from "../memory/queries.ts";
import { isCurrent } from "../memory/temporal.ts";
import { instantKey, timestampOf } from "../model/instant.ts";
import { searchMemories } from "../search/search.ts";
import type { GraphStore } from "../store/store.ts";
import { storeFields } from "./ends.ts";
import { renderBriefs } from "./listings.ts";
import { openMemories } from "./memory_stores.ts";
import { briefMemory, MemoryBriefSchema } from "./memory_views.ts";
import { defineOperation } from "./operation.ts";

const MAX_RECENT = 20;
const MAX_UNRESOLVED = 10;
const PROBLEM_TYPES = ["problem", "error"];
/** Relationship types that say a problem is dealt with. */
const RESOLVING = new Set(["SOLVES", "ADDRESSES", "FIXES"]);

/** What happened lately. */
export const recentActivity = defineOperation({
  name: "activity",
  summary: "Show what was stored lately and which problems are open",
  input: () =>
    z.object({
      days: z.int().min(1).max(365).default(7).describe("Days to look back"),
      project: z.string().optional().describe("Only memories of this project (default: of all)").meta({
        value: "path",
      }),
      ...storeFields,
    }),
  output: () =>
    z.object({
      days: z.int(),
      project: z.string().optional(),
      totalCount: z.int(),
      memoriesByType: z.record(z.string(), z.int()),
      recentMemories: z.array(MemoryBriefSchema).describe("The newest first"),
      unresolvedProblems: z.array(MemoryBriefSchema)
        .describe(
          "Problems and errors of that time which nothing solves or addresses, the most important first",
        ),
    }),
  holdsRecords: true,
  tool: {
    name: "get_recent_activity",
    profile: "core",
    title: "Get recent activity",
    effect: "read",
    description:
      `Sums up the last days: how many memories of each type, the newest, and the problems that nothing solves yet.
Good at the start of a session. Example: get_recent_activity(days=30, project="/app")`,
  },
  async run({ days, project, ...input }, context) {
    await using store = await openMemories(input, context, "search");
    const { found } = await searchMemories(store, {
      createdAfter: timestampOf(Date.now() - days * DAY_MS),
      projectPath: project,
      limit: Infinity,
    }, context.signal);
    const memories = found.map(({ memory }) => memory);
    const byType = new Tally();
    for (const { type } of memories) byType.add(type);
    // Where times are equal, the search's order by importance stays.
    const newest = memories.map((memory) => ({ memory, created: instantKey(memory.createdAt) }))
      .sort((a, b) => a.created === b.created ? 0 : a.created < b.created ? 1 : -1);
    const problems = memories.filter(({ type }) => PROBLEM_TYPES.includes(type));
    const resolved = await resolvedIds(store, problems.map(({ id }) => id));
    return {
      days,
      project,
      totalCount: memories.length,
      memoriesByType: byType.sorted(),
      recentMemories: newest.slice(0, MAX_RECENT).map(({ memory }) => briefMemory(memory)),
      unresolvedProblems: problems.filter(({ id }) => !resolved.has(id)).slice(0, MAX_UNRESOLVED)
        .map(briefMemory),
    };
  },
  render({ days, totalCount, memoriesByType, recentMemories, unresolvedProblems }, { table }) {
    const types = Object.entries(memoriesByType).map(([type, count]) => `${count} ${type}`).join(", ");
    return [
      `${totalCount} memories in the last ${days} days${types && `: ${types}`}`,
      ...(unresolvedProblems.length > 0
        ? ["", "open problems:", renderBriefs(unresolvedProblems, table)]
        : []),
      ...(recentMemories.length > 0 ? ["", "the newest:", renderBriefs(recentMemories, table)] : []),
    ].join("\n");
  },
});

async function resolvedIds(store: GraphStore, ids: readonly string[]): Promise<Set<string>> {
  const relationships = await relationshipsOf(store, ids);
  return new Set(
    relationships.filter((item) => RESOLVING.has(item.type) && isCurrent(item)).map(({ toId }) => toId),
  );
}
