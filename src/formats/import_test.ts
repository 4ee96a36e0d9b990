import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { inTemporaryFolder, readFile } from "../../tests/support/files.ts";
import { assertSameGraph, digestOfGraph, type Graph } from "../../tests/support/graph.ts";
import type { Reject } from "../store/store.ts";
import type { ImportFile } from "./import_file.ts";
import { openImport } from "./open_import.ts";

const UPSTREAM = new URL("../../tests/fixtures/upstream/", import.meta.url).pathname;
const EXPORTS = [
  { path: "python/full.json", memories: 2, relationships: 1 },
  { path: "python/up_250.export.json", memories: 250, relationships: 472 },
  { path: "ts/up13_1k.export.json", memories: 1000, relationships: 1983 },
];
const DATE = "2026-01-02T03:04:05.678901+00:00";

async function importText(
  text: string,
  check: (file: ImportFile, graph: Graph & { rejects: Reject[] }) => void | Promise<void>,
): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, text);
    const file = await openImport(`${folder}/file`);
    await check(file, await readFile(file, { batchSize: 3 }));
  });
}

for (const { path, memories, relationships } of EXPORTS) {
  Deno.test(`upstream's ${path} is read whole, and alike each time`, async () => {
    const file = await openImport(UPSTREAM + path);
    assert.equal(file.format, "json 2.0");
    assert.deepEqual([file.facts.memories, file.facts.relationships], [memories, relationships]);
    const graph = await readFile(file);
    assert.deepEqual(graph.rejects, []);
    assert.deepEqual([graph.memories.length, graph.relationships.length], [memories, relationships]);
    assert.equal(new Set(graph.relationships.map(({ id }) => id)).size, relationships);
    assert.equal(digestOfGraph(await readFile(await openImport(UPSTREAM + path))), digestOfGraph(graph));

    // Against an independent reading of the file.
    const json = JSON.parse(readFileSync(UPSTREAM + path, "utf8"));
    for (const [index, memory] of graph.memories.entries()) {
      const { id, title, content, tags, created_at, context } = json.memories[index];
      const { additionalMetadata, projectPath } = memory.context ?? {};
      assert.deepEqual(
        [memory.id, memory.title, memory.content, memory.tags, memory.createdAt, projectPath],
        [id, title, content, tags, created_at, context?.project_path],
      );
      assert.equal(memory.context === undefined, context === undefined);
      if (context) assert.deepEqual(JSON.parse(additionalMetadata!), context.additional_metadata);
      assert.equal(memory.extra, undefined);
    }
    for (const [index, relationship] of graph.relationships.entries()) {
      const { from_memory_id, to_memory_id, type, properties } = json.relationships[index];
      const { fromId, toId, strength, confidence, context, evidenceCount } = relationship;
      assert.deepEqual([fromId, toId, relationship.type], [from_memory_id, to_memory_id, type]);
      assert.deepEqual(
        { strength, confidence, context: context ?? null, evidence_count: evidenceCount },
        { ...properties, context: properties.context ?? null },
      );
      assert.equal(relationship.validFrom, json.export_date);
    }
  });
}

Deno.test("what upstream's format does not contain is told", async () => {
  const { notes } = await openImport(`${UPSTREAM}python/full.json`);
  const text = notes.join("\n");
  for (const word of ["no ids", "valid_until", "usage_count", "visibility", "invalidated"]) {
    assert.match(text, new RegExp(word));
  }
  assert.match(text, /2026-11-24T15:05:59\.846537\+00:00/);
});

Deno.test("format 1.0 keeps its relationship ids, and a missing one is made", async () => {
  const memory = (id: string) => ({
    id,
    type: "fix",
    title: "t",
    content: "c",
    created_at: DATE,
    updated_at: DATE,
  });
  const relationship = {
    from_memory_id: "a",
    to_memory_id: "b",
    type: "FIXES",
    properties: { strength: 0.1 },
  };
  const document = {
    export_version: "1.0",
    export_date: DATE,
    memories: [{ ...memory("a"), context: { function_name: "f", environment: "x" } }, memory("b")],
    relationships: [{ id: "r1", ...relationship }, relationship, relationship],
  };
  await importText(JSON.stringify(document), (file, { memories, relationships, rejects }) => {
    assert.equal(file.format, "json 1.0");
    assert.deepEqual(rejects, []);
    assert.deepEqual({ ...memories[0]!.extra }, { context_function_name: "f", context_environment: "x" });
    const [first, second, third] = relationships;
    assert.equal(first!.id, "r1");
    assert.notEqual(second!.id, third!.id);
    assert.deepEqual([first!.createdAt, first!.validFrom, first!.strength], [DATE, DATE, 0.1]);
  });
});

