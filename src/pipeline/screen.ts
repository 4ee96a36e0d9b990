import { rejectedText } from "../formats/record.ts";
import { type GraphRecord, hashRecord, type RecordKind } from "../model/record.ts";
import { shownId } from "../model/shown_id.ts";
import type { Batch, GraphStore, Reject } from "../store/store.ts";
import type { Ledger } from "../workfile/ledger.ts";

/** Where records go that cannot be carried, and which these are beyond those that make no whole graph. */
export interface Screening {
  reject(reject: Reject): void;
  /** Why a record cannot be written, as the end of a sentence about it. Absent where any can. */
  whyNotWritten?(kind: RecordKind, record: GraphRecord): string | undefined;
}

/**
 * Passes on the records of a stream that can be carried and notes them in the ledger; the others go to
 * `reject`: those that the store could not decode, those that cannot be written, a second memory with the same id,
 * a relationship whose end is missing. For streams that are used once; a migration asks its work file the same questions.
 */
export async function* screen(
  batches: ReturnType<GraphStore["read"]>,
  ledger: Ledger,
  { reject, whyNotWritten }: Screening,
): AsyncGenerator<Batch> {
  const isWritable = (kind: RecordKind, record: GraphRecord) => {
    const reason = whyNotWritten?.(kind, record);
    if (reason !== undefined) reject({ kind, id: record.id, reason, stored: rejectedText(kind, record) });
    return reason === undefined;
  };
  for await (const batch of batches) {
    for (const item of batch.rejects ?? []) reject(item);
    if (batch.kind === "memory") {
      const items = batch.items.filter((memory) => {
        const { id } = memory;
        if (!isWritable("memory", memory)) return false;
        if (ledger.addId("memory", id)) return true;
        const stored = rejectedText("memory", memory);
        reject({ kind: "memory", id, field: "id", reason: "is used twice", stored });
        return false;
      });
      for (const item of items) ledger.addHash(hashRecord("memory", item));
      yield { kind: "memory", items };
    } else {
      const items = batch.items.filter((relationship) => {
        const { id, fromId, toId } = relationship;
        const missing = [fromId, toId].find((end) => !ledger.hasId("memory", end));
        if (missing === undefined) return isWritable("relationship", relationship);
        const field = missing === fromId ? "from_memory_id" : "to_memory_id";
        const reason = `names memory ${shownId(missing)}, which is not there`;
        const stored = rejectedText("relationship", relationship);
        reject({ kind: "relationship", id, field, reason, stored });
        return false;
      });
      for (const item of items) ledger.addHash(hashRecord("relationship", item));
      yield { kind: "relationship", items };
    }
  }
}
