import assert from "node:assert/strict";
import { GraphError } from "../errors.ts";
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
