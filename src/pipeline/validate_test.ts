import assert from "node:assert/strict";
import { memory, relationship } from "../../tests/fixtures/graph.ts";
import type { Batch } from "../store/store.ts";
import { WorkFile } from "../workfile/workfile.ts";
import { takeSnapshot } from "./snapshot.ts";
import { validateSnapshot } from "./validate.ts";

/** What validation says of batches as a source could give them, and the ids of the records that are left. */
async function validated(...batches: Batch[]) {
  using workFile = WorkFile.create();
  await takeSnapshot(
    (async function* () {
      yield* batches;
    })(),
    workFile,
  );
  validateSnapshot(workFile);
  const idsOf = (kind: Batch["kind"]) => [...workFile.refs(kind, 10)].flat().map(({ ref }) => ref.id);
  const told = (severity: "error" | "warning") =>
    workFile.problems.first(severity, 100).map(({ id, field, reason }) => `${id}: ${field} ${reason}`);
  return {
    memories: idsOf("memory"),
    relationships: idsOf("relationship"),
    errors: told("error"),
    warnings: told("warning"),
  };
}

Deno.test("an id that is stored several times is told, by whether the copies are alike", async () => {
  const changed = memory("changed");
  const found = await validated(
    { kind: "memory", items: [memory("alike"), changed, memory("once")] },
    { kind: "memory", items: [memory("alike"), { ...changed, title: "another" }, memory("alike")] },
    // An id may stand for a memory and for a relationship.
    { kind: "relationship", items: [relationship("once", ["alike", "once"])] },
  );
  assert.deepEqual(found, {
    memories: ["alike", "once"],
    relationships: ["once"],
    errors: Array(2).fill("changed: id is used by 2 records with 2 different contents"),
    warnings: ["alike: id is stored 3 times, each time alike"],
  });
});

Deno.test("a relationship is told that lacks an end, or whose invalidation names none that is there", async () => {
  const by = (id: string, invalidatedBy: string) => relationship(id, ["a", "a"], { invalidatedBy });
  const found = await validated(
    { kind: "memory", items: [memory("a"), memory('a memory"s')] },
    {
      kind: "relationship",
      items: [
        relationship("successor\0", ["a", "a"]),
        by("known", "successor\0"),
        by("unknown", "successor"),
        by("no relationship", 'a memory"s'),
        relationship("loose", ["a", "b"]),
      ],
    },
  );
  assert.deepEqual(found, {
    memories: ["a", 'a memory"s'],
    relationships: ["successor\0", "known", "unknown", "no relationship"],
    errors: ['loose: to_memory_id names memory "b", which is not there'],
    warnings: [
      'unknown: invalidated_by names relationship "successor", which is not there',
      'no relationship: invalidated_by names relationship "a memory\\"s", which is not there',
    ],
  });
});

Deno.test("a reason shows the start of a long id", async () => {
  const [end, by] = ["e".repeat(100_000), "i".repeat(100_000)];
  const found = await validated(
    { kind: "memory", items: [memory("a")] },
    {
      kind: "relationship",
      items: [relationship("loose", ["a", end]), relationship("by", ["a", "a"], { invalidatedBy: by })],
    },
  );
  assert.deepEqual(found.errors, [
    `loose: to_memory_id names memory "${end.slice(0, 100)}"..., which is not there`,
  ]);
  assert.deepEqual(found.warnings, [
    `by: invalidated_by names relationship "${by.slice(0, 100)}"..., which is not there`,
  ]);
});
