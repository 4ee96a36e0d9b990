/** A connection to the target that is cut, halved, delayed or corrupted at random bytes of a migration. */
import assert from "node:assert/strict";
import { asGraphError, type GraphError } from "../../src/errors.ts";
import type { MigrationTarget } from "../../src/pipeline/migration_types.ts";
import { dropSchemas, type Harness, type HarnessStore } from "../support/harness.ts";
import { registerUnavailable, selectHarnesses } from "../support/harnesses.ts";
import { ioredisTimers } from "../support/servers.ts";
import { BEFORE, Bench, MERGED } from "./bench.ts";
import { type ConnectionFault, FaultyProxy } from "./proxy.ts";
import { random } from "./random.ts";

const ROUNDS = Number(Deno.env.get("MEMORYGRAPH_TEST_ROUNDS") ?? 3);
const seed = Number(Deno.env.get("MEMORYGRAPH_TEST_SEED") ?? Date.now() % 1e6);

Deno.test.afterAll(dropSchemas);

for (const harness of selectHarnesses()) {
  if (!("uri" in harness.backend.config.shape)) continue;
  const name = `a connection to ${harness.name}`;
  if (harness.unavailable) {
    registerUnavailable(name, harness.unavailable);
    continue;
  }
  for (const sort of ["cut", "halve", "corrupt"] as const) {
    for (const direction of ["up", "down"] as const) {
      const way = direction === "up" ? "to the server" : "from the server";
      const claim = sort === "corrupt" && direction === "up"
        ? "is never taken for a clean success"
        : "loses nothing";
      Deno.test(`${name}, ${sort} on the way ${way}, ${claim} (seed ${seed})`, async () => {
        await using line = await Line.open(harness);
        const next = random(seed);
        let struck = 0;
        for (let round = 0; round < ROUNDS; round++) {
          const at = Math.floor(next() * line.total[direction]);
          if (await line.migrate({ sort, direction, at })) struck++;
        }
        // A migration may end a few bytes before the one that was measured.
        assert(struck >= ROUNDS / 2, `only ${struck} faults struck`);
      });
    }
  }

  Deno.test(`${name} that is slow makes no difference`, async () => {
    await using line = await Line.open(harness);
    line.proxy.delayMs = 10;
    await line.migrate(undefined);
  });
}

/** Bytes of a whole migration, each way, by backend. */
const totals = new Map<string, { up: number; down: number }>();

/** A target behind a proxy. */
class Line implements AsyncDisposable {
  readonly #opened: HarnessStore;
  readonly #harness: Harness;
  readonly proxy: FaultyProxy;
  private constructor(harness: Harness, opened: HarnessStore) {
    this.#harness = harness;
    this.#opened = opened;
    this.proxy = new FaultyProxy(opened.settings.uri!);
  }

  static async open(harness: Harness): Promise<Line> {
    const opened = await harness.open({ schemaMayStay: true });
    await opened.close();
    const line = new Line(harness, opened);
    if (!totals.has(harness.name)) {
      // The first migration makes the schema, which the others find.
      for (let run = 0; run < 2; run++) await line.migrate(undefined);
      totals.set(harness.name, { ...line.proxy.bytes });
    }
    return line;
  }

  get total(): { up: number; down: number } {
    return totals.get(this.#harness.name)!;
  }

  /** The target through the proxy, known by its own place. */
  #target(): MigrationTarget {
    const { backend } = this.#harness;
    const settings = { ...this.#opened.settings, uri: this.proxy.through(this.#opened.settings.uri!) };
    return {
      location: backend.locate(this.#opened.settings),
      open: (mode) => backend.open(settings, { mode }),
      checkWritable: () => Promise.resolve(),
      discard: () => backend.discard(this.#opened.settings),
    };
  }

  /** Migrates and looks whether all is well afterwards. Tells whether the fault struck. */
  async migrate(fault: ConnectionFault | undefined): Promise<boolean> {
    await this.#opened.database.empty();
    await using bench = new Bench(this.#harness.backend, this.#opened.settings);
    await bench.fill();
    bench.through = this.#target();
    this.proxy.bytes.up = this.proxy.bytes.down = 0;
    this.proxy.fault = fault;
    const at = JSON.stringify(fault);
    let notes = "";
    const error = await this.#attempt(async () => {
      notes = (await bench.migrate()).notes.join();
    });
    const hasStruck = this.proxy.fault === undefined;
    this.proxy.fault = undefined;
    bench.through = undefined;
    const mayStray = fault?.sort === "corrupt" && fault.direction === "up";
    if (!error) {
      // A record whose id was changed on its way is there under an id that nobody knows; the one that was meant
      // was found missing and written again. That is what TLS is for; here it must be told.
      if (mayStray && /more than this migration explains/.test(notes)) return hasStruck;
      assert.equal(await bench.digest(), MERGED, `succeeded in spite of ${at}`);
      return hasStruck;
    }
    assert(fault, error.message);
    assert.notEqual(error.code, "FAILED", `${error.message} ${at}`);
    if (mayStray) return hasStruck;
    if (bench.files.workFiles().length > 0) {
      await bench.resume();
      assert.equal(await bench.digest(), MERGED, `resumed after ${at}`);
    } else assert.equal(await bench.digest(), BEFORE, `undone after ${at}: ${error.message}`);
    return hasStruck;
  }

  async #attempt(action: () => Promise<unknown>): Promise<GraphError | undefined> {
    try {
      await action();
      return undefined;
    } catch (error) {
      return asGraphError(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy[Symbol.asyncDispose]();
    try {
      await this.#opened[Symbol.asyncDispose]();
    } catch (error) {
      // Memgraph's stand-in takes bytes that it cannot parse for a failure of its own.
      if (!/stand-in/.test(String(error))) throw error;
    }
    await ioredisTimers();
  }
}
