import assert from "node:assert/strict";
import { basename } from "node:path";
import { gunzipSync } from "node:zlib";
import { inTemporaryFolder } from "../../tests/support/files.ts";
import { GraphError } from "../errors.ts";
import { asWriteError, temporaryNameFor, writeAtomically } from "./atomic_file.ts";

async function* texts(...parts: string[]): AsyncGenerator<string> {
  yield* parts;
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

Deno.test("writeAtomically() writes all text with mode 0600", async () => {
  await inTemporaryFolder(async (folder) => {
    const long = "é🧠".repeat(200_000);
    await writeAtomically(`${folder}/a`, texts("start ", long, " end"));
    assert.equal(await Deno.readTextFile(`${folder}/a`), `start ${long} end`);
    await writeAtomically(`${folder}/b.gz`, texts(long, long), { gzip: true });
    assert.equal(gunzipSync(await Deno.readFile(`${folder}/b.gz`)).toString(), long + long);
    if (Deno.build.os !== "windows") {
      for (const name of ["a", "b.gz"]) assert.equal(Deno.statSync(`${folder}/${name}`).mode! & 0o777, 0o600);
    }
    assert.deepEqual(namesIn(folder), ["a", "b.gz"]);
  });
});

Deno.test("writeAtomically() replaces a file only when asked", async () => {
  await inTemporaryFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a`, "old");
    await assert.rejects(writeAtomically(`${folder}/a`, texts("new")), {
      code: "USAGE",
      message: /exists already \(choose another name, or move it away\)/,
    });
    await assert.rejects(writeAtomically(`${folder}/a`, texts("new"), { overwrite: false }), {
      code: "USAGE",
      message: /exists already \(.*--overwrite\)/,
    });
    assert.equal(await Deno.readTextFile(`${folder}/a`), "old");
    await writeAtomically(`${folder}/a`, texts("new"), { overwrite: true });
    assert.equal(await Deno.readTextFile(`${folder}/a`), "new");
  });
});

Deno.test("writeAtomically() replaces no database, whatever it is called", async () => {
  await inTemporaryFolder(async (folder) => {
    for (const start of ["SQLite format 3\0", "REDIS0012"]) {
      await Deno.writeTextFile(`${folder}/a.json`, start + "x");
      for (const overwrite of [false, true]) {
        await assert.rejects(writeAtomically(`${folder}/a.json`, texts("new"), { overwrite }), {
          code: "USAGE",
          message: /a.json" is not overwritten: it is a \w+ database/,
        });
      }
      assert.equal(await Deno.readTextFile(`${folder}/a.json`), start + "x");
    }
    assert.deepEqual(namesIn(folder), ["a.json"]);
  });
});

Deno.test("writeAtomically() does not replace a file that appears meanwhile", async () => {
  await inTemporaryFolder(async (folder) => {
    async function* slow() {
      yield "mine";
      await Deno.writeTextFile(`${folder}/a`, "theirs");
    }
    await assert.rejects(writeAtomically(`${folder}/a`, slow()), { code: "USAGE" });
    assert.equal(await Deno.readTextFile(`${folder}/a`), "theirs");
    assert.deepEqual(namesIn(folder), ["a"]);
  });
});

Deno.test("writeAtomically() leaves what was there when the text fails", async () => {
  for (const gzip of [false, true]) {
    await inTemporaryFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/a`, "old");
      async function* failing() {
        yield "x".repeat(1_000_000);
        throw new GraphError("RECORD_INVALID", "no");
      }
      const writing = writeAtomically(`${folder}/a`, failing(), { overwrite: true, gzip });
      await assert.rejects(writing, { code: "RECORD_INVALID" });
      assert.equal(await Deno.readTextFile(`${folder}/a`), "old");
      assert.deepEqual(namesIn(folder), ["a"]);
    });
  }
});

Deno.test({
  name: "writeAtomically() replaces the file that a symbolic link names",
  ignore: Deno.build.os === "windows", // links need a privilege there
  async fn() {
    await inTemporaryFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/a`, "old");
      await Deno.symlink(`${folder}/a`, `${folder}/link`);
      await writeAtomically(`${folder}/link`, texts("new"), { overwrite: true });
      assert.ok(Deno.lstatSync(`${folder}/link`).isSymlink);
      assert.equal(await Deno.readTextFile(`${folder}/a`), "new");

      // Also one that leads to a file which is yet to be made.
      await Deno.remove(`${folder}/a`);
      await writeAtomically(`${folder}/link`, texts("first"));
      assert.ok(Deno.lstatSync(`${folder}/link`).isSymlink);
      assert.equal(await Deno.readTextFile(`${folder}/a`), "first");
    });
  },
});

Deno.test({
  name: "writeAtomically() replaces no folder and no pipe",
  ignore: Deno.build.os === "windows",
  async fn() {
    await inTemporaryFolder(async (folder) => {
      await Deno.mkdir(`${folder}/folder`);
      await new Deno.Command("mkfifo", { args: [`${folder}/pipe`] }).output();
      for (const name of ["folder", "pipe"]) {
        const writing = writeAtomically(`${folder}/${name}`, texts("x"), { overwrite: true });
        await assert.rejects(writing, { code: "USAGE", message: /no regular file/ }, name);
      }
      assert.ok(Deno.statSync(`${folder}/pipe`).isFifo);
      assert.deepEqual(namesIn(folder), ["folder", "pipe"]);
    });
  },
});

Deno.test("writeAtomically() names a missing folder and a full disk", async () => {
  await inTemporaryFolder(async (folder) => {
    const writing = writeAtomically(`${folder}/no/a`, texts("x"));
    await assert.rejects(writing, { code: "NOT_FOUND", exitCode: 4, message: /folder does not exist/ });
    await Deno.writeTextFile(`${folder}/file`, "");
    const below = writeAtomically(`${folder}/file/a`, texts("x"));
    await assert.rejects(below, { code: "NOT_FOUND", exitCode: 4 });
    const tooLong = writeAtomically(`${folder}/${"x".repeat(300)}`, texts("x"));
    await assert.rejects(tooLong, { code: "USAGE", message: /name is too long/ });
  });
  // A disk cannot be filled in a test.
  const error = asWriteError(Object.assign(new Error("write"), { code: "ENOSPC" }), "/a") as GraphError;
  assert.deepEqual([error.code, error.message], ["DISK_FULL", 'Cannot write "/a": the disk is full']);
});

Deno.test("writeAtomically() writes to every name that a system allows", async () => {
  await inTemporaryFolder(async (folder) => {
    for (const name of ["記".repeat(85), "🧠".repeat(60), "x".repeat(255)]) {
      await writeAtomically(`${folder}/${name}`, texts("x"));
      assert.equal(await Deno.readTextFile(`${folder}/${name}`), "x");
    }
  });
});

Deno.test("writeAtomically() removes what killed processes left long ago under its temporary names", async () => {
  await inTemporaryFolder(async (folder) => {
    const [old, recent] = [temporaryNameFor(`${folder}/a`), temporaryNameFor(`${folder}/a`)];
    const others = [temporaryNameFor(`${folder}/b`), `${folder}/.a.notes.tmp`];
    for (const path of [old, recent, ...others]) await Deno.writeTextFile(path, "");
    for (const path of [old, ...others]) await Deno.utime(path, 0, 0);
    await writeAtomically(`${folder}/a`, texts("x"));
    assert.deepEqual(namesIn(folder), ["a", ...[recent, ...others].map((path) => basename(path))].sort());
  });
});
