import { GraphError, throwIfInterrupted } from "../errors.ts";
import type { JsonObject } from "../model/json.ts";
import type { Batch } from "../store/store.ts";
import type { AtomicOptions } from "./atomic_file.ts";
import { memoryToJson, relationshipToJson } from "./record.ts";

/** What an export says about its graph. */
export interface ExportFacts {
  /** The backend that the graph comes from. */
  readonly backend: string;
  /** When, in ISO 8601. */
  readonly exportedAt: string;
  readonly memories: number;
  readonly relationships: number;
  /** The graph's digest; called once, when all batches have been read. */
  digest(): string;
}

/** Options of an export. */
export interface ExportOptions extends AtomicOptions {
  readonly facts: ExportFacts;
  readonly signal?: AbortSignal;
}

/**
 * The batches, with what an export relies on made sure of: memories come first, and in the end there were as
 * many records as the facts say, else SOURCE_CHANGED.
 */
export async function* checkBatches(
  batches: AsyncIterable<Batch>,
  { facts, signal }: ExportOptions,
): AsyncGenerator<Batch> {
  const counts = { memory: 0, relationship: 0 };
  for await (const batch of batches) {
    throwIfInterrupted(signal);
    if (batch.kind === "memory" && counts.relationship > 0) throw new TypeError("memories come first");
    counts[batch.kind] += batch.items.length;
    yield batch;
  }
  if (counts.memory === facts.memories && counts.relationship === facts.relationships) return;
  const expected = `${facts.memories} memories and ${facts.relationships} relationships`;
  const found = `${counts.memory} and ${counts.relationship}`;
  throw new GraphError("SOURCE_CHANGED", `The graph had ${expected}, and ${found} came (export it again)`);
}

/** The objects of a batch's records. */
export function* toJson(batch: Batch): Generator<JsonObject> {
  if (batch.kind === "memory") { for (const memory of batch.items) yield memoryToJson(memory); }
  else for (const relationship of batch.items) yield relationshipToJson(relationship);
}
