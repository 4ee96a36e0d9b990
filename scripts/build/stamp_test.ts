import assert from "node:assert/strict";
import { hashInputs } from "./stamp.ts";

async function makeProject(): Promise<string> {
  const root = await Deno.makeTempDir({ prefix: "memorygraph-stamp-" });
  await Deno.mkdir(`${root}/src/model`, { recursive: true });
  await Deno.mkdir(`${root}/scripts/build`, { recursive: true });
  for (
    const name of ["deno.json", "deno.lock", "main.ts", "src/a.ts", "src/model/b.ts", "scripts/build/c.ts"]
  ) {
    await Deno.writeTextFile(`${root}/${name}`, name);
  }
  return root;
}

Deno.test("hashInputs() changes with a file's content or name, and not with tests", async () => {
  const root = await makeProject();
  try {
    const before = await hashInputs(root);
    await Deno.writeTextFile(`${root}/src/model/b_test.ts`, "test");
    assert.equal(await hashInputs(root), before);
    await Deno.writeTextFile(`${root}/src/model/b.ts`, "changed");
    const changed = await hashInputs(root);
    assert.notEqual(changed, before);
    await Deno.rename(`${root}/src/model/b.ts`, `${root}/src/model/z.ts`);
    assert.notEqual(await hashInputs(root), changed);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
