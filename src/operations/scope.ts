/** The input fields that make a migration move less than everything, or take away as well. */
import * as z from "zod";
import { MINUTE_MS } from "../durations.ts";
import { GraphError } from "../errors.ts";
import { instantKey, isInstant } from "../model/instant.ts";
import type { ConflictPolicy } from "../pipeline/plan.ts";
import type { Scope } from "../pipeline/scope.ts";
import { type HistoryEntry, StateFiles } from "../workfile/history.ts";
import { withTime } from "./time_field.ts";

/** What `--since` takes for the last migration between the same two ends. */
const LAST = "last";
/** Writers' clocks differ, and a record's time is set before it is stored. What is seen twice is written once. */
const OVERLAP_MS = 5 * MINUTE_MS;

/** What a mirror may delete of a target where nothing else is said: a wrong source would empty it. */
export const MAX_DELETE_PERCENT = 10;

/** Fields of {@linkcode scopeOf} and {@linkcode policyOf}. */
export const scopeFields = {
  since: z.string().min(1).optional()
    .describe(
      `Only what was created, changed or invalidated since an ISO 8601 time, or since the ${LAST} migration ` +
        "between these two",
    )
    .meta({ value: "time" }),
  mirror: z.boolean().default(false).describe("Also delete from the target what the source does not hold"),
  maxDelete: z.number().min(0).max(100).optional()
    .describe(
      `With --mirror: refuse to delete more than so many per cent of the target's records (default: ${MAX_DELETE_PERCENT})`,
    )
    .meta({ value: "percent" }),
  tenant: z.array(z.string().min(1)).optional()
    .describe("Only this tenant's memories and what joins them").meta({ value: "id" }),
  mapTenant: z.array(z.string().regex(/^[^=]+=[^=]+$/, "must be OLD=NEW")).optional()
    .describe("Give a tenant another name in the target").meta({ value: "old=new" }),
};

type Input = z.output<z.ZodObject<typeof scopeFields>>;

/** What is done about conflicts where the user has not said: a mirror is a mirror, and later changes win. */
export function policyOf({ mirror, since }: Input): ConflictPolicy {
  return mirror ? "overwrite" : since === undefined ? "fail" : "newer";
}

/** The scope that an input asks for, between two ends by their identities. Throws USAGE for a wrong time. */
export function scopeOf(
  { since, tenant, mapTenant }: Input,
  { stateDirectory, source, target }: { stateDirectory: string; source: string; target: string },
): Scope {
  const isBetween = (entry: { source: { identity: string }; target: { identity: string } }) =>
    entry.source.identity === source && entry.target.identity === target;
  return {
    since: since === LAST
      ? lastStart(new StateFiles(stateDirectory).newestSummaries(), isBetween)
      : since && instantOf(since),
    tenants: tenant && new Set(tenant),
    tenantNames: mapTenant && new Map(mapTenant.map((pair) => pair.split("=") as [string, string])),
  };
}

/**
 * When the last of these migrations between the two that is still in effect began; undefined, and so everything,
 * when there is none. One that began in the future was timed by a clock that has been put back since, and says nothing.
 */
function lastStart(
  newestFirst: IteratorObject<HistoryEntry>,
  isBetween: (entry: HistoryEntry) => boolean,
): string | undefined {
  const now = new Date().toISOString();
  const last = newestFirst.find((entry) =>
    isBetween(entry) && entry.outcome === "done" && entry.startedAt <= now
  );
  return last && instantKey(new Date(Date.parse(last.startedAt) - OVERLAP_MS).toISOString());
}

function instantOf(text: string): string {
  const time = withTime(text);
  if (isInstant(time)) return instantKey(time);
  throw new GraphError(
    "USAGE",
    `Invalid value "${text}" for --since: give a time such as 2026-03-14T15:09:26Z, or ${LAST}`,
  );
}