Deno.test("made ids do not depend on the date of the export", async () => {
  const text = readFileSync(`${UPSTREAM}python/full.json`, "utf8");
  const ids: string[] = [];
  for (const year of ["2026", "2031"]) {
    await importText(text.replaceAll('"2026-', `"${year}-`), (_file, { relationships }) => {
      assert.match(relationships[0]!.createdAt!, new RegExp(year));
      ids.push(relationships[0]!.id);
    });
  }
  assert.equal(ids[0], ids[1]);
});

Deno.test("members in any order, with relationships first and the version last, give the same graph", async () => {
  const text = readFileSync(`${UPSTREAM}python/up_250.export.json`, "utf8");
  const { memories, relationships, ...head } = JSON.parse(text);
  const expected = await readFile(await openImport(`${UPSTREAM}python/up_250.export.json`));
  for (
    const document of [
      { ...head, relationships, memories },
      { relationships, memories, ...head },
      { memories, unknown: { a: [1] }, relationships, ...head },
    ]
  ) {
    await importText(`\ufeff${JSON.stringify(document, null, 1)}\n`, (_file, graph) => {
      assertSameGraph(graph, expected);
      assert.deepEqual(graph.memories.map(({ id }) => id), expected.memories.map(({ id }) => id));
    });
  }
});

Deno.test("a record that cannot be carried is rejected with its reason, and the others are read", async () => {
  const document = {
    format_version: "2.0",
    export_date: DATE,
    memories: [5, { title: "no id" }, { id: 7, content: "c" }, { id: "a" }, null],
    relationships: [
      { to_memory_id: "a", type: "X", id: "r" },
      { from_memory_id: "a", to_memory_id: ["a"], type: "X" },
      { from_memory_id: "a", to_memory_id: "a" },
      { from_memory_id: "a", to_memory_id: "a", type: "X", properties: 7 },
    ],
  };
  await importText(JSON.stringify(document), (_file, { memories, relationships, rejects }) => {
    assert.deepEqual(memories.map(({ id }) => id), ["a"]);
    assert.deepEqual(relationships.map(({ extra }) => ({ ...extra })), [{ properties: 7 }]);
    assert.deepEqual(rejects.map(({ kind, id, field, reason }) => ({ kind, id, field, reason })), [
      { kind: "memory", id: "", field: undefined, reason: "is not an object" },
      { kind: "memory", id: "", field: "id", reason: "has no id" },
      { kind: "memory", id: "", field: "id", reason: "has no id" },
      { kind: "memory", id: "", field: undefined, reason: "is not an object" },
      { kind: "relationship", id: "r", field: "from_memory_id", reason: "has no memory that it comes from" },
      { kind: "relationship", id: "", field: "to_memory_id", reason: "has no memory that it goes to" },
      { kind: "relationship", id: "", field: "type", reason: "has no type" },
    ]);
    assert.equal(rejects[1]!.stored, '{"title":"no id"}');
  });
});

Deno.test("what does not fit a field is carried in extra, as a store would give it", async () => {
  const document = {
    format_version: "2.0",
    export_date: DATE,
    memories: [
      {
        id: "a",
        title: 5,
        tags: '["x"]',
        usage_count: "many",
        big: 1,
        context: { languages: "python", additional_metadata: [1], visibility: null },
        extra: { importance: 0.9, context_git_branch: "main", mine: null },
      },
      { id: "b", context: "text", extra: "text" },
      { id: "c", context: {} },
    ],
    relationships: [{
      from_memory_id: "a",
      to_memory_id: "b",
      type: "X",
      properties: { strength: "strong", created_at: 12, odd: true },
      more: [0],
    }],
  };
  const text = JSON.stringify(document).replace('"big":1', '"big":9007199254740993');
  await importText(text, (_file, { memories: [a, b, c], relationships: [r] }) => {
    assert.deepEqual({ ...a!.extra }, {
      title: 5,
      usage_count: "many",
      big: 9007199254740993n,
      context_languages: "python",
      context_additional_metadata: [1],
    });
    assert.deepEqual([a!.tags, a!.importance, a!.context!.gitBranch], [["x"], 0.9, "main"]);
    assert.deepEqual({ ...b!.extra }, { context: "text", extra: "text" });
    assert.equal(c!.context!.visibility, "project");
    assert.deepEqual({ ...r!.extra }, { strength: "strong", created_at: 12, odd: true, more: [0] });
    // The date is not put beside a value that is there but odd.
    assert.deepEqual([r!.createdAt, r!.validFrom], [undefined, DATE]);
  });
});
