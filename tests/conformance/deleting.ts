import { generateGraph } from "../fixtures/generated.ts";
import { memory, relationship } from "../fixtures/graph.ts";
import { assertSameGraph, readGraph, writeGraph } from "../support/graph.ts";
import type { Harness } from "../support/harness.ts";
import { failsWith, test } from "./suite.ts";

const ODD_ID = "quote'\"`\\\u0000\n";
const GRAPH = {
  memories: ["a", "b", "c", "alone", ODD_ID].map((id) => memory(id)),
  relationships: [
    relationship("ab", ["a", "b"]),
    relationship("ab too", ["a", "b"]),
    relationship("ba", ["b", "a"], { type: "SOLVES" }),
    relationship("loop", ["c", "c"]),
    relationship(ODD_ID, ["c", ODD_ID]),
  ],
};

/** What is left of {@linkcode GRAPH} without these ids. */
function without({ memories = [], relationships = [] }: { memories?: string[]; relationships?: string[] }) {
  return {
    memories: GRAPH.memories.filter(({ id }) => !memories.includes(id)),
    relationships: GRAPH.relationships.filter(({ id }) => !relationships.includes(id)),
  };
}

/** Deleting by id. */
export function deleting(harness: Harness): void {
  test(harness, "deleteMemories() refuses with CONFLICT while a relationship touches one", async (opened) => {
    await writeGraph(opened.store, GRAPH);
    for (const id of ["a", "b", "c", ODD_ID]) {
      await failsWith("CONFLICT", () => opened.store.deleteMemories(["alone", id]));
      assertSameGraph(await readGraph(opened.store), GRAPH);
    }
    await opened.store.deleteMemories(["alone", "missing"]);
    assertSameGraph(await readGraph(opened.store), without({ memories: ["alone"] }));
  });

  test(harness, "deleteMemories() with detach takes the relationships along", async (opened) => {
    await writeGraph(opened.store, GRAPH);
    await opened.store.deleteMemories(["a", "missing", "a"], { detach: true });
    const withoutA = without({ memories: ["a"], relationships: ["ab", "ab too", "ba"] });
    assertSameGraph(await readGraph(opened.store), withoutA);
    await opened.store.deleteMemories(["b", "c", "alone", ODD_ID], { detach: true });
    assertSameGraph(await readGraph(opened.store), { memories: [], relationships: [] });
  });

  test(harness, "deleteRelationships() deletes these and no others", async (opened) => {
    await writeGraph(opened.store, GRAPH);
    const gone = ["ab", "loop", ODD_ID];
    const refs = GRAPH.relationships.filter(({ id }) => gone.includes(id));
    await opened.store.deleteRelationships([
      ...refs,
      ...refs,
      { id: "missing", fromId: "a", toId: "b", type: "RELATED_TO" },
      { id: "missing too", fromId: "gone", toId: "gone", type: "NO_SUCH_TYPE" },
    ]);
    assertSameGraph(await readGraph(opened.store), without({ relationships: gone }));
  });

  test(harness, "deleteRelationships() finds one whose ends or type have changed", async (opened) => {
    await writeGraph(opened.store, GRAPH);
    await opened.store.deleteRelationships([
      { id: "ab", fromId: "b", toId: "c", type: "RELATED_TO" },
      { id: "ba", fromId: "b", toId: "a", type: "NO_SUCH_TYPE" },
    ]);
    assertSameGraph(await readGraph(opened.store), without({ relationships: ["ab", "ba"] }));
  });

  test(harness, "deleting nothing changes nothing", async (opened) => {
    await writeGraph(opened.store, GRAPH);
    await opened.store.deleteMemories([]);
    await opened.store.deleteMemories([], { detach: true });
    await opened.store.deleteRelationships([]);
    assertSameGraph(await readGraph(opened.store), GRAPH);
  });

  test(harness, "what was deleted can be written again", async (opened) => {
    const graph = generateGraph({ memories: 30, relationships: 70 });
    await writeGraph(opened.store, graph);
    await opened.store.deleteRelationships([...graph.relationships()]);
    await opened.store.deleteMemories([...graph.memories()].map(({ id }) => id));
    assertSameGraph(await readGraph(opened.store), { memories: [], relationships: [] });
    await writeGraph(opened.store, graph);
    assertSameGraph(await readGraph(opened.store), graph);
  });
}
