import { type GraphRecord, hashRecord, type RecordKind } from "../model/record.ts";
import type { GraphStore } from "../store/store.ts";
import type { WorkRef } from "../workfile/work_record.ts";
import type { WorkFile } from "../workfile/workfile.ts";
import { readSame } from "./records.ts";

/**
 * What a target holds under a record's id: `ours`, what the migration leaves there, which is nothing for one
 * that it deletes; `before`, what was there before it; `absent`, nothing; `other`, anything else.
 */
export type Standing = "ours" | "before" | "absent" | "other";

/** A record of the work file and what the target holds in its place. */
export interface Placed {
  readonly item: WorkRef;
  readonly standing: Standing;
  /** What was found, unless nothing was. */
  readonly found?: GraphRecord;
}

/**
 * Looks records up in the target. Whatever was acknowledged before does not count: a server without fsync
 * may have gone back in time.
 */
export async function placeRecords(
  kind: RecordKind,
  items: readonly WorkRef[],
  { workFile, target }: { workFile: WorkFile; target: GraphStore },
): Promise<Placed[]> {
  const existing = await readSame(target, kind, items.map((item) => item.ref));
  return items.map((item) => {
    const [found, ...copies] = existing.get(item.ref.id) ?? [];
    if (!found) return { item, standing: item.plan === "delete" ? "ours" : "absent" };
    const hash = hashRecord(kind, found);
    if (copies.length > 0) return { item, standing: "other", found };
    if (item.plan !== "delete" && item.hash === hash) return { item, standing: "ours", found };
    const before = item.plan === "create" ? undefined : workFile.beforeAt(item.seq);
    const isBefore = before !== undefined && hashRecord(kind, before) === hash;
    return { item, standing: isBefore ? "before" : "other", found };
  });
}
