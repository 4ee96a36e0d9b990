import assert from "node:assert/strict";
import fc from "fast-check";
import { arbitraryJson } from "../../tests/support/arbitraries.ts";
import { MAX_DEPTH, stringifyJson } from "../model/json.ts";
import { MAX_RECORD_BYTES, MAX_RECORD_VALUES } from "./limits.ts";
import { ValueScan } from "./value_scan.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** The end of the value at the start of the pieces, or -1. */
function scanPieces(pieces: readonly Uint8Array[]): number {
  const scan = new ValueScan();
  let passed = 0;
  for (const piece of pieces) {
    const end = scan.scan(piece, 0);
    if (end >= 0) return passed + end;
    passed += piece.length;
  }
  return -1;
}

Deno.test("ValueScan finds where a value ends, wherever its bytes are split", () => {
  const after = fc.constantFrom(",", "}", "]", " ", "\n", ',"x":"', '],"a":[');
  fc.assert(
    fc.property(arbitraryJson(), after, fc.array(fc.nat(60), { maxLength: 5 }), (value, rest, cuts) => {
      const text = encode(stringifyJson(value));
      const bytes = encode(stringifyJson(value) + rest);
      const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length].sort((a, b) =>
        a - b
      );
      const pieces = places.slice(1).map((place, index) => bytes.subarray(places[index], place));
      assert.equal(scanPieces(pieces.filter((piece) => piece.length > 0)), text.length);
    }),
    { numRuns: 5000 },
  );
});

Deno.test("ValueScan goes on as long as a value may", () => {
  for (const text of ['"a\\"', '{"a":"}"', "[[]", "12", "tru", '"\\\\\\"']) {
    assert.equal(scanPieces([...encode(text)].map((byte) => new Uint8Array([byte]))), -1, text);
  }
});

Deno.test("ValueScan stops at the limits, and not before", () => {
  const scan = (text: string) => new ValueScan().scan(encode(text), 0);
  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  assert.equal(scan(nested(MAX_DEPTH)), 2 * MAX_DEPTH);
  assert.throws(() => scan(nested(MAX_DEPTH + 1)), /nested more than/);
  const list = (values: number) => `[${"0,".repeat(values - 2)}0]`;
  assert.equal(scan(list(MAX_RECORD_VALUES)), 2 * MAX_RECORD_VALUES - 1);
  assert.throws(() => scan(list(MAX_RECORD_VALUES + 2)), /values/);
  const string = (bytes: number) => `"${"x".repeat(bytes - 2)}"`;
  assert.equal(scan(string(MAX_RECORD_BYTES)), MAX_RECORD_BYTES);
  assert.throws(() => scan(string(MAX_RECORD_BYTES + 1)), /bytes/);
});
