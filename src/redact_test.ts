import assert from "node:assert/strict";
import fc from "fast-check";
import { declarePublicWords, redact, redactUris, redactValue, registerSecret, splitUri } from "./redact.ts";

Deno.test("a secret is masked verbatim, percent-encoded in either case, and as in JSON", () => {
  const secret = 'Kä/+"\\ %é\n$&';
  registerSecret(secret);
  const encoded = encodeURIComponent(secret);
  for (
    const text of [
      secret,
      encoded,
      encoded.toLowerCase().replace("k", "K"),
      encoded.replaceAll("%20", "+"),
      JSON.stringify(secret),
    ]
  ) assert.match(redact(`<${text}>`), /^<"?\*\*\*"?>$/, text);
});

Deno.test("any secret is masked wherever it stands", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 4, unit: "grapheme" }), (secret) => {
      registerSecret(secret);
      assert.ok(
        !redact(`see ${secret}, ${encodeURIComponent(secret)}`).includes(secret) || "***, ".includes(secret),
      );
    }),
    { numRuns: 200, examples: [["a.*b"], ["$&$1"], ["[x]("], ["\\d+\\d"]] },
  );
});

Deno.test("a secret inside another leaves nothing of it", () => {
  registerSecret("opensesame");
  registerSecret("opensesame-and-more");
  assert.equal(redact("opensesame-and-more opensesame"), "*** ***");
});

Deno.test("a short secret is masked as a word of its own only", () => {
  registerSecret("zq");
  assert.equal(redact("zq zqzq bolt://u:zq@h"), "*** zqzq bolt://u:***@h");
});

Deno.test("a word that the program prints anyway is no secret", () => {
  declarePublicWords(["neo9j"]);
  registerSecret("neo9j");
  assert.equal(redact("neo9j"), "neo9j");
});

Deno.test("a value keeps its keys and numbers", () => {
  registerSecret("sesame-8");
  assert.deepEqual(redactValue({ "sesame-8": [1, "x sesame-8", null, 9n] }), {
    "sesame-8": [1, "x ***", null, 9n],
  });
});

Deno.test("splitUri() takes credentials out of any URI", () => {
  const cases: [string, ReturnType<typeof splitUri>][] = [
    ["bolt://h:1", { uri: "bolt://h:1" }],
    ["bolt://ann@h:1", { uri: "bolt://h:1", user: "ann" }],
    ["redis://:p@h", { uri: "redis://h", password: "p" }],
    ["neo4j+s://ann:a%3Ab:c@h/d?e=f", { uri: "neo4j+s://h/d?e=f", user: "ann", password: "a:b:c" }],
    ["bolt://ann:p/a#s?s@w ord@h", { uri: "bolt://h", user: "ann", password: "p/a#s?s@w ord" }],
    ["ann:p@h:1", { uri: "h:1", user: "ann", password: "p" }],
    ["bolt://ann:100%@h", { uri: "bolt://h", user: "ann", password: "100%" }],
    ["unix:///run/a@b.sock", { uri: "unix:///run/a@b.sock" }],
    ["/run/a@b", { uri: "/run/a@b" }],
  ];
  for (const [text, expected] of cases) assert.deepEqual(splitUri(text), expected, text);
});

Deno.test("redactUris() masks credentials in free text", () => {
  assert.equal(
    redactUris("no bolt://a:b@h, redis://:c@d/1 and http://e"),
    "no bolt://***@h, redis://***@d/1 and http://e",
  );
});

Deno.test("redactUris() takes time that grows with the text's length alone", () => {
  const start = performance.now();
  for (const text of ["a".repeat(1_000_000), "a://".repeat(250_000)]) assert.equal(redactUris(text), text);
  // A second for each 20,000 letters when every letter was a start.
  assert.ok(performance.now() - start < 5000);
});

Deno.test("redactUris() masks credentials whatever a URI is stuck to", () => {
  for (const before of ["", "1", "-", "--to=", "(", "bolt://h,"]) {
    const [text, masked] = [`${before}bolt://a:p@h/x`, redactUris(`${before}bolt://a:p@h/x`)];
    assert.ok(!masked.includes("a:p") && masked.endsWith("***@h/x"), text);
  }
});
