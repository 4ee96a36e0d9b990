/** Compares two graphs record by record and field by field, whatever they are kept in. */
import { throwIfInterrupted } from "../errors.ts";
import { type GraphRecord, hashRecord, RECORD_KINDS, type RecordKind } from "../model/record.ts";
import { type Batch, type RecordCounts, totalOf } from "../store/store.ts";
import { Ledger } from "../workfile/ledger.ts";
import { WorkFile } from "../workfile/workfile.ts";
import { type Difference, type FieldChange, fieldChanges } from "./differences.ts";
import { countsOf } from "./result.ts";
import { takeSnapshot } from "./snapshot.ts";

/** How a record of one graph is not the other's, the first graph being the one that is expected. */
export interface GraphDifference extends Omit<Difference, "fields"> {
  /** The fields that differ, with their values; only for `changed`. */
  readonly changes?: FieldChange[];
}

/** A record that could not be read, so that nothing can be said about it. */
export interface Unreadable {
  readonly side: "a" | "b";
  readonly kind: RecordKind;
  readonly id: string;
  readonly reason: string;
}

/**
 * What a comparison found. Counts are exact; lists are as long as asked for at the most, and end earlier where
 * their texts would not fit into memory.
 */
export interface Comparison {
  readonly a: RecordCounts & { digest: string };
  readonly b: RecordCounts & { digest: string };
  readonly missing: RecordCounts;
  readonly extra: RecordCounts;
  readonly changed: RecordCounts;
  /** Memories first; within a kind, changed and extra records in the second graph's order, then the missing. */
  readonly differences: GraphDifference[];
  readonly unreadableCount: number;
  readonly unreadable: Unreadable[];
}

/** Options of {@linkcode compareGraphs}. */
export interface CompareOptions {
  /** How many differences, and how many unreadable records, are named. */
  maxNamed: number;
  signal?: AbortSignal;
  onProgress?: (done: number) => void;
}

type Batches = AsyncIterable<Batch>;

/**
 * Reads both graphs once, the first into a temporary work file, so that memory stays bounded however large
 * they are and whatever order they come in. Writes to neither.
 */
export async function compareGraphs(a: Batches, b: Batches, options: CompareOptions): Promise<Comparison> {
  using workFile = WorkFile.create();
  using ledger = new Ledger();
  const { signal, onProgress } = options;
  await takeSnapshot(a, workFile, { signal, onProgress });
  const report = new Report(options.maxNamed);
  const counts = { memories: 0, relationships: 0 };
  let done = totalOf(countsOf(workFile));
  let kind: RecordKind = "memory";
  for await (const batch of b) {
    throwIfInterrupted(signal);
    if (batch.kind !== kind) reportMissing(workFile, kind, report);
    kind = batch.kind;
    for (const reject of batch.rejects ?? []) report.unreadable({ side: "b", ...reject });
    workFile.transaction(() => {
      for (const record of batch.items) compareRecord(workFile, { kind, record, ledger, report });
    });
    counts[kind === "memory" ? "memories" : "relationships"] += batch.items.length;
    onProgress?.(done += batch.items.length);
  }
  for (const rest of RECORD_KINDS.slice(RECORD_KINDS.indexOf(kind))) reportMissing(workFile, rest, report);
  for (const problem of workFile.problems.first("error", options.maxNamed)) {
    report.unreadable({ side: "a", ...problem });
  }
  return {
    a: { ...countsOf(workFile), digest: workFile.digestRead() },
    b: { ...counts, digest: ledger.digest() },
    ...report.found,
    unreadableCount: report.found.unreadableCount +
      Math.max(0, workFile.problems.count("error") - options.maxNamed),
  };
}

function compareRecord(
  workFile: WorkFile,
  { kind, record, ledger, report }: {
    kind: RecordKind;
    record: GraphRecord;
    ledger: Ledger;
    report: Report;
  },
): void {
  const hash = hashRecord(kind, record);
  ledger.addHash(hash);
  const { id } = record;
  const open = workFile.find(kind, id).filter(({ state }) => state === "exported");
  const partner = open.find((candidate) => candidate.hash === hash) ?? open[0];
  if (!partner) return report.difference({ kind, id, type: "extra" });
  // Its state in the work file says that it has found its partner.
  workFile.setState([partner.seq], "written");
  if (partner.hash === hash) return;
  const changes = report.hasRoom ? fieldChanges(kind, workFile.recordAt(partner.seq), record) : [];
  report.difference({ kind, id, type: "changed", changes });
}

function reportMissing(workFile: WorkFile, kind: RecordKind, report: Report): void {
  for (const batch of workFile.refs(kind, 1000, { states: ["exported"] })) {
    for (const { ref: { id } } of batch) report.difference({ kind, id, type: "missing" });
  }
}

/** UTF-16 units that all that is named may have together. */
const MAX_LENGTH = 16_000_000;

class Report {
  readonly found = {
    missing: { memories: 0, relationships: 0 },
    extra: { memories: 0, relationships: 0 },
    changed: { memories: 0, relationships: 0 },
    differences: [] as GraphDifference[],
    unreadableCount: 0,
    unreadable: [] as Unreadable[],
  };
  readonly #maxNamed: number;
  #room = MAX_LENGTH;

  constructor(maxNamed: number) {
    this.#maxNamed = maxNamed;
  }

  /** Whether another difference is named. */
  get hasRoom(): boolean {
    return this.found.differences.length < this.#maxNamed && this.#room > 0;
  }

  difference(difference: GraphDifference): void {
    this.found[difference.type][difference.kind === "memory" ? "memories" : "relationships"]++;
    if (!this.hasRoom) return;
    this.found.differences.push(difference);
    this.#room -= difference.id.length;
    for (const { a = "", b = "" } of difference.changes ?? []) this.#room -= a.length + b.length;
  }

  unreadable({ side, kind, id, reason }: Unreadable): void {
    this.found.unreadableCount++;
    if (this.found.unreadable.length >= this.#maxNamed || this.#room <= 0) return;
    this.found.unreadable.push({ side, kind, id, reason });
    this.#room -= id.length + reason.length;
  }
}
