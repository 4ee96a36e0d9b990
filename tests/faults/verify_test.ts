/** What verify names: exactly the changes that were planted in a migrated target. */
import assert from "node:assert/strict";
import { sqlite } from "../../src/backends/sqlite/mod.ts";
import type { Field } from "../../src/model/fields.ts";
import { CONTEXT_FIELDS, type Memory, MEMORY_FIELDS } from "../../src/model/memory.ts";
import { type Relationship, RELATIONSHIP_FIELDS } from "../../src/model/relationship.ts";
import { memory, relationship } from "../fixtures/graph.ts";
import { cli } from "../support/cli.ts";
import { type Graph, readGraph, writeGraph } from "../support/graph.ts";
import { registerUnavailable, selectHarnesses } from "../support/harnesses.ts";
import { endOf } from "./child.ts";
import { random } from "./random.ts";

const path = new URL("../fixtures/upstream/python/up_1k.db", import.meta.url).pathname;
const CHANGES = 1000;
const seed = Number(Deno.env.get("MEMORYGRAPH_TEST_SEED") ?? Date.now() % 1e6);

for (const harness of selectHarnesses()) {
  const name = `verify names exactly ${CHANGES} planted changes in ${harness.name}`;
  if (harness.unavailable) {
    registerUnavailable(name, harness.unavailable);
    continue;
  }
  Deno.test(`${name} (seed ${seed})`, async () => {
    const source = await readSource();
    await using opened = await harness.open();
    const { args, env } = endOf("to", harness.backend, opened.settings);
    await writeGraph(opened.store, source, { batchSize: 1000 });
    await opened.close();
    const verify = () => cli(["verify", "--from", "sqlite", "--from-path", path, ...args, "--json"], { env });
    const clean = await verify();
    assert.equal(clean.code, 0, clean.stdout);

    const planted = plant(source, random(seed));
    const store = await opened.reopen("write");
    await store.deleteRelationships(planted.removed);
    const options = { mode: "overwrite", batchSize: 500 } as const;
    await writeGraph(store, { memories: [...planted.memories, memory("added")], relationships: [] }, options);
    await writeGraph(store, { memories: [], relationships: planted.relationships }, options);
    await opened.close();

    const { code, stdout } = await verify();
    assert.equal(code, 6);
    const { differences } = JSON.parse(stdout);
    assert.deepEqual(differences.map(lineOf).sort(), [...planted.expected, "extra memory added:"].sort());
  });
}

interface Named {
  kind: string;
  id: string;
  type: string;
  changes?: { field: string }[];
}

function lineOf({ kind, id, type, changes = [] }: Named): string {
  return `${type} ${kind} ${id}:${changes.map(({ field }) => field)}`;
}

async function readSource(): Promise<Graph> {
  await using store = await sqlite.open({ path }, { mode: "read" });
  return await readGraph(store);
}

interface Planted {
  memories: Memory[];
  relationships: Relationship[];
  removed: Relationship[];
  /** As `lineOf` says them. */
  expected: string[];
}

/** Chooses records and changes one field of each, re-points, removes and adds relationships. */
function plant(source: Graph, next: () => number): Planted {
  const planted: Planted = { memories: [], relationships: [], removed: [], expected: [] };
  const memories = shuffled(source.memories, next);
  const relationships = shuffled(source.relationships, next);
  for (let count = 0; count < CHANGES; count++) {
    const kind = count % 2 === 0 ? "memory" : "relationship";
    const record = (kind === "memory" ? memories : relationships).pop()!;
    const { changed, field } = kind === "memory"
      ? changeMemory(record as Memory, next)
      : changeField(record as Relationship, RELATIONSHIP_FIELDS, next);
    planted[kind === "memory" ? "memories" : "relationships"].push(changed as Memory & Relationship);
    planted.expected.push(lineOf({ kind, id: record.id, type: "changed", changes: [{ field }] }));
  }
  const [end, other] = memories as [Memory, Memory];
  for (let count = 0; count < 20; count++) {
    const [removed, repointed] = [relationships.pop()!, relationships.pop()!];
    planted.removed.push(removed);
    planted.expected.push(lineOf({ kind: "relationship", id: removed.id, type: "missing" }));
    const toId = repointed.toId === end.id ? other.id : end.id;
    planted.relationships.push({ ...repointed, toId });
    const changes = [{ field: "to_id" }];
    planted.expected.push(lineOf({ kind: "relationship", id: repointed.id, type: "changed", changes }));
    planted.relationships.push(relationship(`added ${count}`, [end.id, other.id]));
    planted.expected.push(lineOf({ kind: "relationship", id: `added ${count}`, type: "extra" }));
  }
  return planted;
}

function changeMemory(record: Memory, next: () => number): { changed: Memory; field: string } {
  if (!record.context || next() < 0.5) return changeField(record, MEMORY_FIELDS.filter(isNotId), next);
  const { changed, field } = changeField(record.context, CONTEXT_FIELDS, next);
  return { changed: { ...record, context: changed }, field: `context_${field}` };
}

const isNotId = ({ key }: Field) => key !== "id";

function changeField<T extends object>(
  record: T,
  fields: readonly Field[],
  next: () => number,
): { changed: T; field: string } {
  const field = fields[Math.floor(next() * fields.length)]!;
  const value = (record as Record<string, unknown>)[field.key] ?? field.default;
  return { changed: { ...record, [field.key]: otherValue(field, value) }, field: field.stored };
}

function otherValue({ kind, stored }: Field, value: unknown): unknown {
  switch (kind) {
    case "number":
      return value === 0.123456789 ? 0.25 : 0.123456789;
    case "integer":
      return (value as number ?? 0) + 1;
    case "boolean":
      return !value;
    case "texts":
      return [...value as string[], "planted"];
    case "json":
      return '{"planted":true}';
    case "text":
      // A timestamp, which a store may keep in a type of its own; one microsecond makes a difference.
      if (/_at$|timestamp|^valid_(from|until)$|last_/.test(stored)) {
        return value === "2020-02-02T02:02:02.000002+00:00"
          ? "2020-02-02T02:02:02.000003+00:00"
          : "2020-02-02T02:02:02.000002+00:00";
      }
      return `${value ?? ""}!`;
  }
}

function shuffled<T>(items: readonly T[], next: () => number): T[] {
  return items.map((item) => ({ item, key: next() })).sort((a, b) => a.key - b.key).map(({ item }) => item);
}
