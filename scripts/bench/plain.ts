/** What anyone would write by hand with a database's own client; our rates are compared with these. */
import type { StoredMap } from "../../src/backends/cypher/values.ts";
import type { RecordKind } from "../../src/model/record.ts";

/** A relationship, ready to be a parameter. */
export interface PlainRelationship {
  readonly type: string;
  readonly from: string;
  readonly to: string;
  readonly properties: StoredMap;
}

/** A graph in the database's own values, in memory: a plain loop is not charged for making it. */
export interface PlainGraph {
  readonly memory: readonly StoredMap[];
  /** Sorted by type, so that a statement has few of them. */
  readonly relationship: readonly PlainRelationship[];
}

/** Statements over a client library, without anything of ours between. */
export interface PlainClient extends AsyncDisposable {
  /** Batch sizes of which the quickest is taken. */
  readonly batchSizes: readonly number[];
  /** Statements under way at once of which the quickest is taken. */
  readonly inFlight: readonly number[];
  /** Empties the database, indexes included where that is one command. */
  clear(): Promise<void>;
  /** Creates memories, in one statement. */
  writeMemories(rows: readonly StoredMap[]): Promise<void>;
  /** Creates relationships between memories that are there, in as few statements as possible. */
  writeRelationships(rows: readonly PlainRelationship[]): Promise<void>;
  /** Reads all records of a kind with their properties; gives how many there were. */
  read(kind: RecordKind, pageSize: number): Promise<number>;
}

/** Writes rows in batches, some of them under way at once. */
export async function writeAll<Row>(
  rows: readonly Row[],
  { batchSize, inFlight }: { batchSize: number; inFlight: number },
  write: (batch: readonly Row[]) => Promise<void>,
): Promise<void> {
  let at = 0;
  const work = async () => {
    while (at < rows.length) {
      const batch = rows.slice(at, at += batchSize);
      await write(batch);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, work));
}
