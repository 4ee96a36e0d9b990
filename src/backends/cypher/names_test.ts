import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeName, encodeName, quote } from "./names.ts";

const NEVER = () => false;
const isPlain = (text: string) => text !== "" && !/[`\\\0]/.test(text) && text.isWellFormed();

Deno.test("an encoded name gives the text back, twice encoded too, and holds nothing odd", () => {
  const unit = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string(),
    fc.constantFrom("`", "\\u0060", "\ud800", "%0041"),
  );
  fc.assert(
    fc.property(fc.array(unit).map((parts) => parts.join("")), (text) => {
      for (const isStorable of [NEVER, isPlain]) {
        const once = encodeName(text, isStorable);
        const twice = encodeName(once, isStorable);
        assert.equal(decodeName(once), text);
        assert.equal(decodeName(twice), once);
        assert(isPlain(once), once);
      }
    }),
    { numRuns: 1000 },
  );
});

Deno.test("a text that only looks encoded is left alone when decoding, and encoded when encoding", () => {
  for (
    const text of [
      "memorygraph_encoded:%zzzz",
      "memorygraph_encoded:%0041",
      "memorygraph_encoded:`",
      "a:%0000",
    ]
  ) {
    assert.equal(decodeName(text), text);
    assert.equal(decodeName(encodeName(text, () => true)), text);
  }
});

Deno.test("quote() doubles backticks", () => {
  assert.equal(quote("a`]->() DETACH DELETE n //"), "`a``]->() DETACH DELETE n //`");
});
