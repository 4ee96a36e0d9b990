/** Numbers of memories and relationships, as results have them and as people read them. */
import * as z from "zod";
import type { RecordCounts } from "../store/store.ts";

/** A number for each kind of record. */
export const CountsSchema = z.object({ memories: z.int(), relationships: z.int() });

/** `3 memories, 5 relationships`. */
export function countsText({ memories, relationships }: RecordCounts): string {
  return `${memories} memories, ${relationships} relationships`;
}
