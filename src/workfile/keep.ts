/** Which work files stay, and which go. */
import { statSync } from "node:fs";
import type { MigrationFacts, Stage } from "./facts.ts";
import type { StateFiles } from "./history.ts";
import type { Lock } from "./lock.ts";
import { WorkFile } from "./workfile.ts";

/** How long after its creation a work file without any facts may still be one that another process is making. */
const NEWBORN_MS = 60_000;

/**
 * A new work file, or a temporary one without an id. Disposing of it also deletes it, unless something in the
 * target hangs on it: an import that has begun, or one that is to stay undoable.
 */
export function openWorkFile(files: StateFiles, id: string | undefined): WorkFile {
  const workFile = WorkFile.create(id === undefined ? undefined : files.newWorkFile(id));
  return id === undefined ? workFile : closing(workFile, files, id);
}

/** An existing work file; see `openWorkFile`. Throws NOT_FOUND. */
export function reopenWorkFile(files: StateFiles, id: string): WorkFile {
  return closing(WorkFile.open(files.workFile(id)), files, id);
}

function closing(workFile: WorkFile, files: StateFiles, id: string): WorkFile {
  const close = workFile[Symbol.dispose].bind(workFile);
  workFile[Symbol.dispose] = () => {
    const isStale = isOver(workFile.stage, workFile.get<MigrationFacts>("facts"));
    close();
    if (isStale) files.removeWorkFile(id);
  };
  return workFile;
}

/** Whether nothing in the target hangs on a work file any more, or did yet. */
function isOver(stage: Stage, facts: MigrationFacts | undefined): boolean {
  return stage === "snapshot" || stage === "undone" || (stage === "done" && !facts?.options.keepUndo);
}

/** A work file as it is seen from outside. */
export interface WorkFileSummary {
  readonly id: string;
  readonly stage: Stage;
  /** Undefined when it broke off at its very start. */
  readonly facts?: MigrationFacts;
  /** Why it broke off, where it had the time to say so. */
  readonly error?: string;
}

const STAGE_OF = { "done": "done", "rolled back": "undone" } as const;

/**
 * Every work file, oldest first, without disturbing whoever is using one. A migration whose summary says that it
 * ended has ended: the summary is written first, and a process may be killed before the work file says so too.
 */
export function listWorkFiles(files: StateFiles): WorkFileSummary[] {
  return files.workFiles().flatMap((id) => {
    const found = WorkFile.peek(files.workFile(id));
    if (!found) return [];
    const summary = files.summary(id);
    return [{ id, ...found, ...(summary && { stage: STAGE_OF[summary.outcome] }) }];
  });
}

/** Ids of the migrations into a target that broke off after they began to write, oldest first. */
export function unfinishedInto(files: StateFiles, identity: string): string[] {
  return listWorkFiles(files)
    .filter(({ stage, facts }) => stage === "import" && facts?.target.identity === identity)
    .map(({ id }) => id);
}

/**
 * Removes the work files of migrations into a target that are over: what a killed process left. The caller
 * holds the target's lock, so no process is using one of them. Returns the ids of those that stay unfinished.
 */
export function sweep(files: StateFiles, identity: string, { abandoned }: Lock): string[] {
  const unfinished: string[] = [];
  for (const { id, stage, facts } of listWorkFiles(files)) {
    const isOther = facts
      ? facts.target.identity !== identity
      : id !== abandoned && isNewborn(files.workFile(id));
    if (isOther) continue;
    if (isOver(stage, facts)) files.removeWorkFile(id);
    else if (stage === "import") unfinished.push(id);
  }
  files.removeRemains();
  return unfinished;
}

function isNewborn(path: string): boolean {
  const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: 0 };
  return Date.now() - mtimeMs < NEWBORN_MS;
}
