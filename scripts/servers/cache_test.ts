import assert from "node:assert/strict";
import { installOnce } from "./cache.ts";
import { runCommand, Unavailable } from "./command.ts";

/** Runs with a cache folder of its own. */
async function withCache(fn: (folder: string) => Promise<void>): Promise<void> {
  const before = Deno.env.get("MEMORYGRAPH_TEST_CACHE");
  const folder = await Deno.makeTempDir();
  Deno.env.set("MEMORYGRAPH_TEST_CACHE", folder);
  try {
    await fn(folder);
  } finally {
    if (before === undefined) Deno.env.delete("MEMORYGRAPH_TEST_CACHE");
    else Deno.env.set("MEMORYGRAPH_TEST_CACHE", before);
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("installOnce() fills a folder once, whatever an earlier install left", async () => {
  await withCache(async (cache) => {
    await Deno.mkdir(`${cache}/thing.partial`);
    await Deno.writeTextFile(`${cache}/thing.partial/broken`, "");
    let fills = 0;
    const install = () =>
      installOnce("thing", async (folder) => {
        fills++;
        await Deno.writeTextFile(`${folder}/file`, "whole");
      });
    const folders = await Promise.all([install(), install()]);
    assert.deepEqual([...folders, await install()], new Array(3).fill(`${cache}/thing`));
    assert.equal(fills, 1);
    assert.deepEqual(Array.from(Deno.readDirSync(`${cache}/thing`), ({ name }) => name), ["file"]);
  });
});

Deno.test("installOnce() says why a command failed, leaves nothing, and tries again", async () => {
  await withCache(async (cache) => {
    const fail = async () =>
      void await runCommand(Deno.execPath(), ["eval", "console.error('no network'); Deno.exit(3)"]);
    await assert.rejects(installOnce("thing", fail), (error: Error) => {
      assert.ok(error instanceof Unavailable);
      assert.match(error.message, /^cannot install thing: .* ended with code 3: no network$/);
      return true;
    });
    assert.deepEqual(Array.from(Deno.readDirSync(cache), ({ name }) => name), ["thing.lock"]);
    assert.equal(await installOnce("thing", () => Promise.resolve()), `${cache}/thing`);
  });
});

Deno.test("installOnce() in two programs fills the folder once", async () => {
  await withCache(async (cache) => {
    const program = `
      const { installOnce } = await import(${JSON.stringify(import.meta.resolve("./cache.ts"))});
      await installOnce("thing", async (folder) => {
        console.log("filled");
        await new Promise((resolve) => setTimeout(resolve, 300));
        await Deno.writeTextFile(folder + "/file", "whole");
      });
      console.log(Deno.readTextFileSync(${JSON.stringify(cache)} + "/thing/file"));
    `;
    const run = () => runCommand(Deno.execPath(), ["eval", "--no-lock", program]);
    const outputs = await Promise.all([run(), run(), run()]);
    const printed = outputs.map(({ stdout }) => stdout.trim()).sort();
    assert.deepEqual(printed, ["filled\nwhole", "whole", "whole"]);
  });
});

Deno.test("runCommand() says that a command is not installed", async () => {
  await assert.rejects(runCommand("memorygraph-no-such-command", []), /^Unavailable: .*command not found$/);
});
