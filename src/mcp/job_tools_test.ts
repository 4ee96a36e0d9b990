import assert from "node:assert/strict";
import { inTemporaryFolder } from "../../tests/support/files.ts";
import { GraphError } from "../errors.ts";
import { StateFiles } from "../workfile/history.ts";
import { acquireLock } from "../workfile/lock.ts";
import { WorkFile } from "../workfile/workfile.ts";
import { Jobs } from "./jobs.ts";
import { cancelMigration, migrationStatus } from "./job_tools.ts";
import type { ToolContext } from "./tool.ts";

Deno.test("a migration that is cancelled before it writes says that nothing was written", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const jobs = new Jobs();
    const context = { jobs, env: { MEMORYGRAPH_STATE_DIR: folder } } as unknown as ToolContext;
    const jobId = "20260314-150926-53ad";
    jobs.start(jobId, async ({ signal }) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      signal.addEventListener("abort", () => resolve());
      await promise;
      throw new GraphError("INTERRUPTED", "Interrupted");
    });
    const answer = await cancelMigration.run({ jobId }, context);
    assert.equal(answer.state, "interrupted");
    assert.match(answer.note as string, /^Nothing was written/);
    const { jobs: [job] } = await migrationStatus.run({ jobId }, context) as { jobs: { note?: string }[] };
    assert.equal(job?.note, answer.note);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a migration that another process runs is running, and can be undone only once it broke off", async () => {
  await inTemporaryFolder(async (folder) => {
    const id = "20260314-150926-53ad";
    const files = new StateFiles(folder);
    const location = { backend: "sqlite", display: "a.db", identity: "sqlite:a.db" };
    using workFile = WorkFile.create(files.newWorkFile(id));
    workFile.set("facts", { id, startedAt: "2026-03-14T15:09:26Z", source: location, target: location });
    const context = { jobs: new Jobs(), env: { MEMORYGRAPH_STATE_DIR: folder } } as unknown as ToolContext;
    const seen = async () => {
      const { jobs: [job] } = await migrationStatus.run({ jobId: id }, context) as {
        jobs: { state: string; undoable: boolean; note?: string }[];
      };
      return [job?.state, job?.undoable, job?.note?.slice(0, 19)];
    };
    {
      using _lock = acquireLock(files.locks, location.identity, id);
      assert.deepEqual(await seen(), ["running", false, undefined]);
      workFile.enter("import");
      assert.deepEqual(await seen(), ["running", false, undefined]);
    }
    assert.deepEqual(await seen(), ["unfinished", true, undefined]);
  });
});
