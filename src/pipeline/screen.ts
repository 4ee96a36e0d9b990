import { shownId } from "../model/shown_id.ts";
import type { Batch, GraphStore, Reject } from "../store/store.ts";
import { hashRecord } from "./records.ts";
import type { Ledger } from "../workfile/ledger.ts";

/**
 * Passes on the records of a stream that can be carried and notes them in the ledger; the others go to
 * `reject`: those that the store could not decode, a second memory with the same id, a relationship whose end
 * is missing. For streams that are used once; a migration asks its work file the same questions.
 */
export async function* screen(
  batches: ReturnType<GraphStore["read"]>,
  ledger: Ledger,
  reject: (reject: Reject) => void,
): AsyncGenerator<Batch> {
  for await (const batch of batches) {
    for (const item of batch.rejects ?? []) reject(item);
    if (batch.kind === "memory") {
      const items = batch.items.filter(({ id }) =>
        ledger.addId("memory", id) ||
        void reject({ kind: "memory", id, field: "id", reason: "is used twice" })
      );
      for (const item of items) ledger.addHash(hashRecord("memory", item));
      yield { kind: "memory", items };
    } else {
      const items = batch.items.filter(({ id, fromId, toId }) => {
        const missing = [fromId, toId].find((end) => !ledger.hasId("memory", end));
        if (missing === undefined) return true;
        const field = missing === fromId ? "from_memory_id" : "to_memory_id";
        const reason = `names memory ${shownId(missing)}, which is not there`;
        reject({ kind: "relationship", id, field, reason });
        return false;
      });
      for (const item of items) ledger.addHash(hashRecord("relationship", item));
      yield { kind: "relationship", items };
    }
  }
}
