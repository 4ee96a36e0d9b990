import assert from "node:assert/strict";
import { MemoryStore } from "../../tests/support/memory_store.ts";
import type { LeaseBoard, LeaseRecord } from "../store/leases.ts";
import type { GraphStore } from "../store/store.ts";
import { takeLease } from "./lease.ts";

const MINUTE_MS = 60_000;

/** A board in memory that gives way between calls, as a server does. */
class Board implements LeaseBoard {
  readonly leases = new Map<string, LeaseRecord>();

  async list() {
    await this.#pause();
    return [...this.leases.values()];
  }

  async add(lease: LeaseRecord) {
    await this.#pause();
    this.leases.set(lease.id, lease);
  }

  async renew(id: string, expiresMs: number) {
    await this.#pause();
    const lease = this.leases.get(id);
    if (lease) this.leases.set(id, { ...lease, expiresMs });
    return lease !== undefined;
  }

  async remove(ids: readonly string[]) {
    await this.#pause();
    for (const id of ids) this.leases.delete(id);
  }

  async #pause() {
    for (let turns = Math.floor(Math.random() * 4); turns >= 0; turns--) await Promise.resolve();
  }
}

function openOn(board: LeaseBoard): () => Promise<GraphStore> {
  return () => Promise.resolve(Object.assign(new MemoryStore(), { leases: board }));
}

Deno.test("takeLease() is undefined for a store that keeps none", async () => {
  assert.equal(
    await takeLease(() => Promise.resolve(new MemoryStore()), { migration: "a", owner: "a" }),
    undefined,
  );
});

Deno.test("the second that wants a lease is told who has it; released, it can be taken", async () => {
  const board = new Board();
  const first = await takeLease(openOn(board), { migration: "first", owner: "first" });
  await assert.rejects(takeLease(openOn(board), { migration: "second", owner: "second" }), (error: Error) => {
    assert.match(error.message, /locked by migration first on .+ since .+ its lease runs out at/);
    return (error as { code?: string }).code === "RUN_LOCKED";
  });
  assert.equal(board.leases.size, 1);
  await first![Symbol.asyncDispose]();
  await first![Symbol.asyncDispose]();
  assert.equal(board.leases.size, 0);
  await using _second = await takeLease(openOn(board), { migration: "second", owner: "second" });
  assert.equal(board.leases.size, 1);
});

Deno.test("of many that come at once, never do two win", async () => {
  for (let round = 0; round < 200; round++) {
    const board = new Board();
    const takers = Array.from(
      { length: 5 },
      (_, index) => takeLease(openOn(board), { migration: `${index}`, owner: `${index}` }),
    );
    const results = await Promise.allSettled(takers);
    const won = results.flatMap((result) => result.status === "fulfilled" ? [result.value!] : []);
    assert(won.length <= 1, `${won.length} won`);
    assert.equal(board.leases.size, won.length);
    for (const lease of won) await lease[Symbol.asyncDispose]();
  }
});

Deno.test("what a killed run left expires, and is removed by the next", async () => {
  const board = new Board();
  let now = Date.now();
  const killed = await takeLease(openOn(board), { migration: "killed", owner: "killed", now: () => now });
  await assert.rejects(
    takeLease(openOn(board), { migration: "next", owner: "next", now: () => now + 9 * MINUTE_MS }),
  );
  now += 11 * MINUTE_MS;
  await using _next = await takeLease(openOn(board), { migration: "next", owner: "next", now: () => now });
  assert.deepEqual([...board.leases.values()].map(({ migration }) => migration), ["next"]);
  assert.throws(() => killed!.assertHeld(), /lost to another run, or ran out/);
  await killed![Symbol.asyncDispose]();
});

Deno.test("a run that was killed on this machine does not hold up the next one on it", async () => {
  const board = new Board();
  const killed = await takeLease(openOn(board), { migration: "killed", owner: "here" });
  await using _next = await takeLease(openOn(board), { migration: "next", owner: "here" });
  assert.deepEqual([...board.leases.values()].map(({ migration }) => migration), ["next"]);
  await killed![Symbol.asyncDispose]();
});

Deno.test("a lease is renewed while it is held, and found lost when it was taken away", async () => {
  const board = new Board();
  let now = Date.now();
  const lease = await takeLease(openOn(board), {
    migration: "long",
    owner: "long",
    now: () => now,
    renewMs: 5,
  });
  for (let minute = 0; minute < 30; minute += 3) {
    now += 3 * MINUTE_MS;
    await new Promise((resume) => setTimeout(resume, 20));
    lease!.assertHeld();
  }
  board.leases.clear();
  await new Promise((resume) => setTimeout(resume, 20));
  assert.throws(() => lease!.assertHeld(), { code: "RUN_LOCKED" });
  await lease![Symbol.asyncDispose]();
});
