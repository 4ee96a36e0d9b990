import { GraphError, throwIfInterrupted } from "../errors.ts";
import { hashRecord, RECORD_KINDS, type RecordKind, refOf } from "../model/record.ts";
import { shownId } from "../model/shown_id.ts";
import type { EncodedRecord, GraphStore } from "../store/store.ts";
import { turn } from "../turn.ts";
import type { Plan, WorkItem, WorkRecord } from "../workfile/work_record.ts";
import { MAX_BATCH_LENGTH, type WorkFile } from "../workfile/workfile.ts";
import { batchOf, deleteRecords } from "./records.ts";
import { withRetry } from "./retry.ts";
import { placeRecords } from "./standing.ts";

/** Options of {@linkcode load}. */
export interface LoadOptions {
  batchSize: number;
  signal?: AbortSignal;
  onProgress?: (done: number) => void;
}

/** Batches whose intent one commit notes, which waits for the disk... */
const BATCHES_AT_ONCE = 4;
/** ...unless they have more records than this, all of which are in memory where they are arranged by type. */
const RECORDS_AT_ONCE = 4000;

/**
 * Writes what the plan says into the target, memories first, then deletes what it says, relationships first.
 * Before a batch is written the work file says so durably, with the before-images of what is overwritten:
 * whatever happens, it is known what may be in the target. As many batches are under way at once as the target
 * takes. When one fails, or the signal is aborted, no other is begun, and it ends when none is under way.
 */
export async function load(
  workFile: WorkFile,
  target: GraphStore,
  { batchSize, signal, onProgress }: LoadOptions,
): Promise<void> {
  const batches = new Batches(workFile, { signal, onProgress });
  const ends = { workFile, target, signal };
  const { overlappingWrites, prefersFewTypes } = target.capabilities;
  const atOnce = Math.max(batchSize, Math.min(BATCHES_AT_ONCE * batchSize, RECORDS_AT_ONCE));
  try {
    for (const kind of RECORD_KINDS) {
      for (const plan of ["create", "overwrite"] as const satisfies Plan[]) {
        const selection = { plans: [plan], states: ["exported"] } as const;
        for (const group of inGroups(workFile.items(kind, batchSize, selection), atOnce)) {
          batches.intend(group.flat());
          const arranged = prefersFewTypes && kind === "relationship"
            ? await byType(group, batchSize, ends)
            : group.values().map((items) => readEntries(items, ends));
          for (const batch of arranged) {
            await batches.begin(batch, overlappingWrites, () => writeBatch(kind, batch, ends));
          }
        }
        await batches.finish();
      }
    }
    for (const kind of RECORD_KINDS.toReversed()) {
      for (const items of workFile.refs(kind, batchSize, { plans: ["delete"], states: ["exported"] })) {
        const refs = items.map(({ ref }) => ref);
        batches.intend(items);
        await batches.begin(items, 1, () => withRetry(() => deleteRecords(target, kind, { refs }), signal));
      }
      await batches.finish();
    }
  } finally {
    await batches.settle();
  }
}

