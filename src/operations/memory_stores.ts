/** The store that a memory operation works on. */
import type { z } from "zod";
import { GraphError } from "../errors.ts";
import { withPatience } from "../memory/patience.ts";
import { type ResolvedEnd, resolveEnd } from "../settings.ts";
import type { GraphStore, OpenMode } from "../store/store.ts";
import { storeFields, storeOf } from "./ends.ts";
import type { OperationContext, StorePurpose } from "./operation.ts";

/** Keys of an input that name the store; a server has one and takes none of them from its client. */
export const STORE_KEYS: readonly string[] = Object.keys(storeFields);

type StoreInput = z.output<z.ZodObject<typeof storeFields>>;

/** Opens the store that the input names, or borrows the one that the edge keeps open. Own it with `await using`. */
export async function openMemories(
  input: StoreInput,
  context: OperationContext,
  purpose: StorePurpose,
): Promise<GraphStore & AsyncDisposable> {
  if (context.memories) return await context.memories(purpose);
  const end = await resolveEnd(storeOf(input), "current", context);
  return await openFor(end, purpose, context);
}

// Where a search may not keep an index in the database, it does without.
const SEARCH_WITHOUT_INDEX = new Set(["PERMISSION_DENIED", "NOT_SUPPORTED", "STORE_LOCKED"]);

/** Opens a store for a purpose; its schema is there where something will be written. */
export async function openFor(
  { backend, settings }: ResolvedEnd,
  purpose: StorePurpose,
  { signal, log }: Partial<Pick<OperationContext, "signal" | "log">>,
): Promise<GraphStore> {
  const open = (mode: OpenMode) => backend.open(settings, { mode, signal, log });
  if (purpose === "read") return await open("read");
  if (purpose === "search") {
    try {
      return await open("write");
    } catch (error) {
      if (error instanceof GraphError && SEARCH_WITHOUT_INDEX.has(error.code)) return await open("read");
      throw error;
    }
  }
  const store = await open(purpose);
  try {
    await withPatience(() => store.ensureSchema(), signal);
    return store;
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}
