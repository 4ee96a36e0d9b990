import assert from "node:assert/strict";
import fc from "fast-check";
import { findClusters, findComponents, findCutPoints, type Network } from "./network.ts";

function network(edges: readonly (readonly [string, string])[], alone: readonly string[] = []): Network {
  const found = new Map<string, Map<string, number>>(alone.map((id) => [id, new Map()]));
  for (const [a, b] of edges) {
    for (const [from, to] of [[a, b], [b, a]] as const) {
      if (!found.has(from)) found.set(from, new Map());
      if (from !== to) found.get(from)!.set(to, 1);
    }
  }
  return found;
}

const edges = fc.array(
  fc.tuple(
    ...[0, 1].map(() => fc.constantFrom(..."abcdefgh")) as [fc.Arbitrary<string>, fc.Arbitrary<string>],
  ),
  {
    maxLength: 14,
  },
);

Deno.test("a cut point is a memory without which there are more parts", () => {
  fc.assert(fc.property(edges, (pairs) => {
    const whole = network(pairs);
    const cut = findCutPoints(whole);
    for (const id of whole.keys()) {
      const rest = network(
        pairs.filter(([a, b]) => a !== id && b !== id),
        [...whole.keys()].filter((other) => other !== id),
      );
      const isCut =
        findComponents(rest).length > findComponents(whole).length - (whole.get(id)!.size === 0 ? 1 : 0);
      assert.equal(cut.has(id), isCut, `${id} in ${JSON.stringify(pairs)}`);
    }
  }));
});

Deno.test("clusters hold every memory once, whatever order the graph comes in", () => {
  fc.assert(fc.property(edges, (pairs) => {
    const clusters = findClusters(network(pairs));
    assert.deepEqual(clusters.flatMap(({ ids }) => ids).sort(), [...network(pairs).keys()].sort());
    assert.deepEqual(findClusters(network(pairs.toReversed())), clusters);
  }));
});

Deno.test("a chain of 100,000 memories is deep but no problem", () => {
  const pairs = Array.from({ length: 100_000 }, (_, index) => [`${index}`, `${index + 1}`] as const);
  assert.equal(findCutPoints(network(pairs)).size, 99_999);
});
