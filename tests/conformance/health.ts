import assert from "node:assert/strict";
import { generateGraph } from "../fixtures/generated.ts";
import { assertSameGraph, readGraph, writeGraph } from "../support/graph.ts";
import type { Harness } from "../support/harness.ts";
import { registerUnavailable } from "../support/harnesses.ts";
import { failsWith, test } from "./suite.ts";

const GRAPH = generateGraph({ memories: 6, relationships: 9 });

/** What a store tells of itself, and how it refuses settings. */
export function health(harness: Harness): void {
  test(harness, "health() tells product, layout and counts, and changes nothing", async (opened) => {
    await writeGraph(opened.store, GRAPH);
    const store = await opened.reopen("read");
    const found = await store.health();
    assert.deepEqual(found.counts, await store.count());
    assert.equal(found.counts.memories, 6);
    if (harness.name !== "memory") assert.match(found.product, /^[A-Z].* v?\d/);
    if (harness.name !== "memory") assert.equal(found.layout, "memorygraphmcp 0.12");
    assertSameGraph(await readGraph(store), GRAPH);
  });

  test(harness, "a store names its database without a secret", async (opened) => {
    const { backend, display, identity } = opened.store.location;
    assert.equal(backend, harness.name);
    const { password } = opened.settings;
    const shown = JSON.stringify([display, identity, await opened.store.health()]);
    if (password) assert(!shown.includes(password), "the password is shown");
    assert.deepEqual(harness.backend.locate(opened.settings), opened.store.location);
    await opened.reopen("write");
    assert.equal(opened.store.location.identity, identity);
  });

  const twoIdentities = `${harness.name}: two databases have two identities`;
  if (harness.secondUnavailable !== undefined) {
    registerUnavailable(twoIdentities, harness.secondUnavailable);
  } else {
    Deno.test(twoIdentities, async () => {
      await using first = await harness.open({ place: 0 });
      await using second = await harness.open({ place: 1 });
      assert.notEqual(first.store.location.identity, second.store.location.identity);
      await writeGraph(first.store, GRAPH);
      await second.store.ensureSchema();
      assertSameGraph(await readGraph(second.store), { memories: [], relationships: [] });
    });
  }

  Deno.test(`${harness.name}: settings that do not fit are a USAGE error`, async () => {
    const settings = { path: 5, uri: 5, database: 5 };
    await failsWith("USAGE", () => harness.backend.open(settings, { mode: "create" }));
  });
}
