import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import {
  assertClaimedDigest,
  factsOf,
  inTemporaryFolder,
  readFile,
  streamOf,
} from "../../tests/support/files.ts";
import { digestOfGraph, type Graph } from "../../tests/support/graph.ts";
import { context, memory, relationship } from "../../tests/fixtures/graph.ts";
import { GraphError } from "../errors.ts";
import { EXPORTERS } from "./mod.ts";
import { openImport } from "./open_import.ts";

const GRAPH: Graph = {
  memories: [
    memory("a", { context: context({ projectPath: "/p" }), content: "line\nbreak \u00e9 🧠" }),
    memory("b", { extra: { "of a user": [1, { x: null }] } }),
  ],
  relationships: [relationship("r", ["a", "b"]), relationship("s", ["b", "b"], { context: "why" })],
};

class RecordsRejected extends Error {}

/** Reads a file to its end and checks all that it claims, as an import does. */
async function importWhole(path: string): Promise<string> {
  const file = await openImport(path);
  const graph = await readFile(file);
  if (graph.rejects.length > 0) throw new RecordsRejected(graph.rejects[0]!.reason);
  const digest = digestOfGraph(graph);
  assertClaimedDigest(file, digest);
  return digest;
}

async function assertInvalid(bytes: Uint8Array | string, message?: RegExp): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    const path = `${folder}/file`;
    await Deno.writeFile(path, typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes);
    await assert.rejects(importWhole(path), (error: Error) => {
      assert.ok(error instanceof GraphError, `${error}`);
      assert.equal(error.code, "FILE_INVALID", error.message);
      assert.equal(error.exitCode, 5);
      assert.ok(error.message.length < 1000);
      if (message) assert.match(error.message, message);
      return true;
    });
  });
}

async function exported(format: "json" | "jsonl", gzip = false): Promise<Uint8Array<ArrayBuffer>> {
  let bytes = new Uint8Array(0);
  await inTemporaryFolder(async (folder) => {
    await EXPORTERS[format](`${folder}/file`, streamOf(GRAPH), { facts: factsOf(GRAPH), gzip });
    bytes = await Deno.readFile(`${folder}/file`);
  });
  return bytes;
}

Deno.test("an archive with any byte flipped, or cut off anywhere, is refused", async () => {
  const bytes = await exported("jsonl");
  for (let index = 0; index < bytes.length; index++) {
    const flipped = bytes.slice();
    flipped[index]! ^= 1 << (index % 8);
    await assertInvalid(flipped);
    if (index % 7 === 0) await assertInvalid(bytes.subarray(0, index));
  }
});

Deno.test("a compressed archive with a flipped byte gives an error or the same graph", async () => {
  const bytes = await exported("jsonl", true);
  let same = 0;
  for (let index = 2; index < bytes.length; index++) {
    const flipped = bytes.slice();
    flipped[index]! ^= 1 << (index % 8);
    await inTemporaryFolder(async (folder) => {
      await Deno.writeFile(`${folder}/file`, flipped);
      try {
        assert.equal(await importWhole(`${folder}/file`), digestOfGraph(GRAPH));
        same++;
      } catch (error) {
        assert.equal((error as GraphError).code, "FILE_INVALID", `${error}`);
      }
    });
    if (index % 7 === 0) await assertInvalid(bytes.subarray(0, index));
  }
  // Time, system and the like in gzip's own header, which has no checksum.
  assert.ok(same <= 8, `${same} flips had no effect`);
});

Deno.test("our JSON with any byte flipped gives an error or the same graph", async () => {
  const bytes = await exported("json");
  for (let index = 0; index < bytes.length; index++) {
    const flipped = bytes.slice();
    flipped[index]! ^= 1 << (index % 8);
    await inTemporaryFolder(async (folder) => {
      await Deno.writeFile(`${folder}/file`, flipped);
      try {
        assert.equal(await importWhole(`${folder}/file`), digestOfGraph(GRAPH), `byte ${index}`);
      } catch (error) {
        const isRejected = error instanceof RecordsRejected;
        assert.ok(isRejected || (error as GraphError).code === "FILE_INVALID", `${error}`);
      }
    });
    if (index % 7 === 0) await assertInvalid(bytes.subarray(0, index));
  }
});

Deno.test("something after the end is refused", async () => {
  for (const format of ["json", "jsonl"] as const) {
    const bytes = await exported(format);
    await assertInvalid(
      new Uint8Array([...bytes, ...new TextEncoder().encode("{}")]),
      /after the (end|trailer)/,
    );
    await assertInvalid(new Uint8Array([...bytes, 0]));
    const zipped = await exported(format, true);
    await assertInvalid(new Uint8Array([...zipped, 1, 2, 3]));
    await assertInvalid(new Uint8Array([...zipped, ...zipped]), /after the (end|trailer)/);
  }
});

