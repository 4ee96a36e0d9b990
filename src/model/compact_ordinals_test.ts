import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { CompactOrdinals } from "./compact_ordinals.ts";

Deno.test("CompactOrdinals keeps what a Map would", () => {
  const ordinals = new CompactOrdinals();
  const map = new Map<string, number>();
  const key = (value: number) => createHash("sha256").update(String(value)).digest("base64");
  for (let index = 0; index < 50_000; index++) {
    const name = key(index % 30_000);
    assert.equal(ordinals.get(name), map.get(name));
    ordinals.set(name, index);
    map.set(name, index);
  }
  for (const [name, value] of map) assert.equal(ordinals.get(name), value);
  assert.equal(ordinals.get(key(-1)), undefined);
});
