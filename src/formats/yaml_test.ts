import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { arbitraryJson, arbitraryText } from "../../tests/support/arbitraries.ts";
import { canonicalJson, type JsonObject, type JsonValue } from "../model/json.ts";
import { yamlBlock } from "./yaml.ts";

for (const version of ["1.1", "1.2"] as const) {
  Deno.test(`front matter reads as it was written in YAML ${version}`, () => {
    const json = fc.dictionary(arbitraryText(), arbitraryJson({ nonFinite: false }), { minKeys: 1 });
    fc.assert(
      fc.property(json, (value) => {
        const read = parse(yamlBlock(value as JsonObject), { version, intAsBigInt: true, mapAsMap: true });
        assert.equal(canonicalJson(plain(read)), canonicalJson(value));
      }),
      { numRuns: 1000 },
    );
  });
}

/** A parser's maps as objects, and its integers as the numbers that they are. */
function plain(value: unknown): JsonValue {
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, item]) => [String(key), plain(item)]));
  }
  if (Array.isArray(value)) return value.map(plain);
  return value as JsonValue;
}

Deno.test("front matter has no character that YAML calls not printable, and no second line", () => {
  fc.assert(
    fc.property(arbitraryText(), (text) => {
      const line = yamlBlock({ text });
      // What PyYAML accepts, but for the surrogates of pairs.
      assert.match(
        line,
        /^text: "[\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]*"\n$/u,
      );
    }),
    { numRuns: 1000 },
  );
});

Deno.test("front matter writes special numbers and long keys in YAML's way", () => {
  const long = "k".repeat(2000);
  const values = {
    a: NaN,
    b: -Infinity,
    c: -0,
    d: 1e21,
    e: { [long]: 2n ** 60n },
    no: "no",
    "a b": null,
  };
  assert.deepEqual(parse(yamlBlock(values), { version: "1.1", intAsBigInt: true }), values);
});
