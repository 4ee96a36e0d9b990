import assert from "node:assert/strict";
import { Ledger } from "./ledger.ts";

Deno.test("an id that comes twice is told, and one that never came, however many there are", () => {
  using ledger = new Ledger();
  const ids = Array.from({ length: 120_000 }, (_, n) => `id-\0${n}`);
  assert(ids.every((id) => ledger.addId("memory", id)));
  // Of the first that went to disk, of the last that did, and of those that have not.
  for (const n of [0, 49_999, 50_000, 99_999, 100_000, 119_999]) {
    assert.equal(ledger.hasId("memory", ids[n]!), true, ids[n]);
    assert.equal(ledger.addId("memory", ids[n]!), false, ids[n]);
    assert.equal(ledger.hasId("relationship", ids[n]!), false, ids[n]);
  }
  assert.equal(ledger.hasId("memory", `id-\0${ids.length}`), false);
  assert.equal(ledger.addId("relationship", ids[0]!), true);
});
