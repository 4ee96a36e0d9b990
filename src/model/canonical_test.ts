import assert from "node:assert/strict";
import { context, memory } from "../../tests/fixtures/graph.ts";
import { canonicalMemory } from "./canonical.ts";

Deno.test("no two different metadata have one canonical form", () => {
  const texts = ["abc", '"abc"', '{"text":"abc"}', '"text:\\"abc\\""', 'text:"abc"', "[]", "null", ""];
  const forms = texts.map((additionalMetadata) =>
    canonicalMemory(memory("a", { context: context({ additionalMetadata }) }))
  );
  assert.equal(new Set(forms).size, texts.length, forms.join("\n"));
});

Deno.test("white space and key order in metadata make no difference", () => {
  const [a, b] = ['{"a":1,"b":[2.0]}', '{ "b": [2], "a": 1 }'].map((additionalMetadata) =>
    canonicalMemory(memory("a", { context: context({ additionalMetadata }) }))
  );
  assert.equal(a, b);
});
