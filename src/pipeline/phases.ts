import type { Phase, ProgressSink } from "./progress.ts";

/** How long a phase took and how many records went through it. */
export interface PhaseReport {
  phase: Phase;
  seconds: number;
  records: number;
}

/** Runs phases one after the other, tells a progress sink and keeps the times. */
export class PhaseRunner {
  readonly reports: PhaseReport[] = [];
  readonly #sink: ProgressSink;

  constructor(sink: ProgressSink = () => {}) {
    this.#sink = sink;
  }

  /**
   * Runs one phase. `action` calls what it is given with the records done so far. A phase that throws has no
   * end event.
   */
  async run<T>(
    phase: Phase,
    total: number | undefined,
    action: (onProgress: (done: number) => void) => Promise<T>,
  ): Promise<T> {
    const start = performance.now();
    let records = 0;
    const emit = (state: "started" | "running" | "finished") =>
      this.#sink({ phase, done: records, ...(total === undefined ? {} : { total }), state });
    emit("started");
    const result = await action((done) => {
      records = done;
      emit("running");
    });
    emit("finished");
    this.reports.push({ phase, seconds: secondsSince(start), records });
    return result;
  }
}

/** Seconds since a `performance.now()`, to the millisecond. */
export function secondsSince(start: number): number {
  return Math.round(performance.now() - start) / 1000;
}
