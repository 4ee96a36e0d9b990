/** The phases of a migration, in order; also what an import or export reports under. */
export const PHASES = [
  "preflight",
  "export",
  "validation",
  "reconciliation",
  "import",
  "verification",
  "cleanup",
  "rollback",
  "comparison",
] as const;
/** One of {@linkcode PHASES}. */
export type Phase = (typeof PHASES)[number];

/** How far a phase is. Sent at its start, after each batch and at its end. */
export interface ProgressEvent {
  /** The phase that it is about. */
  readonly phase: Phase;
  /** Records done in this phase so far. */
  readonly done: number;
  /** Records in this phase altogether, where that is known. */
  readonly total?: number;
  /** A phase that fails is never finished. */
  readonly state: "started" | "running" | "finished";
}

/** Receives progress. Must be quick and must not throw. */
export type ProgressSink = (event: ProgressEvent) => void;
