import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { Ledger } from "./ledger.ts";

Deno.test("an id that comes twice is told, and one that never came, however many there are", () => {
  using ledger = new Ledger();
  const ids = Array.from({ length: 450_000 }, (_, n) => `id-\0${n}`);
  assert(ids.every((id) => ledger.addId("memory", id)));
  // Of the first that went to disk, of the last that did, and of those that have not.
  for (const n of [0, 199_999, 200_000, 399_999, 400_000, 449_999]) {
    assert.equal(ledger.hasId("memory", ids[n]!), true, ids[n]);
    assert.equal(ledger.addId("memory", ids[n]!), false, ids[n]);
    assert.equal(ledger.hasId("relationship", ids[n]!), false, ids[n]);
  }
  assert.equal(ledger.hasId("memory", `id-\0${ids.length}`), false);
  assert.equal(ledger.addId("relationship", ids[0]!), true);
});

Deno.test("the digest is that of the sorted hashes, twice the same one too, however many there are", () => {
  for (const count of [0, 3, 50_000, 120_001]) {
    using ledger = new Ledger();
    const hashes = Array.from({ length: count }, (_, n) => sha256(String(n % 100_000)));
    for (const hash of hashes) ledger.addHash(hash);
    assert.equal(ledger.digest(), sha256(Buffer.from(hashes.sort().join(""), "hex")), `${count}`);
  }
});

const sha256 = (data: string | Uint8Array) => createHash("sha256").update(data).digest("hex");
