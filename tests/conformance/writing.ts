import assert from "node:assert/strict";
import type { Relationship } from "../../src/model/relationship.ts";
import { generateGraph } from "../fixtures/generated.ts";
import { context, memory, relationship } from "../fixtures/graph.ts";
import { assertSameGraph, batchesOf, digestOfGraph, readGraph, writeGraph } from "../support/graph.ts";
import type { Harness } from "../support/harness.ts";
import { addMemories, addRelationships, failsWith, test } from "./suite.ts";

const GRAPH = generateGraph({ memories: 20, relationships: 45 });
const ENDS = ["a", "b", "c"].map((id) => memory(id));

/** Batched writes: whole or not at all, and what overwriting leaves. */
export function writing(harness: Harness): void {
  test(harness, "what was written is there when the database is opened again", async (opened) => {
    await writeGraph(opened.store, GRAPH);
    assertSameGraph(await readGraph(await opened.reopen("write")), GRAPH);
    assertSameGraph(await readGraph(await opened.reopen("read")), GRAPH);
    const counts = { memories: 20, relationships: 45, foreignNodes: 0, foreignRelationships: 0 };
    assert.deepEqual(await opened.store.count(), counts);
  });

  for (const mode of ["fail", "overwrite"] as const) {
    test(
      harness,
      `a missing end fails the whole batch with RECORD_INVALID in mode ${mode}`,
      async (opened) => {
        await addMemories(opened.store, ENDS);
        for (const ends of [["a", "missing"], ["missing", "a"], ["missing", "missing"]] as const) {
          const items = [
            relationship("good", ["a", "b"]),
            relationship("other type", ["a", "b"], { type: "SOLVES" }),
            relationship("bad", ends),
            relationship("last type", ["b", "c"], { type: "CAUSES" }),
          ];
          const error = await failsWith("RECORD_INVALID", () => addRelationships(opened.store, items, mode));
          assert(error.message.includes("bad") || error.message.includes("missing"), error.message);
          assertSameGraph(await readGraph(opened.store), { memories: ENDS, relationships: [] });
        }
      },
    );

    test(harness, `what failed at first can be written afterwards in mode ${mode}`, async (opened) => {
      const good = relationship("good", ["a", "b"]);
      await addMemories(opened.store, ENDS, mode);
      for (let time = 0; time < 2; time++) {
        const items = [good, relationship("bad", ["a", "missing"])];
        await failsWith("RECORD_INVALID", () => addRelationships(opened.store, items, mode));
      }
      await addRelationships(opened.store, [good], mode);
      assertSameGraph(await readGraph(opened.store), { memories: ENDS, relationships: [good] });
      assertSameGraph(await readGraph(await opened.reopen("read")), {
        memories: ENDS,
        relationships: [good],
      });
    });

    test(harness, `an empty batch is no error in mode ${mode}`, async (opened) => {
      await addMemories(opened.store, [], mode);
      await addRelationships(opened.store, [], mode);
      assertSameGraph(await readGraph(opened.store), { memories: [], relationships: [] });
    });

    test(harness, `an aborted signal keeps a batch from being written in mode ${mode}`, async (opened) => {
      const signal = AbortSignal.abort();
      await failsWith(
        "INTERRUPTED",
        () => opened.store.write({ kind: "memory", items: ENDS }, { mode, signal }),
      );
      assertSameGraph(await readGraph(opened.store), { memories: [], relationships: [] });
      await addMemories(opened.store, ENDS, mode);
    });
  }

  test(
    harness,
    "as many writes as the capability overlappingWrites says may be under way",
    async (opened) => {
      const { store } = opened;
      const batches = [...batchesOf(generateGraph({ memories: 40, relationships: 160 }), 10)];
      for (const mode of ["fail", "overwrite"] as const) {
        for (const kind of ["memory", "relationship"] as const) {
          const rest = batches.filter((batch) => batch.kind === kind);
          const work = async () => {
            for (let next = rest.shift(); next; next = rest.shift()) await store.write(next, { mode });
          };
          await Promise.all(Array.from({ length: store.capabilities.overlappingWrites }, work));
        }
        assertSameGraph(await readGraph(store), generateGraph({ memories: 40, relationships: 160 }));
      }
    },
  );

  test(harness, "overwriting removes what is gone", async (opened) => {
    const full = memory("a", {
      summary: "s",
      effectiveness: 0.25,
      lastAccessed: "2025-01-01T00:00:00",
      updatedBy: "u",
      version: 5,
      tags: ["t"],
      context: context({ projectPath: "/p", languages: ["go"], additionalMetadata: `{"a":1}` }),
      extra: { more: 1, list: [1, [2]], map: { a: 1 }, text: "nul \u0000", memorygraph_labels: ["Other"] },
    });
    const fullRelationship = relationship("r", ["a", "a"], {
      context: "c",
      successRate: 0.5,
      validUntil: "2025-01-01T00:00:00+00:00",
      invalidatedBy: "r",
      description: "d\u0000",
      bidirectional: true,
      extra: { more: 1, map: { a: [] } },
    });
    await writeGraph(opened.store, { memories: [full], relationships: [fullRelationship] });
    const bare = { memories: [memory("a")], relationships: [relationship("r", ["a", "a"])] };
    await writeGraph(opened.store, bare, { mode: "overwrite" });
    assertSameGraph(await readGraph(opened.store), bare);
    assertSameGraph(await readGraph(await opened.reopen("read")), bare);
  });

  test(harness, "overwriting again changes nothing", async (opened) => {
    await writeGraph(opened.store, GRAPH);
    const before = digestOfGraph(await readGraph(opened.store));
    for (let time = 0; time < 2; time++) {
      await writeGraph(opened.store, GRAPH, { mode: "overwrite", batchSize: 11 });
      assert.equal(digestOfGraph(await readGraph(opened.store)), before);
    }
  });

  test(harness, "overwriting takes new records and known ones in one batch", async (opened) => {
    await addMemories(opened.store, [memory("a"), memory("c")]);
    const memories = ["a", "b", "c", "d"].map((id) => memory(id, { content: `New ${id}` }));
    await addMemories(opened.store, memories, "overwrite");
    await addRelationships(opened.store, [relationship("ab", ["a", "b"])]);
    const relationships = [
      relationship("ab", ["a", "b"], { strength: 0.125 }),
      relationship("cd", ["c", "d"]),
      relationship("cd again", ["c", "d"], { type: "SOLVES" }),
    ];
    await addRelationships(opened.store, relationships, "overwrite");
    assertSameGraph(await readGraph(opened.store), { memories, relationships });
  });

  test(harness, "overwriting a memory keeps its relationships", async (opened) => {
    await writeGraph(opened.store, GRAPH);
    const memories = [...GRAPH.memories()].map(({ id }) => memory(id));
    await addMemories(opened.store, memories, "overwrite");
    assertSameGraph(await readGraph(opened.store), { memories, relationships: [...GRAPH.relationships()] });
  });

  test(harness, "overwriting moves a relationship to its new ends and type", async (opened) => {
    const before = relationship("moved", ["a", "b"]);
    const untouched = relationship("untouched", ["a", "b"]);
    const places: Partial<Relationship>[] = [
      { toId: "c" },
      { fromId: "b", toId: "a" },
      { fromId: "c", toId: "c" },
      { type: "SOLVES" },
      { fromId: "b", toId: "c", type: "Of no known type" },
    ];
    await addMemories(opened.store, ENDS);
    await addRelationships(opened.store, [before, untouched]);
    for (const place of places) {
      const moved = { ...before, ...place };
      await addRelationships(opened.store, [moved, relationship("new", ["a", "a"])], "overwrite");
      const relationships = [moved, untouched, relationship("new", ["a", "a"])];
      assertSameGraph(await readGraph(opened.store), { memories: ENDS, relationships });
      await opened.store.deleteRelationships([relationship("new", ["a", "a"])]);
    }
  });

  test(harness, "one batch holds relationships of many types", async (opened) => {
    const relationships = Array.from(
      { length: 60 },
      (_, index) =>
        relationship(`r${index}`, ["a", "b"], { type: index % 2 ? `TYPE_${index % 10}` : "SOLVES" }),
    );
    await addMemories(opened.store, ENDS);
    await addRelationships(opened.store, relationships);
    assertSameGraph(await readGraph(opened.store, { batchSize: 7 }), { memories: ENDS, relationships });
    await addRelationships(opened.store, relationships, "overwrite");
    assertSameGraph(await readGraph(opened.store), { memories: ENDS, relationships });
  });
}
