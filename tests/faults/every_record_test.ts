/** A target that fails at record n of a phase, for every n, and what becomes of it. */
import assert from "node:assert/strict";
import { selectHarnesses } from "../support/harnesses.ts";
import type { Fault, Faults } from "../support/faulty_store.ts";
import { memoryHarness } from "../support/memory_harness.ts";
import type { Harness } from "../support/harness.ts";
import { BEFORE, Bench, errorOf, MERGED, MIRRORED, refused, withBench, WRITTEN_RECORDS } from "./bench.ts";

// A graph database is not faster for being faulty: the logic under test is the same for all.
const harnesses = [memoryHarness, ...selectHarnesses().filter(({ name }) => name === "sqlite")];

/** With and without deletions. */
const SORTS = [
  { name: "migration", options: {}, after: MERGED },
  { name: "mirror", options: { mirror: { maxDeletePercent: 100 } }, after: MIRRORED },
];

for (const harness of harnesses) {
  if (harness.unavailable) continue;
  // The logic is the same; a real database adds transactions, for which one sort is enough.
  const sorts = harness === memoryHarness ? SORTS : SORTS.slice(0, 1);
  for (const sort of sorts) registerSort(harness, sort);

  Deno.test(`a migration into ${harness.name} is undone after its source fails at any record`, async () => {
    for (let at = 1; at <= 8; at++) {
      await withBench(harness, async (bench) => {
        bench.sourceFaults = { read: { at, error: refused } };
        const error = await errorOf(() => bench.migrate());
        assert.deepEqual([error?.code, error?.end], ["STORE_FAILED", "source"]);
        assert.equal(await bench.digest(), BEFORE);
        assert.deepEqual(bench.leftovers(), []);
      });
    }
  });
}

function registerSort(harness: Harness, { name, options, after }: (typeof SORTS)[number]): void {
  const each = (claim: string, body: (bench: Bench, faults: Faults) => Promise<void>) =>
    registerEach(harness, `a ${name} into ${harness.name} ${claim}`, body);

  each("is undone when the target fails", async (bench, faults) => {
    bench.faults = faults;
    const error = await errorOf(() => bench.migrate(options));
    bench.faults = {};
    if (!error) return assert.equal(await bench.digest(), after);
    if (bench.files.workFiles().length === 0) {
      assert(["ROLLED_BACK", "STORE_FAILED"].includes(error.code), error.message);
      return assert.equal(await bench.digest(), BEFORE);
    }
    // The fault hit the undoing itself: a second attempt finishes it.
    assert.match(error.message, /rollback/);
    await bench.rollBack();
    assert.equal(await bench.digest(), BEFORE);
  });

  each("is finished by resume when the target fails", async (bench, faults) => {
    bench.faults = faults;
    const error = await errorOf(() => bench.migrate({ ...options, rollbackOnFailure: false }));
    bench.faults = {};
    if (!error) return;
    if (bench.files.workFiles().length === 0) return assert.equal(await bench.digest(), BEFORE);
    assert.match(error.message, /migrate --resume/);
    const result = await bench.resume();
    assert.equal(result.verification?.differenceCount, 0);
    assert.equal(await bench.digest(), after);
  });

  each("is undone by rollback when the target fails", async (bench, faults) => {
    bench.faults = faults;
    const error = await errorOf(() => bench.migrate({ ...options, rollbackOnFailure: false }));
    if (!error || bench.files.workFiles().length === 0) return;
    // The same fault again, now while rolling back.
    await errorOf(() => bench.rollBack());
    bench.faults = {};
    if (bench.files.workFiles().length > 0) await bench.rollBack();
    assert.equal(await bench.digest(), BEFORE);
  });

  each(
    "can be rolled back by a second attempt when the target fails during the first",
    async (bench, faults) => {
      await bench.migrate({ ...options, keepUndo: true });
      bench.faults = faults;
      const error = await errorOf(() => bench.rollBack());
      bench.faults = {};
      if (error) await bench.rollBack();
      assert.equal(await bench.digest(), BEFORE);
    },
  );
}

/** Registers one test that runs `body` for every sort of call, every record and both moments of failure. */
function registerEach(
  harness: Harness,
  claim: string,
  body: (bench: Bench, faults: Faults) => Promise<void>,
): void {
  Deno.test(`${claim} at any record`, async () => {
    let hits = 0;
    for (const sort of ["write", "delete", "read"] as const) {
      // A record that was never reached is the one after the last.
      for (let at = 1, isReached = true; isReached; at++) {
        isReached = false;
        for (const when of sort === "read" ? ["before"] as const : ["before", "after"] as const) {
          let wasHit = false;
          const fault: Fault = { at, when, error: () => (wasHit = true, refused()) };
          await withBench(harness, async (bench) => {
            await body(bench, { [sort]: fault });
            assert.deepEqual(bench.leftovers(), [], `${sort} ${at} ${when}`);
          });
          if (wasHit) hits++;
          isReached ||= wasHit;
        }
      }
    }
    assert(hits > 2 * WRITTEN_RECORDS, `only ${hits} faults were hit`);
  });
}