const START = '{"format_version":"2.0","export_date":"2026-01-01T00:00:00+00:00",';
const NO_RELATIONSHIPS = '"relationships":[]}';

Deno.test("what is no memory graph export is refused in a way that says so", async () => {
  await assertInvalid("", /is empty/);
  await assertInvalid(" \n ", /is empty/);
  await assertInvalid("PK\u0003\u0004", /not a memory graph export/);
  await assertInvalid("id,title\n1,x\n", /not a memory graph export/);
  await assertInvalid("[]", /not a memory graph export/);
  await assertInvalid("{}", /no "memories"/);
  await assertInvalid('{"memories":[],"relationships":[]}', /no format_version/);
  await assertInvalid(`{"format_version":"3.0","memories":[],${NO_RELATIONSHIPS}`, /"3\.0".*1\.0 and 2\.0/);
  await assertInvalid(`${START}"memories":[]}`, /no "relationships"/);
  await assertInvalid(`${START}"memories":{},${NO_RELATIONSHIPS}`, /expected "\[" to start the memories/);
  await assertInvalid(`${START}"memories":[],"memories":[],${NO_RELATIONSHIPS}`, /"memories" twice/);
  await assertInvalid(`${START}"memory_count":2,"memories":[],${NO_RELATIONSHIPS}`, /2 memories, and has 0/);
  await assertInvalid('{"kind":"header","format":"other","version":1}\n', /line 1/);
  await assertInvalid('{"kind":"header","format":"memorygraph-archive","version":2}\n', /version 2.*update/);
  const header = '{"kind":"header","format":"memorygraph-archive","version":';
  await assertInvalid(`${header}123456789012345678901234567890}\n`, /version 123456789012345678901234567890/);
  await assertInvalid(`${header}NaN}\n`, /version NaN/);
  await assertInvalid('{"kind":"header","format":"memorygraph-archive","version":1}\n', /cut off.*trailer/);
});

Deno.test("damage in JSON is placed by byte and record", async () => {
  const record = '{"id":"a","type":"general","title":"t","content":"c"}';
  await assertInvalid(`${START}"memories":[${record},${record.slice(0, 20)}`, /within memory 2/);
  await assertInvalid(
    `${START}"memories":[${record} ${record}],${NO_RELATIONSHIPS}`,
    /after memory 1, found "\{"/,
  );
  await assertInvalid(`${START}"memories":[${record},],${NO_RELATIONSHIPS}`, /memory 2 is not valid JSON/);
  await assertInvalid(
    `${START}"memories":[{"id":}],${NO_RELATIONSHIPS}`,
    /byte 78: memory 1 is not valid JSON/,
  );
  await assertInvalid(`${START}"memories":[{"id":[}}],${NO_RELATIONSHIPS}`, /memory 1 is not valid JSON/);
  const invalidUtf8 = new Uint8Array([
    ...new TextEncoder().encode(`${START}"memories":[{"id":"`),
    0xff,
    0x22,
    0x7d,
  ]);
  await assertInvalid(invalidUtf8, /memory 1 is not UTF-8/);
});

Deno.test("a compressed file that is not what it seems is refused", async () => {
  await assertInvalid(gzipSync("not an export"), /not a memory graph export/);
  await assertInvalid(new Uint8Array([0x1f, 0x8b]), /damaged or cut off/);
});

Deno.test("a database is refused with the way to read it", async () => {
  await assertInvalid("SQLite format 3\0", /is no export but a database .*migrate --from sqlite/);
  await assertInvalid("REDIS0012", /migrate --from falkordblite/);
});

Deno.test("a missing file is named, and a folder is refused", async () => {
  await assert.rejects(openImport("/no/such/file.json"), {
    code: "NOT_FOUND",
    message: /"\/no\/such\/file\.json"/,
  });
  await assert.rejects(openImport("-"), { code: "NOT_FOUND", message: /stdin is not read/ });
  await assert.rejects(openImport("/"), { code: "FILE_INVALID", message: /is a folder/ });
  await inTemporaryFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    await assert.rejects(openImport(`${folder}/file/x.json`), { code: "NOT_FOUND", exitCode: 3 });
    if (Deno.build.os === "windows") return;
    await new Deno.Command("mkfifo", { args: [`${folder}/pipe`] }).output();
    await assert.rejects(openImport(`${folder}/pipe`), {
      code: "FILE_INVALID",
      message: /is a pipe.*give a file/,
    });
  });
});
