import assert from "node:assert/strict";
import fc from "fast-check";
import { MEMORIES, QUERIES } from "../../tests/fixtures/search/corpus.ts";
import { isWithin } from "./edit_distance.ts";
import { memoryWords } from "./hits.ts";
import {
  commonStart,
  innerWordsOf,
  levelOf,
  LEVELS,
  stemOf,
  wantedWordsOf,
  type WordQuery,
  wordsOf,
} from "./words.ts";

Deno.test("wordsOf() cuts at every sign but an apostrophe, in small letters", () => {
  assert.deepEqual(wordsOf("Foo_bar: a.B-c, don’t! «ÉTÉ» 3.5"), [
    "foo",
    "bar",
    "a",
    "b",
    "c",
    "don’t",
    "été",
    "3",
    "5",
  ]);
  assert.deepEqual(wordsOf("cafe\u0301"), ["café"]);
  assert.deepEqual(wordsOf("?! \n"), []);
  assert.equal(wordsOf("x".repeat(1000))[0]!.length, 64);
});

Deno.test("wordsOf() gives letters and pairs of them where no spaces tell words apart", () => {
  assert.deepEqual(wordsOf("连接超时"), ["连", "连接", "接", "接超", "超", "超时", "时"]);
  assert.deepEqual(wordsOf("Docker容器v2"), ["docker", "容", "容器", "器", "v2"]);
  assert.deepEqual(wordsOf("テスト 연결이"), [
    "テ",
    "テス",
    "ス",
    "スト",
    "ト",
    "연",
    "연결",
    "결",
    "결이",
    "이",
  ]);
  // A mark stays with its letter.
  assert.deepEqual(wordsOf("กี่"), ["กี่"]);
  assert.deepEqual(wordsOf("Rocket🚀🔥!"), ["rocket", "🚀", "🔥"]);
  assert.deepEqual(wordsOf("数".repeat(300)).length, 599);
});

Deno.test("wantedWordsOf() gives pairs of letters, and a letter that stands alone", () => {
  assert.deepEqual(wantedWordsOf("Docker连接超时 猫"), ["docker", "连接", "接超", "超时", "猫"]);
  assert.deepEqual(wantedWordsOf("Foo_bar"), wordsOf("Foo_bar"));
});

Deno.test("innerWordsOf() gives what begins at a capital or after an apostrophe inside a word", () => {
  const cases = {
    "new ConnectionPoolConfig()": ["poolconfig", "config"],
    "useEffect MySQL PostgreSQL": ["effect", "sql", "sql"],
    "parseURLParts OAuth2Client": ["urlparts", "parts", "auth2client", "client"],
    "l'erreur d’accès don't O'Brien's": ["erreur", "accès", "brien's"],
    "foo_bar Plain CAPITALS numbers123 ÉtéÀParis": ["àparis", "paris"],
    "Docker容器Config": [],
    // A key in letters is no name.
    aBcDeFgHiJkLmNoPqRsT: [],
  };
  for (const [text, inner] of Object.entries(cases)) assert.deepEqual(innerWordsOf(text), inner, text);
});

const CASES: [WordQuery["tolerance"], string, string, keyof typeof LEVELS][] = [
  ["strict", "cache", "cache", "exact"],
  ["strict", "cache", "caches", "none"],
  ["normal", "cache", "caching", "stem"],
  ["normal", "retries", "retried", "stem"],
  ["normal", "auth", "authentication", "prefix"],
  ["normal", "au", "auth", "none"],
  ["normal", "auth", "oauth", "none"],
  ["inside", "auth", "oauth", "similar"],
  ["inside", "services", "microservice", "similar"],
  ["inside", "auth", "authentication", "prefix"],
  ["inside", "sql", "postgresql", "none"],
  ["inside", "timeuot", "timeout", "none"],
  ["fuzzy", "auth", "oauth", "similar"],
  ["fuzzy", "timeuot", "timeout", "similar"],
  ["fuzzy", "kuberntes", "kubernetes", "similar"],
  ["fuzzy", "cat", "car", "none"],
  ["fuzzy", "redis", "radar", "none"],
  ["fuzzy", "cache", "cache", "exact"],
];

for (const [tolerance, word, candidate, level] of CASES) {
  Deno.test(`${tolerance}: "${candidate}" is ${level} to "${word}"`, () => {
    assert.equal(levelOf({ word, tolerance }, candidate), LEVELS[level]);
  });
}

Deno.test("commonStart() begins every word that matches", () => {
  const texts = [
    ...MEMORIES.flatMap((memory) => Object.values(memoryWords(memory)).flat()),
    ...QUERIES.flatMap(({ query }) => wordsOf(query)),
  ];
  const endings = [
    "",
    "s",
    "es",
    "ed",
    "ing",
    "er",
    "ly",
    "ation",
    "ational",
    "ies",
    "y",
    "ity",
    "able",
    "ness",
    "ment",
    "ize",
    "izer",
  ];
  const words = [...new Set(texts)].flatMap((word) => endings.map((ending) => word + ending));
  const byStem = Map.groupBy(words, stemOf);
  for (const same of byStem.values()) {
    for (const word of same) {
      const start = commonStart({ word, tolerance: "normal" });
      if (start === undefined) continue;
      for (const other of same) {
        assert(other.startsWith(start), `"${other}" matches "${word}" but does not begin with "${start}"`);
      }
    }
  }
});

/** By the definition, without any shortcut. */
function distance(a: string, b: string): number {
  const cost: number[][] = Array.from(
    { length: a.length + 1 },
    (_, i) => Array.from({ length: b.length + 1 }, (_, j) => i === 0 ? j : j === 0 ? i : 0),
  );
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      cost[i]![j] = Math.min(cost[i - 1]![j]! + 1, cost[i]![j - 1]! + 1, cost[i - 1]![j - 1]! + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost[i]![j] = Math.min(cost[i]![j]!, cost[i - 2]![j - 2]! + 1);
      }
    }
  }
  return cost[a.length]![b.length]!;
}

Deno.test("isWithin() is the distance, cut off", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 7 });
  fc.assert(
    fc.property(word, word, fc.nat(3), (a, b, limit) => {
      assert.equal(isWithin(a, b, limit), distance(a, b) <= limit);
    }),
    { numRuns: 2000 },
  );
});
