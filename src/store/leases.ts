/** Leases kept inside a database, by which runs on several machines keep out of each other's way. */

/** Who works on a database, and until when others must assume so. */
export interface LeaseRecord {
  /** Made up for each lease. */
  readonly id: string;
  readonly migration: string;
  /** The machine's name, for people. */
  readonly host: string;
  /** Equal for leases whose holders one machine's lock keeps apart: only one of those can be alive. */
  readonly owner: string;
  /** ISO 8601. */
  readonly since: string;
  /** Milliseconds since 1970, by the clock of who wrote it. */
  readonly expiresMs: number;
}

/** Where a database keeps its leases: beside the graph, seen by no reader of memories. */
export interface LeaseBoard {
  /** Every lease, expired ones too. Sees what was added before the call, by anybody. */
  list(): Promise<LeaseRecord[]>;
  add(lease: LeaseRecord): Promise<void>;
  /** Puts off a lease's end; false when it is not there any more. */
  renew(id: string, expiresMs: number): Promise<boolean>;
  /** Removes leases; one that is not there is ignored. */
  remove(ids: readonly string[]): Promise<void>;
}
