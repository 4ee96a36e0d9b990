/** Ctrl-C and SIGTERM, sent to a real process during its import. */
import assert from "node:assert/strict";
import { sqlite } from "../../src/backends/sqlite/mod.ts";
import { digestOfGraph, readGraph } from "../support/graph.ts";
import { programCommand, runUntil } from "./child.ts";

const path = new URL("../fixtures/upstream/python/up_250.db", import.meta.url).pathname;
const isWindows = Deno.build.os === "windows";

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(
    `${signal} stops at a batch boundary; --resume alone finishes`,
    { ignore: isWindows },
    async () => {
      await inFolder(async (folder, env) => {
        const args = migrateArgs(folder);
        const stopped = await runUntil(args, { env, signal, moments: [{ line: "Import: started" }] });
        assert.equal(stopped.code, 130, stopped.stderr);
        const [, id] = /memorygraph migrate --resume (\S+)`, or undo with `memorygraph rollback \1`/
          .exec(stopped.stderr) ?? [];
        assert(id, stopped.stderr);
        assert.notEqual(await digest(`${folder}/copy.db`), await digest(path));
        // From another folder, and with nothing but the state directory to go by.
        const resumed = await run(["migrate", "--resume", "--json"], { env, cwd: "/" });
        assert.equal(resumed.code, 0, resumed.stderr);
        const result = JSON.parse(resumed.stdout);
        assert.deepEqual([result.id, result.verification.checked], [id, 750]);
        assert.equal(await digest(`${folder}/copy.db`), await digest(path));
        const again = await run(["migrate", "--resume", id], { env });
        assert.match(again.stderr, /no unfinished migration/);
      });
    },
  );
}

Deno.test(
  "a second Ctrl-C does not wait for the batch; rollback undoes it",
  { ignore: isWindows },
  async () => {
    await inFolder(async (folder, env) => {
      const moments = [{ line: "Import: started" }, { line: "Stopping at the next batch" }];
      const { code, stderr } = await runUntil(migrateArgs(folder), { env, signal: "SIGINT", moments });
      assert.equal(code, 130, stderr);
      const [{ name: file }] = [...Deno.readDirSync(`${folder}/state/migrations`)] as [Deno.DirEntry];
      const undone = await run(["rollback", file.replace(/\.db.*/, "")], { env });
      assert.equal(undone.code, 0, undone.stderr);
      assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["state"]);
    });
  },
);

function migrateArgs(folder: string): string[] {
  const ends = ["--from-path", path, "--to", "sqlite", "--to-path", `${folder}/copy.db`];
  return ["migrate", ...ends, "--batch-size", "5"];
}

async function run(args: readonly string[], options: Deno.CommandOptions) {
  const { code, stdout, stderr } = await programCommand(args, options).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

async function digest(file: string): Promise<string> {
  await using store = await sqlite.open({ path: file }, { mode: "read" });
  return digestOfGraph(await readGraph(store));
}

async function inFolder(body: (folder: string, env: Record<string, string>) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "memorygraph-interrupt-" });
  try {
    await body(folder, { MEMORYGRAPH_STATE_DIR: `${folder}/state` });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
