/** One run at a time into one target, whatever machine it is on: see workfile/lock.ts for one machine. */
import { hostname } from "node:os";
import { MINUTE_MS } from "../durations.ts";
import { asGraphError, GraphError } from "../errors.ts";
import type { LeaseBoard, LeaseRecord } from "../store/leases.ts";
import type { GraphStore } from "../store/store.ts";
import type { StateFiles } from "../workfile/history.ts";
import type { MigrationTarget } from "./migration_types.ts";

/** How long a lease outlives its holder. Clocks of two machines must agree better than that. */
const LIFETIME_MS = 10 * MINUTE_MS;
const RENEW_MS = LIFETIME_MS / 10;

/** A lease that is held. Disposing of it takes it out of the target. */
export interface Lease extends AsyncDisposable {
  /** Throws RUN_LOCKED once somebody else may be at work: the lease ran out, or was taken away. */
  assertHeld(): void;
}

/** Who takes a lease, and by which clock. */
export interface LeaseOptions {
  readonly migration: string;
  /** See LeaseRecord; the caller holds the machine's lock. */
  readonly owner: string;
  /** Default: the real time. */
  readonly now?: () => number;
  readonly renewMs?: number;
}

/**
 * Takes the lease of a target, over a connection of its own, which it closes in the end. Undefined where a
 * target keeps none: a file, whose lock is the machine's. Throws RUN_LOCKED, naming the holder.
 *
 * A lease is written first and the others are looked at afterwards. Of two that come at once each sees at
 * least the one that came before it, so both may give way, but never do both win. What a killed run left
 * expires.
 */
export async function takeLease(
  open: () => Promise<GraphStore>,
  options: LeaseOptions,
): Promise<Lease | undefined> {
  const store = await open();
  const board = store.leases;
  if (!board) {
    await store[Symbol.asyncDispose]();
    return undefined;
  }
  try {
    return await holdLease(store, board, options);
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

/** The lease of a target as {@linkcode takeLease} takes it; undefined also for one that does not exist yet. */
export async function leaseOfExisting(
  target: MigrationTarget,
  migration: string,
  files: StateFiles,
): Promise<Lease | undefined> {
  if (!target.keepsLeases) return undefined;
  const owner = files.owner(target.location.identity);
  try {
    return await takeLease(() => target.open("write"), { migration, owner });
  } catch (error) {
    const { code, details } = asGraphError(error);
    if (code === "NOT_FOUND" || details?.isEmpty) return undefined;
    throw error;
  }
}

/** Adds a lease to a board, and takes it back where another one holds. */
async function holdLease(
  store: GraphStore,
  board: LeaseBoard,
  { migration, owner, now = Date.now, renewMs = RENEW_MS }: LeaseOptions,
): Promise<Lease> {
  const id = crypto.randomUUID();
  const since = new Date(now()).toISOString();
  const expiresMs = now() + LIFETIME_MS;
  await board.add({ id, migration, host: hostname(), owner, since, expiresMs });
  const others = (await board.list()).filter((lease) => lease.id !== id);
  // One of this machine's was left by a killed run: alive, it would hold the machine's lock.
  const alive = others.filter((lease) => lease.expiresMs > now() && lease.owner !== owner);
  if (alive.length > 0) {
    await board.remove([id]);
    throw leaseError(store, alive[0]!);
  }
  await board.remove(others.map((lease) => lease.id));
  return new HeldLease(store, { id, board, expiresMs, now, renewMs });
}

interface Held {
  readonly id: string;
  readonly board: LeaseBoard;
  readonly now: () => number;
  readonly renewMs: number;
  /** When it ends unless it is renewed. */
  expiresMs: number;
}

/** Renews a lease until it is disposed of, with the store that it is kept in. */
class HeldLease implements Lease {
  readonly #store: GraphStore;
  readonly #held: Held;
  readonly #timer: ReturnType<typeof setInterval>;
  #renewing: Promise<void> = Promise.resolve();
  #isLost = false;
  #isOver = false;

  constructor(store: GraphStore, held: Held) {
    this.#store = store;
    this.#held = held;
    this.#timer = setInterval(
      () => this.#renewing = this.#renewing.then(() => this.#renew()),
      held.renewMs,
    );
  }

  async #renew(): Promise<void> {
    const { id, board, now } = this.#held;
    const next = now() + LIFETIME_MS;
    try {
      if (await board.renew(id, next)) this.#held.expiresMs = next;
      else this.#isLost = true;
    } catch {
      // The server may be back before the lease runs out.
    }
  }

  assertHeld(): void {
    if (!this.#isLost && this.#held.now() < this.#held.expiresMs) return;
    throw new GraphError(
      "RUN_LOCKED",
      `The lease of "${this.#store.location.display}" was lost to another run, or ran out (see who uses it, then resume)`,
      { end: "target" },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#timer);
    await this.#renewing;
    try {
      await this.#held.board.remove([this.#held.id]);
    } catch (error) {
      // A server that is gone took the migration down with it; that error is the one to be reported.
      if (!asGraphError(error).retry && !this.#isLost) throw error;
    } finally {
      await this.#store[Symbol.asyncDispose]();
    }
  }
}

function leaseError(store: GraphStore, { migration, host, since, expiresMs }: LeaseRecord): GraphError {
  const expires = new Date(expiresMs).toISOString();
  return new GraphError(
    "RUN_LOCKED",
    `"${store.location.display}" is locked by migration ${migration} on ${host} since ${since} (wait until it ends; ` +
      `if it was killed, its lease runs out at ${expires})`,
    { end: "target", details: { migration, host, since, expires } },
  );
}
