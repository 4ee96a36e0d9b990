import { existsSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { atEnd, GraphError } from "../errors.ts";
import { type Counts, type GraphStore, totalOf } from "../store/store.ts";
import type { MigrationSource, MigrationTarget, SourceStream } from "./migration_types.ts";

/** The source, open. */
export interface Origin extends AsyncDisposable {
  readonly stream: SourceStream;
  /** Undefined where counting would mean reading everything. */
  readonly counts: Counts | undefined;
}

/** The target as it is before the migration. */
export interface Before extends AsyncDisposable {
  /** Open in mode `read`; undefined when it does not exist yet, or is an empty file. */
  readonly store: GraphStore | undefined;
  /** Whether anything was there, which then must not be removed by undoing. */
  readonly existed: boolean;
  readonly counts: Counts;
}

const NOTHING: Counts = { memories: 0, relationships: 0, foreignNodes: 0, foreignRelationships: 0 };

/** Opens and counts the source. Throws SAME_DATABASE when it is the target. */
export async function openSource(source: MigrationSource, target: MigrationTarget): Promise<Origin> {
  if (source.location.identity === target.location.identity) {
    throw new GraphError(
      "SAME_DATABASE",
      `Source and target are the same database, "${source.location.display}" (give the target another place)`,
    );
  }
  const stream = await atEnd("source", () => source.open());
  try {
    const counts = await atEnd("source", () => stream.count());
    return { stream, counts, [Symbol.asyncDispose]: () => stream[Symbol.asyncDispose]() };
  } catch (error) {
    await stream[Symbol.asyncDispose]();
    throw error;
  }
}

/** Opens and counts the target without changing it. Throws when it could not be written. */
export async function openTarget(target: MigrationTarget): Promise<Before> {
  const { store, existed } = await atEnd("target", () => openExisting(target));
  const close = async () => await store?.[Symbol.asyncDispose]();
  try {
    await atEnd("target", () => target.checkWritable());
    const counts = store ? await atEnd("target", () => store.count()) : NOTHING;
    return { store, existed, counts, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openExisting(target: MigrationTarget): Promise<Pick<Before, "store" | "existed">> {
  try {
    return { store: await target.open("read"), existed: true };
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    if (error.code === "NOT_FOUND") return { store: undefined, existed: false };
    if (error.details?.isEmpty) return { store: undefined, existed: true };
    throw error;
  }
}

/** Removes a target that nothing has been put into, by anybody; leaves any other. */
export async function discardEmpty(target: MigrationTarget): Promise<void> {
  const { store, existed } = await openExisting(target);
  const counts = await store?.count() ?? NOTHING;
  await store?.[Symbol.asyncDispose]();
  if (existed && Object.values(counts).every((count) => count === 0)) await target.discard();
}

/** Bytes that a work file takes for a memory of 1 KB: its text, also as the target takes it, hash and index entries. */
const BYTES_PER_RECORD = 3000;

/** Throws DISK_FULL when a folder's disk has no room for a work file of so many records. */
export function assertDiskSpace(folder: string, counts: Counts | undefined): void {
  if (!counts) return;
  const needed = totalOf(counts) * BYTES_PER_RECORD;
  const { bavail, bsize } = statfsSync(existingParent(folder));
  if (bavail * bsize >= needed) return;
  const [free, wanted] = [bavail * bsize, needed].map((bytes) => `${Math.ceil(bytes / 1e6)} MB`);
  throw new GraphError(
    "DISK_FULL",
    `The migration needs about ${wanted} in "${folder}" and ${free} are free (set MEMORYGRAPH_STATE_DIR)`,
  );
}

function existingParent(folder: string): string {
  while (!existsSync(folder)) folder = dirname(folder);
  return folder;
}
