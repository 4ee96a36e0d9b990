import { atEnd, GraphError } from "../errors.ts";
import { shownId } from "../model/shown_id.ts";
import type { Batch, GraphStore, RecordCounts, Reject } from "../store/store.ts";
import { DEFAULT_BATCH_SIZE } from "../store/store.ts";
import { Ledger } from "../workfile/ledger.ts";
import { RejectFile } from "./reject_file.ts";
import { MAX_NAMED } from "./reports.ts";
import { screen, type Screening } from "./screen.ts";

/** Options of {@linkcode exportStore}. */
export interface ExportStoreOptions {
  /** Leave out what cannot be carried instead of failing. */
  skipInvalid?: boolean;
  /** Where to keep what is left out; in no file otherwise. Refused where it exists, unless `overwrite` is on. */
  rejectFile?: string;
  overwrite?: boolean;
  /** Why a record cannot be written; only asked in order to leave it out, since `write` refuses it anyway. */
  whyNotWritten?: Screening["whyNotWritten"];
  batchSize?: number;
  signal?: AbortSignal;
  onProgress?: (done: number) => void;
}

/** A stream of batches, its counts, and its digest, which is known once the stream has ended. */
export interface ScreenedStream {
  readonly counts: RecordCounts;
  readonly batches: AsyncIterable<Batch>;
  digest(): string;
}

/** What an export found. */
export interface ExportReport {
  /** Records that were written. */
  readonly counts: RecordCounts;
  /** The written graph's digest: 64 hexadecimal digits, the same in every backend and file. */
  readonly digest: string;
  /** Records that were left out. */
  readonly rejectCount: number;
  /** The first of the records that were left out, without their texts. */
  readonly rejects: readonly Reject[];
  /** The file with all of them; null where there are none, or was none to be written. */
  readonly rejectFile: string | null;
  /** What is not part of a memory graph, and so not exported. */
  readonly foreign: { nodes: number; relationships: number };
}

/**
 * Streams a store's records, screened, into `write`, which makes a file of them. Throws RECORD_INVALID when
 * there are records that cannot be carried and `skipInvalid` is off; `write` must then leave no file.
 */
export async function exportStore(
  store: GraphStore,
  write: (stream: ScreenedStream) => Promise<void>,
  options: ExportStoreOptions = {},
): Promise<ExportReport> {
  const { skipInvalid, rejectFile } = options;
  using file = skipInvalid && rejectFile !== undefined
    ? await RejectFile.create(rejectFile, options)
    : undefined;
  const { foreignNodes, foreignRelationships, ...stored } = await atEnd("source", () => store.count());
  // A file's head tells how many records follow, so those that are left out must be known before.
  const counts = skipInvalid ? await countCarried(store, options) : stored;
  using ledger = new Ledger();
  const rejects = new Rejects(file);
  const batches = screenedRead(store, ledger, rejects, options);
  let digest = "";
  await write({ counts, batches, digest: () => digest = ledger.digest() });
  return {
    counts,
    digest: digest || ledger.digest(),
    rejectCount: rejects.count,
    rejects: rejects.first,
    rejectFile: file?.keep() ?? null,
    foreign: { nodes: foreignNodes, relationships: foreignRelationships },
  };
}

async function countCarried(store: GraphStore, options: ExportStoreOptions): Promise<RecordCounts> {
  using ledger = new Ledger();
  const counts = { memories: 0, relationships: 0 };
  const { whyNotWritten } = options;
  for await (const batch of screen(store.read(options), ledger, { reject: () => {}, whyNotWritten })) {
    counts[batch.kind === "memory" ? "memories" : "relationships"] += batch.items.length;
  }
  return counts;
}

/** Records that are left out: how many, and the first by name. There may be any number of them. */
class Rejects {
  count = 0;
  readonly first: Reject[] = [];
  readonly #file: RejectFile | undefined;

  constructor(file: RejectFile | undefined) {
    this.#file = file;
  }

  add(item: Reject): void {
    this.count++;
    this.#file?.add(item);
    const { stored: _, ...reject } = item;
    if (this.first.length < MAX_NAMED) this.first.push(reject);
  }
}

async function* screenedRead(
  store: GraphStore,
  ledger: Ledger,
  rejects: Rejects,
  { batchSize = DEFAULT_BATCH_SIZE, signal, skipInvalid, whyNotWritten, onProgress }: ExportStoreOptions,
): AsyncGenerator<Batch> {
  const screening = {
    reject: (item: Reject) => rejects.add(item),
    whyNotWritten: skipInvalid ? whyNotWritten : undefined,
  };
  let done = 0;
  try {
    for await (const batch of screen(store.read({ batchSize, signal }), ledger, screening)) {
      if (rejects.count > 0 && !skipInvalid) throw rejectError(rejects.first[0]!);
      yield batch;
      done += batch.items.length;
      onProgress?.(done);
    }
    if (rejects.count > 0 && !skipInvalid) throw rejectError(rejects.first[0]!);
  } catch (error) {
    if (error instanceof GraphError) error.end ??= "source";
    throw error;
  }
}

function rejectError(reject: Reject): GraphError {
  const { kind, id, field, reason } = reject;
  return new GraphError(
    "RECORD_INVALID",
    `The ${kind} ${shownId(id)} cannot be carried: ${field ? `${field} ` : ""}${reason} ` +
      "(repair it, or leave such records out with --skip-invalid)",
    { end: "source", details: { records: [{ kind, id, field, reason }] } },
  );
}
