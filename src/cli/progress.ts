/** Progress on stderr: one redrawn line on a terminal, now and then a plain line elsewhere. */
import type { ProgressEvent, ProgressSink } from "../pipeline/progress.ts";

/** Where progress goes, and how. */
export interface ProgressOptions {
  readonly write: (text: string) => void;
  readonly style: "bar" | "lines" | "none";
  readonly columns: () => number;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
  readonly color?: boolean;
}

/** Shows progress and, between its redraws, whole lines. */
export interface ProgressDisplay {
  readonly sink: ProgressSink;
  /** Prints a line without breaking the bar. */
  print(line: string): void;
  /** Erases the bar. Safe to repeat. */
  close(): void;
}

const REDRAW_MS = 100;
const LINE_MS = 5000;
const ERASE = "\r\x1b[K";

// In columns of the terminal.
const PHASE_WIDTH = 12;
const MAX_BAR = 30;
const MIN_BAR = 5;
/** What surrounds a bar: its brackets, the percentage and a space. */
const BAR_FRAME = "[] 100% ".length;

/** A display in the style asked for. */
export function createProgress(options: ProgressOptions): ProgressDisplay {
  return options.style === "bar" ? new Bar(options) : new Lines(options);
}

/** Times a phase. */
class Clock {
  readonly #now: () => number;
  #phase: string | undefined;
  #startedAt = 0;

  constructor(now: (() => number) | undefined) {
    this.#now = now ?? (() => performance.now());
  }

  /** Seconds since the event's phase began. */
  secondsInto({ phase, state }: ProgressEvent): number {
    if (state === "started" || phase !== this.#phase) {
      this.#phase = phase;
      this.#startedAt = this.#now();
    }
    return (this.#now() - this.#startedAt) / 1000;
  }

  now(): number {
    return this.#now();
  }
}

class Bar implements ProgressDisplay {
  readonly #options: ProgressOptions;
  readonly #clock: Clock;
  #drawnAt = -Infinity;
  #line = "";

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#clock = new Clock(options.now);
  }

  readonly sink: ProgressSink = (event) => {
    const seconds = this.#clock.secondsInto(event);
    const now = this.#clock.now();
    if (now - this.#drawnAt < REDRAW_MS) return;
    this.#drawnAt = now;
    // One column stays free: a full line wraps on some terminals, and could then not be erased.
    this.#draw(barLine(event, seconds, this.#options.columns() - 1));
  };

  #draw(line: string): void {
    this.#line = line;
    this.#options.write(ERASE + (this.#options.color ? colored(line) : line));
  }

  print(line: string): void {
    const shown = this.#line;
    this.#options.write(`${shown ? ERASE : ""}${line}\n`);
    if (shown) this.#draw(shown);
  }

  close(): void {
    if (this.#line) this.#options.write(ERASE);
    this.#line = "";
  }
}

class Lines implements ProgressDisplay {
  readonly #options: ProgressOptions;
  readonly #clock: Clock;
  #printedAt = 0;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#clock = new Clock(options.now);
  }

  readonly sink: ProgressSink = (event) => {
    if (this.#options.style === "none") return;
    const seconds = this.#clock.secondsInto(event);
    const now = this.#clock.now();
    if (event.state === "running" && now - this.#printedAt < LINE_MS) return;
    this.#printedAt = now;
    this.print(plainLine(event, seconds));
  };

  print(line: string): void {
    this.#options.write(`${line}\n`);
  }

  close(): void {}
}

/** An event as one line that fits `width` columns. */
export function barLine(event: ProgressEvent, seconds: number, width: number): string {
  const { phase, done, total } = event;
  const facts = [count(event)];
  if (done > 0 && seconds > 0) facts.push(`${thousands(done / seconds)}/s`);
  const remaining = secondsLeft(event, seconds);
  if (remaining !== undefined) facts.push(`ETA ${clockTime(remaining)}`);
  const head = capitalized(phase).padEnd(PHASE_WIDTH);
  let line = `${head} ${facts.join("  ")}`;
  const room = Math.min(MAX_BAR, width - line.length - BAR_FRAME);
  if (total && room >= MIN_BAR) {
    const share = Math.min(1, done / total);
    const filled = Math.round(share * room);
    const percent = `${Math.floor(share * 100)}%`.padStart(4);
    line = `${head} [${"#".repeat(filled)}${"-".repeat(room - filled)}]${percent} ${facts.join("  ")}`;
  }
  return line.slice(0, Math.max(0, width));
}

function colored(line: string): string {
  return line.replace(/#+/, (filled) => `\x1b[32m${filled}\x1b[39m`);
}

/** An event as a line for a log. */
export function plainLine(event: ProgressEvent, seconds: number): string {
  const { phase, state, done } = event;
  const name = capitalized(phase);
  if (state === "started") return `${name}: started`;
  if (state === "finished") {
    const records = done > 0 ? `, ${thousands(done)} records` : "";
    return `${name}: done in ${seconds.toFixed(1)} s${records}`;
  }
  const rate = seconds > 0 ? `, ${thousands(done / seconds)}/s` : "";
  const remaining = secondsLeft(event, seconds);
  return `${name}: ${count(event)}${rate}${remaining === undefined ? "" : `, ETA ${clockTime(remaining)}`}`;
}

function count({ done, total }: ProgressEvent): string {
  return total ? `${thousands(done)}/${thousands(total)}` : thousands(done);
}

function secondsLeft({ done, total }: ProgressEvent, seconds: number): number | undefined {
  if (!total || done <= 0 || seconds <= 0) return undefined;
  return Math.max(0, Math.ceil((total - done) / (done / seconds)));
}

function clockTime(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const rest = String(seconds % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

function thousands(value: number): string {
  return Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
