import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { inTemporaryFolder } from "../../../tests/support/files.ts";
import { asNobody } from "../../../tests/support/nobody.ts";
import { GraphError } from "../../errors.ts";
import { assertWritable, openForReading } from "./database.ts";

// Links, permissions and such names are another matter there.
const IS_WINDOWS = Deno.build.os === "windows";

function makeDatabase(path: string, mode = "DELETE"): void {
  using database = new DatabaseSync(path);
  database.exec(
    `PRAGMA journal_mode = ${mode}; CREATE TABLE numbers (n); INSERT INTO numbers VALUES (1), (2)`,
  );
}

/** Asserts that nobody may do it. */
function isDenied(action: () => unknown, message: RegExp): void {
  assert.throws(
    () => asNobody(action),
    (error) =>
      error instanceof GraphError && error.code === "PERMISSION_DENIED" && message.test(error.message),
  );
}

Deno.test(
  "a file that may not be read is PERMISSION_DENIED and named, in either journal mode (not on windows)",
  { ignore: IS_WINDOWS },
  async () => {
    await inTemporaryFolder(async (folder) => {
      await Deno.chmod(folder, 0o755);
      for (const mode of ["DELETE", "WAL"]) {
        const path = `${folder}/${mode}.db`;
        makeDatabase(path, mode);
        await Deno.chmod(path, 0o000);
        isDenied(() => openForReading(path), new RegExp(`"${path}" cannot be opened`));
      }
    });
  },
);

Deno.test("a file is not writable in a folder where its log cannot be made (not on windows)", {
  ignore: IS_WINDOWS,
}, async () => {
  await inTemporaryFolder(async (folder) => {
    const path = `${folder}/memory.db`;
    makeDatabase(path);
    await Deno.chmod(path, 0o666);
    await Deno.chmod(folder, 0o777);
    asNobody(() => assertWritable(path));
    await Deno.chmod(folder, 0o555);
    isDenied(() => assertWritable(path), /Cannot write/);
    isDenied(() => assertWritable(`${folder}/new/memory.db`), /Cannot write/);
    await Deno.chmod(folder, 0o777);
    isDenied(() => assertWritable(`${path}/new/memory.db`), /memory\.db" is not a folder/);
  });
});

Deno.test("what a broken-off transaction left in a journal is rolled back in a copy", async () => {
  await inTemporaryFolder(async (folder) => {
    const path = `${folder}/live.db`;
    makeDatabase(path);
    const hot = `${folder}/hot.db`;
    {
      using database = new DatabaseSync(path);
      // A cache that is too small makes SQLite write into the file before the end.
      database.exec("PRAGMA cache_size = 1; BEGIN; UPDATE numbers SET n = 0");
      database.exec(
        "WITH RECURSIVE more(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more WHERE n < 50000) " +
          "INSERT INTO numbers SELECT n FROM more",
      );
      for (const suffix of ["", "-journal"]) await Deno.copyFile(path + suffix, hot + suffix);
    }
    const before = ["", "-journal"].map((suffix) => Deno.readFileSync(hot + suffix));
    const file = openForReading(hot);
    assert.deepEqual(file.database.prepare("SELECT n FROM numbers").all().map(({ n }) => n), [1, 2]);
    file.close();
    assert.deepEqual(["", "-journal"].map((suffix) => Deno.readFileSync(hot + suffix)), before);
  });
});
