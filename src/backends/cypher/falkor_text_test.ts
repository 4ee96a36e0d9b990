import assert from "node:assert/strict";
import { literal, parameterText } from "./falkor_text.ts";
import { NativeValue } from "./values.ts";

Deno.test("literal() escapes backslash and quote only", () => {
  assert.equal(literal(`a"b\\c\n\t\u0001'\``), `"a\\"b\\\\c\n\t\u0001'\`"`);
});

Deno.test("literal() keeps integers and doubles apart", () => {
  const cases = [[1n, "1"], [1, "1.0"], [-0, "-0.0"], [0.1, "0.1"], [1e21, "1e+21"], [
    5e-324,
    "5e-324",
  ]] as const;
  for (const [value, text] of cases) assert.equal(literal(value), text);
  assert.equal(literal(-(2n ** 63n)), "-9223372036854775808");
});

Deno.test("literal() writes a list as JSON only where FalkorDB reads it as that", () => {
  const texts = ['a"b\\c', "line\nbreak\t", "naïve 東京"];
  assert.equal(
    literal([...texts, 1n, 0.5, null, true, ["x"]]),
    JSON.stringify([...texts, 1, 0.5, null, true, ["x"]]),
  );
  assert.equal(literal(["\u0001"]), '["\u0001"]');
  assert.equal(literal(["C:\\users"]), '["C:\\\\users"]');
  assert.equal(literal([1, -0, 1e21]), "[1.0,-0.0,1e+21]");
  assert.equal(literal([2n ** 62n]), "[4611686018427387904]");
  assert.equal(literal([["a", 1]]), '[["a",1.0]]');
  assert.equal(literal(["a", { b: 1n }]), '["a",{`b`:1}]');
});

Deno.test("literal() writes lists, maps, booleans and null", () => {
  assert.equal(literal({ "a b": [1n, true, null, "x"], c: {} }), '{`a b`:[1,true,null,"x"],`c`:{}}');
});

Deno.test("literal() refuses what has no literal", () => {
  for (const value of [NaN, Infinity, new NativeValue("Date", "2025-01-01")]) {
    assert.throws(() => literal(value), TypeError);
  }
});

Deno.test("parameterText() comes before the query, or not at all", () => {
  assert.equal(parameterText({}), "");
  assert.equal(parameterText({ a: 1n, b: "x" }), 'CYPHER a=1 b="x" ');
});
