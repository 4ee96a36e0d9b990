import type { Memory } from "../../model/memory.ts";
import type { EncodedMemory } from "../../store/store.ts";
import { CypherCodec } from "../cypher/codec.ts";
import { encodeRow } from "../cypher/falkor.ts";
import { listedRow } from "../cypher/memory_rows.ts";
import { falkorDialect } from "./dialect.ts";

const codec = new CypherCodec(falkorDialect.storable);

/** A memory as text in the parameters of a query; see Backend. */
export function encodeMemory(memory: Memory): EncodedMemory {
  const { text, row } = listedRow(codec, memory);
  return { id: memory.id, statement: text, row: encodeRow(row) };
}
