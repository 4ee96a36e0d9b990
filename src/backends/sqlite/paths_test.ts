import assert from "node:assert/strict";
import { join } from "node:path";
import { inTemporaryFolder } from "../../../tests/support/files.ts";
import { realPathOf } from "../../paths.ts";
import { identityOf } from "./identity.ts";

// Links, permissions and such names are another matter there.
const IS_WINDOWS = Deno.build.os === "windows";

Deno.test("a path has one identity, before its folders and its file are made and after (not on windows)", {
  ignore: IS_WINDOWS,
}, async () => {
  await inTemporaryFolder(async (given) => {
    const folder = await Deno.realPath(given);
    await Deno.mkdir(`${folder}/real`);
    await Deno.symlink("real", `${folder}/link`);
    await Deno.symlink("link/sub/memory.db", `${folder}/to-nothing`);
    const paths = ["real/sub/memory.db", "link/sub/memory.db", "to-nothing"].map((path) =>
      join(folder, path)
    );
    const identities = () => paths.map(identityOf);
    const expected = paths.map(() => `sqlite:${folder}/real/sub/memory.db`);
    assert.deepEqual(identities(), expected);
    await Deno.mkdir(`${folder}/real/sub`);
    assert.deepEqual(identities(), expected);
    await Deno.writeTextFile(`${folder}/real/sub/memory.db`, "");
    assert.deepEqual(identities(), expected);
  });
});

Deno.test("links that lead to one another have an end, and a real path is absolute (not on windows)", {
  ignore: IS_WINDOWS,
}, async () => {
  await inTemporaryFolder(async (folder) => {
    await Deno.symlink("b", `${folder}/a`);
    await Deno.symlink("a", `${folder}/b`);
    assert(realPathOf(`${folder}/a`).startsWith("/"));
    assert.equal(realPathOf(":memory:"), join(Deno.cwd(), ":memory:"));
  });
});
