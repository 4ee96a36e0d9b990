import type { GraphRecord, RecordKind } from "../model/record.ts";
import { type Batch, DEFAULT_BATCH_SIZE, isReject, type ReadOptions, type Reject } from "../store/store.ts";
import { throwIfInterrupted } from "../errors.ts";

/** A record that was read, or why it cannot be carried. */
export interface ReadRecord {
  readonly kind: RecordKind;
  readonly read: GraphRecord | Reject;
  /** How long its text is. */
  readonly bytes: number;
}

/** A batch is given before it has this much text, but for one of a single record. */
const MAX_BATCH_BYTES = 8 * 1024 * 1024;

/** Joins records to batches of one kind. */
export async function* inBatches(
  records: AsyncIterable<ReadRecord>,
  { batchSize = DEFAULT_BATCH_SIZE, signal }: ReadOptions = {},
): AsyncGenerator<Batch> {
  let kind: RecordKind = "memory";
  let items: GraphRecord[] = [];
  let rejects: Reject[] = [];
  let bytes = 0;
  const batch = () => {
    const full = { kind, items, ...rejects.length > 0 ? { rejects } : {} } as Batch;
    items = [];
    rejects = [];
    bytes = 0;
    return full;
  };
  for await (const record of records) {
    throwIfInterrupted(signal);
    const count = items.length + rejects.length;
    const isFull = count >= batchSize || bytes + record.bytes > MAX_BATCH_BYTES;
    if (count > 0 && (isFull || record.kind !== kind)) yield batch();
    kind = record.kind;
    bytes += record.bytes;
    if (isReject(record.read)) rejects.push(record.read);
    else items.push(record.read);
  }
  if (items.length + rejects.length > 0) yield batch();
}
