/** Past and unfinished migrations, and forgetting them. */
import { StateFiles } from "../workfile/history.ts";
import { listWorkFiles, sweep } from "../workfile/keep.ts";
import { acquireLock, isLocked } from "../workfile/lock.ts";
import { type RecordCounts, type StoreLocation, totalOf } from "../store/store.ts";
import type { MigrationResult } from "./migration_types.ts";

/** One migration as history tells it. */
export interface HistoryLine {
  readonly id: string;
  /** `running`: a process is at it now. `unfinished`: it broke off and may have written. */
  readonly status: "done" | "rolled back" | "running" | "unfinished";
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly source: Pick<StoreLocation, "backend" | "display">;
  readonly target: Pick<StoreLocation, "backend" | "display">;
  readonly written?: RecordCounts;
  readonly seconds?: number;
  readonly recordsPerSecond?: number;
  readonly digest?: string;
  /** Whether every record was compared: one that the target kept was not. */
  readonly isVerified?: boolean;
  readonly resumable: boolean;
  readonly undoable: boolean;
  readonly error?: string;
  /** The whole result; only where one migration is asked for. */
  readonly result?: MigrationResult;
}

/** Every migration that is known, oldest first. Changes nothing. */
export function readHistory(stateDirectory: string): HistoryLine[] {
  const files = new StateFiles(stateDirectory);
  const workFiles = listWorkFiles(files);
  const kept = new Set(workFiles.map(({ id }) => id));
  const ended = files.summaries().map(({ source, target, undoable, outcome, ...entry }): HistoryLine => ({
    ...entry,
    status: outcome,
    source: placeOf(source),
    target: placeOf(target),
    ...rateOf(entry.result),
    resumable: false,
    undoable: undoable && kept.has(entry.id),
  }));
  const known = new Set(ended.map(({ id }) => id));
  const unfinished = workFiles.flatMap(({ id, stage, facts, error }): HistoryLine[] => {
    if (!facts || known.has(id)) return [];
    const isRunning = isLocked(files.locks, facts.target.identity, id);
    if (stage !== "import" && !isRunning) return [];
    const isStuck = stage === "import" && !isRunning;
    return [{
      id,
      status: isRunning ? "running" : "unfinished",
      startedAt: facts.startedAt,
      source: placeOf(facts.source),
      target: placeOf(facts.target),
      resumable: isStuck,
      undoable: isStuck,
      error: isRunning ? undefined : error,
    }];
  });
  return [...ended, ...unfinished].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function placeOf({ backend, display }: StoreLocation): Pick<StoreLocation, "backend" | "display"> {
  return { backend, display };
}

function rateOf(result: MigrationResult | undefined): Partial<HistoryLine> {
  if (!result) return {};
  const { written, seconds, digest, verification, plan: { keep } } = result;
  return {
    written,
    seconds,
    recordsPerSecond: seconds > 0 ? Math.round(totalOf(written) / seconds) : 0,
    digest,
    isVerified: verification !== null && totalOf(keep) === 0,
  };
}

/** What to forget. */
export interface PruneOptions {
  /** Ended before this instant, ISO 8601. */
  readonly before: string;
  /** Forget unfinished migrations as well: they can then neither be resumed nor undone. */
  readonly unfinished: boolean;
}

/**
 * Forgets migrations: their summaries, what is needed to undo them, the records they left out, and whatever
 * killed processes left. A running one stays, and so do unfinished ones unless they are asked for. Returns
 * the ids.
 */
export function pruneHistory(stateDirectory: string, { before, unfinished }: PruneOptions): string[] {
  const files = new StateFiles(stateDirectory);
  for (const { id, facts } of listWorkFiles(files)) {
    const identity = facts?.target.identity;
    if (identity === undefined || isLocked(files.locks, identity)) continue;
    using lock = acquireLock(files.locks, identity, id);
    sweep(files, identity, lock);
  }
  files.removeRemains();
  return readHistory(stateDirectory)
    .filter(({ status, startedAt, endedAt }) =>
      (endedAt ?? startedAt) < before && (status === "unfinished" ? unfinished : status !== "running")
    )
    .map(({ id }) => {
      files.forget(id);
      return id;
    });
}
