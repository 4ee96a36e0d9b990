import { GraphError } from "../../errors.ts";
import type { Memory } from "../../model/memory.ts";
import type { GraphRecord, RecordKind } from "../../model/record.ts";
import type { Relationship } from "../../model/relationship.ts";
import type { EncodedRecord } from "../../store/store.ts";
import { CypherCodec } from "../cypher/codec.ts";
import { encodeRow } from "../cypher/falkor.ts";
import { listedMemory, listedRelationship } from "../cypher/record_rows.ts";
import { falkorDialect } from "./dialect.ts";

const codec = new CypherCodec(falkorDialect.storable);

/** A record as text in the parameters of a query; see Backend. */
export function encode(kind: RecordKind, record: GraphRecord): EncodedRecord | undefined {
  try {
    const { text, names, row } = kind === "memory"
      ? listedMemory(codec, record as Memory)
      : listedRelationship(codec, record as Relationship, falkorDialect);
    return { id: record.id, statement: text, names, row: encodeRow(row) };
  } catch (error) {
    // Validation tells why, of all such records at once.
    if (error instanceof GraphError && error.code === "RECORD_INVALID") return undefined;
    throw error;
  }
}
