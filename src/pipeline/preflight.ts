import { statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { atEnd, GraphError } from "../errors.ts";
import type { Counts, GraphStore } from "../store/store.ts";
import type { MigrationSource, MigrationTarget, SourceStream } from "./migration_types.ts";

/** What pre-flight found. Dispose of `stream` and `existing` when they are done with. */
export interface Preflight {
  readonly stream: SourceStream;
  readonly sourceCounts: Counts | undefined;
  /** The target as it is, open in mode `read`; undefined when it does not exist yet. */
  readonly existing: GraphStore | undefined;
  readonly targetCounts: Counts;
}

const NOTHING: Counts = { memories: 0, relationships: 0, foreignNodes: 0, foreignRelationships: 0 };

/**
 * Opens both ends, without changing either, and refuses what cannot end well: one database at both ends, a
 * target that cannot be written.
 */
export async function preflight(source: MigrationSource, target: MigrationTarget): Promise<Preflight> {
  if (source.location.identity === target.location.identity) {
    throw new GraphError(
      "SAME_DATABASE",
      `Source and target are the same database, "${source.location.display}" (give the target another place)`,
    );
  }
  const stream = await atEnd("source", () => source.open());
  try {
    const sourceCounts = await atEnd("source", () => stream.count());
    const existing = await atEnd("target", () => openExisting(target));
    try {
      await atEnd("target", () => target.checkWritable());
      const targetCounts = existing ? await atEnd("target", () => existing.count()) : NOTHING;
      return { stream, sourceCounts, existing, targetCounts };
    } catch (error) {
      await existing?.[Symbol.asyncDispose]();
      throw error;
    }
  } catch (error) {
    await stream[Symbol.asyncDispose]();
    throw error;
  }
}

async function openExisting(target: MigrationTarget): Promise<GraphStore | undefined> {
  try {
    return await target.open("read");
  } catch (error) {
    if (error instanceof GraphError && error.code === "NOT_FOUND") return undefined;
    throw error;
  }
}

/** Bytes that a work file takes for a record: its text, hash and index entries, measured on 1 KB memories. */
const BYTES_PER_RECORD = 2000;

/** Throws DISK_FULL when a folder's disk has no room for a work file of so many records. */
export function assertDiskSpace(folder: string, counts: Counts | undefined): void {
  if (!counts) return;
  const needed = (counts.memories + counts.relationships) * BYTES_PER_RECORD;
  const { bavail, bsize } = statfsSync(existingParent(folder));
  if (bavail * bsize >= needed) return;
  const [free, wanted] = [bavail * bsize, needed].map((bytes) => `${Math.ceil(bytes / 1e6)} MB`);
  throw new GraphError(
    "DISK_FULL",
    `The migration needs about ${wanted} in "${folder}" and ${free} are free (set MEMORYGRAPH_STATE_DIR)`,
  );
}

function existingParent(folder: string): string {
  while (!statSync(folder, { throwIfNoEntry: false })) folder = dirname(folder);
  return folder;
}
