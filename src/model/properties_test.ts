import assert from "node:assert/strict";
import { memory, relationship } from "../../tests/fixtures/graph.ts";
import { canonicalMemory, canonicalRelationship } from "./canonical.ts";
import { parseJson, stringifyJson } from "./json.ts";
import {
  memoryFromProperties,
  memoryToProperties,
  parseProperties,
  relationshipFromProperties,
  relationshipToProperties,
} from "./properties.ts";

Deno.test("properties with names that objects inherit come back like any other", () => {
  const extra = parseJson('{"__proto__": {"a": 1}, "constructor": "b", "toString": 2}') as Record<
    string,
    number
  >;
  const given = memory("m", { extra });
  const read = memoryFromProperties("m", parseProperties(stringifyJson(memoryToProperties(given))));
  assert.equal(canonicalMemory(read), canonicalMemory(given));
  assert.match(canonicalMemory(read), /"extra":\{"__proto__":\{"a":1\},"constructor":"b","toString":2\}/);

  const link = relationship("r", ["m", "m"], { extra });
  const text = stringifyJson(relationshipToProperties(link));
  const readLink = relationshipFromProperties(link, parseProperties(text));
  assert.equal(canonicalRelationship(readLink), canonicalRelationship(link));
});
