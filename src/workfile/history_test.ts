import assert from "node:assert/strict";
import { inTemporaryFolder } from "../../tests/support/files.ts";
import { type HistoryEntry, StateFiles } from "./history.ts";

function entryOf(id: string): HistoryEntry {
  const place = { backend: "sqlite", display: "a.db", identity: "sqlite:a.db" };
  const time = "2026-01-02T03:04:05.678Z";
  return {
    id,
    startedAt: time,
    endedAt: time,
    source: place,
    target: place,
    outcome: "done",
    undoable: false,
  };
}

Deno.test("a summary that cannot be read is left out and named, and the others are there", async () => {
  await inTemporaryFolder(async (folder) => {
    const files = new StateFiles(folder);
    for (const id of ["2026-a", "2026-b", "2026-c"]) files.saveSummary(entryOf(id));
    await Deno.writeTextFile(`${folder}/history/2026-b.json`, "");
    await Deno.writeTextFile(`${folder}/history/2026-d.json`, "[1]");
    const idsOf = (entries: Iterable<HistoryEntry>) => [...entries].map(({ id }) => id);
    assert.deepEqual(idsOf(files.summaries()), ["2026-a", "2026-c"]);
    assert.deepEqual(idsOf(files.newestSummaries()), ["2026-c", "2026-a"]);
    assert.deepEqual([files.summary("2026-a")?.id, files.summary("2026-b")], ["2026-a", undefined]);
    assert.deepEqual(files.brokenSummaries().map((path) => path.slice(-11)), ["2026-b.json", "2026-d.json"]);
  });
});

Deno.test("an id is never taken for a path", async () => {
  await inTemporaryFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/x.json`, JSON.stringify(entryOf("../x")));
    assert.equal(new StateFiles(folder).summary("../x"), undefined);
  });
});

Deno.test("a reject file goes with the last that knows its migration", async () => {
  await inTemporaryFolder(async (folder) => {
    const files = new StateFiles(folder);
    files.saveSummary(entryOf("2026-a"));
    await Deno.mkdir(`${folder}/rejects`);
    await Deno.writeTextFile(files.newWorkFile("2026-b"), "");
    for (const id of ["2026-a", "2026-b", "2026-c"]) await Deno.writeTextFile(files.rejectFile(id), "");
    files.removeRemains();
    const names = [...Deno.readDirSync(`${folder}/rejects`)].map(({ name }) => name).sort();
    assert.deepEqual(names, ["2026-a.jsonl", "2026-b.jsonl"]);
  });
});

Deno.test("a folder that cannot be read is not taken for an empty one", async () => {
  await inTemporaryFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/history`, "");
    const reading = () => new StateFiles(folder).summaries();
    assert.throws(reading, { code: "PERMISSION_DENIED", message: /MEMORYGRAPH_STATE_DIR/ });
    await Deno.writeTextFile(`${folder}/file`, "");
    assert.throws(() => new StateFiles(`${folder}/file`).workFiles(), { code: "PERMISSION_DENIED" });
  });
});