/** Batches in groups of so many records, or fewer where these are long. */
function* inGroups(batches: Iterable<WorkItem[]>, atOnce: number): Generator<WorkItem[][]> {
  let group: WorkItem[][] = [];
  for (const batch of batches) {
    group.push(batch);
    const items = group.flat();
    if (items.length < atOnce && lengthOf(items) < MAX_BATCH_LENGTH) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

const lengthOf = (items: readonly WorkItem[]) => items.reduce((sum, { length }) => sum + length, 0);

/** A record that is written: itself, or what the target takes in its place. */
type Entry = WorkRecord | WorkItem & { readonly encoded: EncodedRecord };

function readEntries(items: readonly WorkItem[], { workFile, target }: Ends): Entry[] {
  const isEncoded = target.writeEncoded !== undefined && items.every(({ plan }) => plan === "create");
  const encoded = isEncoded ? workFile.readEncoded(items) : undefined;
  return encoded ? items.map((item, index) => ({ ...item, encoded: encoded[index]! })) : workFile.read(items);
}

/**
 * The records of a group in batches of few types. They are read one batch at a time, or what goes to the server would
 * stop on its way meanwhile.
 */
async function byType(group: WorkItem[][], batchSize: number, ends: Ends): Promise<Entry[][]> {
  const entries: Entry[] = [];
  for (const items of group) {
    entries.push(...readEntries(items, ends));
    await turn();
  }
  const typeOf = (entry: Entry) => "record" in entry ? entry.record.type : entry.encoded.statement;
  const arranged = [...Map.groupBy(entries, typeOf).values()].flat();
  return arranged.flatMap((_, at) => at % batchSize === 0 ? [arranged.slice(at, at + batchSize)] : []);
}

/** Records whose intent one commit noted, and how far they have come. */
interface Intended {
  readonly seqs: readonly number[];
  readonly begun: Set<number>;
  readonly written: Set<number>;
}

/** The batches that are under way, and what the work file has to know of them. */
class Batches {
  readonly #workFile: WorkFile;
  readonly #options: Pick<LoadOptions, "signal" | "onProgress">;
  readonly #underWay = new Set<Promise<void>>();
  #failure: { error: unknown } | undefined;
  /** What is not noted as written, the latest last. */
  #intended: Intended[] = [];
  #done = 0;

  constructor(workFile: WorkFile, options: Pick<LoadOptions, "signal" | "onProgress">) {
    this.#workFile = workFile;
    this.#options = options;
  }

  /** Notes durably that records are about to be written. Throws what a batch failed with. */
  intend(items: readonly { seq: number }[]): void {
    this.#throwIfEnded();
    const seqs = items.map(({ seq }) => seq);
    const isWritten = ({ seqs, written }: Intended) => written.size === seqs.length;
    // What was written before is noted in the same commit, which spares a sync.
    this.#workFile.transaction(() => {
      for (const { seqs } of this.#intended.filter(isWritten)) this.#workFile.setState(seqs, "written");
      this.#workFile.setState(seqs, "intended");
    });
    this.#intended = this.#intended.filter((intended) => !isWritten(intended));
    this.#intended.push({ seqs, begun: new Set(), written: new Set() });
  }

  /**
   * Waits until less than `most` are under way and calls `write` for some of what was intended last. Throws what
   * a batch failed with.
   */
  async begin(items: readonly { seq: number }[], most: number, write: () => Promise<void>): Promise<void> {
    while (this.#underWay.size >= most) await Promise.race(this.#underWay);
    this.#throwIfEnded();
    const { begun, written } = this.#intended.at(-1)!;
    for (const { seq } of items) begun.add(seq);
    const writing: Promise<void> = this.#follow(items, written, write)
      .finally(() => this.#underWay.delete(writing));
    this.#underWay.add(writing);
    // It is on its way before the next one is prepared.
    await turn();
  }

  async #follow(
    items: readonly { seq: number }[],
    written: Set<number>,
    write: () => Promise<void>,
  ): Promise<void> {
    try {
      await write();
      for (const { seq } of items) written.add(seq);
      this.#done += items.length;
      this.#options.onProgress?.(this.#done);
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  /** Waits until none is under way. Throws what one failed with. */
  async finish(): Promise<void> {
    await Promise.all(this.#underWay);
    this.#throwFailure();
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }

  #throwIfEnded(): void {
    this.#throwFailure();
    throwIfInterrupted(this.#options.signal);
  }

  /** Waits until none is under way, and notes what was written, and what was not even begun. */
  async settle(): Promise<void> {
    await Promise.all(this.#underWay);
    if (this.#intended.length === 0) return;
    this.#workFile.transaction(() => {
      for (const { seqs, begun, written } of this.#intended) {
        this.#workFile.setState(seqs.filter((seq) => written.has(seq)), "written");
        this.#workFile.setState(seqs.filter((seq) => !begun.has(seq)), "exported");
      }
    });
  }
}

interface Ends {
  workFile: WorkFile;
  target: GraphStore;
  signal: AbortSignal | undefined;
}

async function writeBatch(kind: RecordKind, entries: readonly Entry[], ends: Ends): Promise<void> {
  const { workFile, target, signal } = ends;
  const mode = entries[0]!.plan === "create" ? "fail" : "overwrite";
  const encoded = entries.flatMap((entry) => "encoded" in entry ? entry.encoded : []);
  let isFirst = true;
  try {
    await withRetry(async (isRepeat) => {
      isFirst = !isRepeat;
      if (isFirst && encoded.length === entries.length && await takesEncoded(target, kind, encoded)) return;
      const records = entries.every((entry) => "record" in entry) ? entries : workFile.read(entries);
      const missing = isRepeat ? await stillMissing(kind, records, ends) : records;
      if (missing.length > 0) await target.write(batchOf(kind, missing.map((item) => item.record)), { mode });
    }, signal);
  } catch (error) {
    // A refusal of a whole batch: what is there is someone else's, and undoing must leave it.
    if (isFirst && error instanceof GraphError && error.code === "CONFLICT") {
      workFile.transaction(() => workFile.setState(entries.map(({ seq }) => seq), "exported"));
    }
    const missing = error instanceof GraphError ? error.details?.missing : undefined;
    if (missing !== undefined) {
      // The snapshot is a whole graph, so it was there. A replica that takes over may lack what was acknowledged;
      // a resumed migration looks again, and writes it again.
      const message = `The target no longer holds memory ${shownId(String(missing))}, which a relationship ` +
        "names: something deleted it, or a failover lost it";
      throw new GraphError("TRANSIENT", message, { cause: error, details: (error as GraphError).details });
    }
    throw error;
  }
}

/** Writes what was encoded. False where it is refused: nothing is there then, and the records themselves tell why. */
async function takesEncoded(
  target: GraphStore,
  kind: RecordKind,
  records: readonly EncodedRecord[],
): Promise<boolean> {
  try {
    await target.writeEncoded!(kind, records);
    return true;
  } catch (error) {
    if (error instanceof GraphError && ["CONFLICT", "RECORD_INVALID"].includes(error.code)) return false;
    throw error;
  }
}

/** Of a batch whose answer was lost, what did not arrive. Throws CONFLICT where something else is there. */
async function stillMissing(
  kind: RecordKind,
  records: readonly WorkRecord[],
  { workFile, target }: Ends,
): Promise<readonly WorkRecord[]> {
  const refs = records.map((item) => {
    const { record } = item;
    return { ...item, ref: refOf(record), hash: hashRecord(kind, record) };
  });
  const placed = await placeRecords(kind, refs, { workFile, target });
  const other = placed.find(({ standing }) => standing === "other");
  if (other) {
    const id = other.item.ref.id;
    throw new GraphError("CONFLICT", `Something else wrote ${kind} ${shownId(id)} meanwhile`, {
      details: { ids: [id] },
    });
  }
  return records.filter((_, index) => placed[index]!.standing !== "ours");
}
