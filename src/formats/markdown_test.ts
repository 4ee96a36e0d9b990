import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { context, memory, relationship } from "../../tests/fixtures/graph.ts";
import { arbitraryGraph, arbitraryId, arbitraryText } from "../../tests/support/arbitraries.ts";
import { factsOf, inTemporaryFolder, streamOf } from "../../tests/support/files.ts";
import type { Graph } from "../../tests/support/graph.ts";
import { FILE_NAME, fileNameOf } from "./file_name.ts";
import { exportMarkdown } from "./markdown_export.ts";

const GRAPH: Graph = {
  memories: [
    memory("a", {
      title: "Fix: [the] *bug*\n",
      content: "---\n# Heading\n",
      summary: "short",
      tags: ["x", "yes"],
      context: context({ projectPath: "/p", additionalMetadata: '{"k": [1]}' }),
    }),
    memory("../b", { title: "" }),
  ],
  relationships: [
    relationship("r", ["a", "../b"], { type: "SOLVES", context: "be\ncause", validUntil: "2026-01-01" }),
    relationship("s", ["a", "a"], { type: "SIMILAR_TO" }),
  ],
};

async function exportTo(folder: string, graph: Graph, overwrite = false): Promise<void> {
  await exportMarkdown(folder, streamOf(graph), { facts: factsOf(graph), overwrite });
}

function frontMatterOf(text: string): Record<string, unknown> {
  const [, yaml] = /^---\n(.*?\n)---\n/s.exec(text)!;
  return parse(yaml!);
}

Deno.test("a Markdown file holds every field, the content, and both directions of relationships", async () => {
  await inTemporaryFolder(async (folder) => {
    await exportTo(`${folder}/out`, GRAPH);
    const [a, b] = [fileNameOf("a", "Fix: [the] *bug*\n"), fileNameOf("../b", "")];
    assert.deepEqual([...Deno.readDirSync(`${folder}/out`)].map(({ name }) => name).sort(), [a, b].sort());
    assert.match(a, /^fix-the-bug-[0-9a-f]{16}\.md$/);
    assert.match(b, /^memory-[0-9a-f]{16}\.md$/);
    const text = await Deno.readTextFile(`${folder}/out/${a}`);
    const { title, tags, context } = frontMatterOf(text) as Record<string, Record<string, unknown>>;
    assert.deepEqual([title, tags, context!.project_path], ["Fix: [the] *bug*\n", ["x", "yes"], "/p"]);
    assert.deepEqual(context!.additional_metadata, { k: [1] });
    const body = text.slice(text.indexOf("\n---\n") + 5);
    assert.equal(
      body,
      `
# Fix: \\[the\\] \\*bug\\*

> short

---
# Heading


## Relationships

- **SOLVES** → [Untitled](${b}) (strength 0.5, confidence 0.8, valid until 2026-01-01): be cause
- **SIMILAR\\_TO** → [Fix: \\[the\\] \\*bug\\*](${a}) (strength 0.5, confidence 0.8)
- ← **SIMILAR\\_TO** [Fix: \\[the\\] \\*bug\\*](${a}) (strength 0.5, confidence 0.8)
`,
    );
    assert.match(
      await Deno.readTextFile(`${folder}/out/${b}`),
      new RegExp(`← \\*\\*SOLVES\\*\\* \\[.*\\]\\(${a}\\)`),
    );
    if (Deno.build.os !== "windows") {
      assert.equal(Deno.statSync(`${folder}/out`).mode! & 0o777, 0o700);
      assert.equal(Deno.statSync(`${folder}/out/${a}`).mode! & 0o777, 0o600);
    }
  });
});

Deno.test("any graph becomes files with front matter that tells each memory's id", async () => {
  await inTemporaryFolder(async (folder) => {
    await fc.assert(
      fc.asyncProperty(arbitraryGraph({ nonFinite: false }), async (graph) => {
        await exportTo(`${folder}/out`, graph, true);
        const names = [...Deno.readDirSync(`${folder}/out`)].map(({ name }) => name);
        const ids = names.map((name) => frontMatterOf(Deno.readTextFileSync(`${folder}/out/${name}`)).id);
        assert.deepEqual(ids.sort(), graph.memories.map(({ id }) => id).sort());
        assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["out"]);
      }),
      { numRuns: 200 },
    );
  });
});

Deno.test("a file name is safe on every system and tells two memories apart", () => {
  const titles = [
    "../../etc/passwd",
    "CON",
    "nul.txt",
    "a\0b",
    "x".repeat(300),
    "🧠".repeat(300),
    "日本語",
    "",
    ".",
    "a:b",
  ];
  for (const title of titles) assert.match(fileNameOf("id", title), FILE_NAME);
  const text = arbitraryText();
  fc.assert(
    fc.property(arbitraryId(), arbitraryId(), text, (id, otherId, title) => {
      const name = fileNameOf(id, title);
      assert.match(name, FILE_NAME);
      assert.ok(new TextEncoder().encode(name).length <= 200);
      assert.ok(!/^(con|prn|aux|nul|com\d|lpt\d)\./i.test(name));
      assert.equal(fileNameOf(id, title), name);
      const other = fileNameOf(otherId, title.toUpperCase());
      assert.equal(name.toLowerCase() === other.toLowerCase(), id === otherId && name === other);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("a folder is replaced only when asked, and when nothing but an export is in it", async () => {
  await inTemporaryFolder(async (folder) => {
    const out = `${folder}/out`;
    await Deno.mkdir(out);
    await exportTo(out, GRAPH);
    const names = [...Deno.readDirSync(out)].map(({ name }) => name).sort();
    await assert.rejects(exportTo(out, GRAPH), { code: "USAGE", message: /not empty .*--overwrite/ });
    await exportTo(`${out}/`, { memories: [GRAPH.memories[0]!], relationships: [] }, true);
    assert.equal([...Deno.readDirSync(out)].length, 1);
    await Deno.writeTextFile(`${out}/thesis.md`, "mine");
    await assert.rejects(exportTo(out, GRAPH, true), { code: "USAGE", message: /"thesis\.md"/ });
    assert.equal(await Deno.readTextFile(`${out}/thesis.md`), "mine");
    await Deno.writeTextFile(`${folder}/file`, "mine");
    await assert.rejects(exportTo(`${folder}/file`, GRAPH, true), { code: "USAGE" });
    assert.equal(names.length, 2);
  });
});

Deno.test("a failed export leaves no folder", async () => {
  await inTemporaryFolder(async (folder) => {
    const facts = { ...factsOf(GRAPH), memories: 3 };
    const failing = exportMarkdown(`${folder}/out`, streamOf(GRAPH), { facts });
    await assert.rejects(failing, { code: "SOURCE_CHANGED", message: /3 memories.* 2 and 2 came/ });
    assert.deepEqual([...Deno.readDirSync(folder)], []);
    await assert.rejects(exportTo(`${folder}/no/out`, GRAPH), { code: "NOT_FOUND" });
  });
});

Deno.test({
  name: "the folder that a symbolic link names is filled, and the link stays",
  ignore: Deno.build.os === "windows", // links need a privilege there
  async fn() {
    await inTemporaryFolder(async (folder) => {
      await Deno.mkdir(`${folder}/real`);
      await Deno.symlink(`${folder}/real`, `${folder}/link`);
      await exportTo(`${folder}/link`, GRAPH);
      assert.ok(Deno.lstatSync(`${folder}/link`).isSymlink);
      assert.equal([...Deno.readDirSync(`${folder}/real`)].length, 2);
    });
  },
});
