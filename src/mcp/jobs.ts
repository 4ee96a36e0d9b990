/** Work that may outlive the call that started it. */
import { setTimeout as sleep } from "node:timers/promises";
import { asGraphError, GraphError } from "../errors.ts";
import type { ProgressEvent, ProgressSink } from "../pipeline/progress.ts";

/** How a job stands. */
export interface JobState {
  readonly id: string;
  readonly state: "running" | "done" | "failed" | "interrupted";
  readonly startedAt: string;
  readonly seconds: number;
  readonly phase?: string;
  /** Records done in this phase, and in all of it where that is known. */
  readonly done?: number;
  readonly total?: number;
  readonly recordsPerSecond?: number;
}

/** What a job is given. */
export interface JobContext {
  readonly signal: AbortSignal;
  readonly progress: ProgressSink;
}

/** One piece of work. */
export class Job<Result = unknown> {
  readonly id: string;
  readonly result: Promise<Result>;
  readonly #controller = new AbortController();
  readonly #startedAt = Date.now();
  readonly #listeners = new Set<ProgressSink>();
  #endedAt: number | undefined;
  #outcome: "running" | "done" | "failed" | "interrupted" = "running";
  #event: ProgressEvent | undefined;
  #phaseStartedAt = Date.now();

  constructor(id: string, work: (context: JobContext) => Promise<Result>) {
    this.id = id;
    this.result = work({
      signal: this.#controller.signal,
      progress: (event) => this.#onProgress(event),
    }).then(
      (result) => this.#end("done", () => result),
      (error) =>
        this.#end(asGraphError(error).code === "INTERRUPTED" ? "interrupted" : "failed", () => {
          throw error;
        }),
    );
    // Whoever asks later still gets the failure; until then it is nobody's.
    this.result.catch(() => {});
  }

  #onProgress(event: ProgressEvent): void {
    if (event.phase !== this.#event?.phase) this.#phaseStartedAt = Date.now();
    this.#event = event;
    for (const listener of this.#listeners) listener(event);
  }

  #end(outcome: "done" | "failed" | "interrupted", value: () => Result): Result {
    this.#outcome = outcome;
    this.#endedAt = Date.now();
    return value();
  }

  get isRunning(): boolean {
    return this.#outcome === "running";
  }

  /** Stops it at its next batch boundary. */
  cancel(): void {
    this.#controller.abort(new DOMException("Cancelled", "AbortError"));
  }

  state(): JobState {
    const seconds = ((this.#endedAt ?? Date.now()) - this.#startedAt) / 1000;
    const { phase, done, total } = this.#event ?? {};
    const inPhase = (Date.now() - this.#phaseStartedAt) / 1000;
    return {
      id: this.id,
      state: this.#outcome,
      startedAt: new Date(this.#startedAt).toISOString(),
      seconds: Math.round(seconds * 10) / 10,
      phase,
      done,
      total,
      ...(this.isRunning && done && inPhase > 0 && { recordsPerSecond: Math.round(done / inPhase) }),
    };
  }

  /**
   * Its result, or its state if it takes longer. Until then its progress goes to the listener, and aborting
   * the signal cancels it.
   */
  async within(
    milliseconds: number,
    { signal, progress }: JobContext,
  ): Promise<{ result: Result } | { running: JobState }> {
    const onAbort = () => this.cancel();
    const late = new AbortController();
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
    this.#listeners.add(progress);
    try {
      const timeout = sleep(milliseconds, undefined, { signal: late.signal }).catch(() => {});
      const first = await Promise.race([this.result.then((result) => ({ result })), timeout]);
      return first ?? { running: this.state() };
    } finally {
      late.abort();
      signal.removeEventListener("abort", onAbort);
      this.#listeners.delete(progress);
    }
  }
}

/** The jobs of one server. */
export class Jobs {
  readonly #jobs = new Map<string, Job>();

  start<Result>(id: string, work: (context: JobContext) => Promise<Result>): Job<Result> {
    const job = new Job(id, work);
    this.#jobs.set(id, job as Job);
    return job;
  }

  get(id: string): Job | undefined {
    return this.#jobs.get(id);
  }

  all(): Job[] {
    return [...this.#jobs.values()];
  }

  /** Stops the one with this id. Throws NOT_FOUND. */
  cancel(id: string): Job {
    const job = this.#jobs.get(id);
    if (job) {
      job.cancel();
      return job;
    }
    throw new GraphError("NOT_FOUND", `This server runs no job "${id}" (migration_status lists them)`, {
      details: { field: "jobId" },
    });
  }

  /** Stops all and waits until they have stopped. */
  async stop(): Promise<void> {
    const running = this.all().filter((job) => job.isRunning);
    for (const job of running) job.cancel();
    await Promise.allSettled(running.map((job) => job.result));
  }
}
