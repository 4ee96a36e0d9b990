import assert from "node:assert/strict";
import { join } from "node:path";
import { expandHome, makeStateFolder, stateDirectory } from "./state.ts";

Deno.test("the state directory: own variable, XDG, home", () => {
  const HOME = "/home/ann";
  assert.equal(stateDirectory({ HOME }), join(HOME, ".memorygraph", "state"));
  assert.equal(stateDirectory({ HOME, XDG_STATE_HOME: "/xdg" }), join("/xdg", "memorygraph"));
  assert.equal(stateDirectory({ HOME, XDG_STATE_HOME: "rel" }), join(HOME, ".memorygraph", "state"));
  assert.equal(
    stateDirectory({ HOME, XDG_STATE_HOME: "/xdg", MEMORYGRAPH_STATE_DIR: "~/s" }),
    join(HOME, "s"),
  );
});

Deno.test("only a leading ~ of its own is the home directory", () => {
  const env = { HOME: "/home/ann" };
  assert.equal(expandHome("~", env), join(env.HOME));
  assert.equal(expandHome("~/a", env), join(env.HOME, "a"));
  for (const path of ["~bob/a", "a/~", "/a"]) assert.equal(expandHome(path, env), path);
});

Deno.test("a folder of the state directory is made for the user alone", async () => {
  const parent = await Deno.makeTempDir();
  try {
    const folder = join(parent, "a", "b");
    makeStateFolder(folder);
    makeStateFolder(folder);
    if (Deno.build.os !== "windows") assert.equal(Deno.statSync(folder).mode! & 0o777, 0o700);
    await Deno.writeTextFile(join(parent, "file"), "");
    for (const blocked of ["file", join("file", "x")]) {
      assert.throws(() => makeStateFolder(join(parent, blocked)), {
        code: "PERMISSION_DENIED",
        message: /MEMORYGRAPH_STATE_DIR/,
      });
    }
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
});
