import assert from "node:assert/strict";
import { join } from "node:path";
import { inTemporaryFolder } from "../tests/support/files.ts";
import { tryLockFile } from "./file_lock.ts";

/** Whether another process gets the lock. */
async function otherGets(path: string, exclusive: boolean): Promise<boolean> {
  const script = `import { tryLockFile } from ${JSON.stringify(import.meta.resolve("./file_lock.ts"))};
    const lock = tryLockFile(${JSON.stringify(path)}, { exclusive: ${exclusive} });
    console.log(lock === undefined ? "locked" : "free");`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", "--no-check", script],
    stderr: "inherit",
  }).output();
  return { locked: false, free: true }[new TextDecoder().decode(stdout).trim() as "locked" | "free"];
}

Deno.test("tryLockFile() excludes other processes, also after a second try in this one", async () => {
  await inTemporaryFolder(async (folder) => {
    const path = join(folder, "lock");
    {
      using lock = tryLockFile(path, { exclusive: true });
      assert(lock);
      assert.equal(tryLockFile(path, { exclusive: true }), undefined);
      assert.equal(await otherGets(path, true), false);
      assert.equal(await otherGets(path, false), false);
    }
    assert.equal(await otherGets(path, true), true);
    using shared = tryLockFile(path, { exclusive: false });
    assert(shared);
    assert.equal(await otherGets(path, false), true);
    assert.equal(await otherGets(path, true), false);
  });
});

Deno.test("tryLockFile() is not refused because somebody looks whether there is a lock", async () => {
  await inTemporaryFolder(async (folder) => {
    const path = join(folder, "lock");
    tryLockFile(path, { exclusive: true })?.[Symbol.dispose]();
    const script = `import { tryLockFile } from ${JSON.stringify(import.meta.resolve("./file_lock.ts"))};
      const lock = tryLockFile(${JSON.stringify(path)}, { exclusive: false });
      console.log("looking");
      setTimeout(() => lock[Symbol.dispose](), 5);`;
    const args = ["eval", "--quiet", "--no-check", script];
    await using other = new Deno.Command(Deno.execPath(), { args, stdout: "piped" }).spawn();
    const said = other.stdout.getReader();
    await said.read();
    using lock = tryLockFile(path, { exclusive: true });
    assert(lock);
    await said.cancel();
  });
});

Deno.test("tryLockFile() does not wait where it only looks", async () => {
  await inTemporaryFolder(async (folder) => {
    await Promise.resolve();
    const path = join(folder, "lock");
    using _lock = tryLockFile(path, { exclusive: true });
    const start = performance.now();
    assert.equal(tryLockFile(path, { exclusive: false }), undefined);
    assert(performance.now() - start < 3000);
  });
});

Deno.test("tryLockFile() makes no file for a shared lock", async () => {
  await inTemporaryFolder(async (folder) => {
    await Promise.resolve();
    assert.throws(() => tryLockFile(join(folder, "none"), { exclusive: false }), { code: "ENOENT" });
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  });
});
