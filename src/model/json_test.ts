import assert from "node:assert/strict";
import fc from "fast-check";
import { arbitraryJson } from "../../tests/support/arbitraries.ts";
import { canonicalJson, parseJson, stringifyJson } from "./json.ts";

Deno.test("parseJson() gives back every value that stringifyJson() wrote", () => {
  fc.assert(
    fc.property(arbitraryJson(), (value) => {
      const text = stringifyJson(value);
      assert.equal(canonicalJson(parseJson(text)), canonicalJson(value));
      assert.equal(stringifyJson(parseJson(text)), text);
    }),
    { numRuns: 3000 },
  );
});

Deno.test("parseJson() decodes escaped keys that V8's parser takes for others", () => {
  // Makes V8 remember the keys `\` and `a\` after the key `h`.
  for (const key of ["\\", "a\\"]) JSON.parse(JSON.stringify({ h: [], [key]: 0 }));
  for (const key of ["\n", '"', "a\n", 'a"', "\\", "a\\", "é\t", "\0", "\ud800", "__proto__\n"]) {
    for (const first of ["h", "#0", "##1"]) {
      const value = parseJson(JSON.stringify([{ [first]: 1, [key]: 2 }]));
      assert.deepEqual(value, [{ [first]: 1, [key]: 2 }]);
    }
  }
  assert.deepEqual(parseJson('{"h":1,"\\u0041":2, "\\n" :{"\\t":9007199254740993}}'), {
    h: 1,
    A: 2,
    "\n": { "\t": 9007199254740993n },
  });
  assert.deepEqual(parseJson('{"\\u0061":1,"a":2}'), { a: 2 });
  assert.throws(() => parseJson('{"h":1,"\\x":2}'), SyntaxError);
});

Deno.test("parseJson() keeps integers of any size, the sign of zero, and Python's NaN and Infinity", () => {
  assert.equal(parseJson("9007199254740993"), 9007199254740993n);
  assert.equal(parseJson("-9223372036854775808"), -9223372036854775808n);
  assert.ok(Object.is(parseJson("-0"), -0));
  assert.ok(Object.is(parseJson("-0.0"), -0));
  assert.equal(parseJson("1e400"), Infinity);
  assert.deepEqual(parseJson('["NaN", NaN, -Infinity]'), ["NaN", NaN, -Infinity]);
  assert.throws(() => parseJson("[NaN"), SyntaxError);
});

Deno.test("parseJson() reads strings of many megabytes in every way it parses", () => {
  const long = 'a\n"b'.repeat(4_000_000);
  assert.ok((parseJson(JSON.stringify({ long, "\n": 1 })) as { long: string }).long === long);
  assert.ok(
    (parseJson(`${JSON.stringify({ long }).slice(0, -1)},"n":NaN}`) as { long: string }).long === long,
  );
});
