import assert from "node:assert/strict";
import { join } from "node:path";
import { ensureStateDirectory, expandHome, stateDirectory } from "./state.ts";

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

Deno.test("the state directory is created for the user alone", async () => {
  const parent = await Deno.makeTempDir();
  try {
    const env = { MEMORYGRAPH_STATE_DIR: join(parent, "a", "b") };
    assert.equal(await ensureStateDirectory(env), env.MEMORYGRAPH_STATE_DIR);
    await ensureStateDirectory(env);
    const { mode } = await Deno.stat(env.MEMORYGRAPH_STATE_DIR);
    if (Deno.build.os !== "windows") assert.equal(mode! & 0o777, 0o700);
    await Deno.writeTextFile(join(parent, "file"), "");
    const blocked = { MEMORYGRAPH_STATE_DIR: join(parent, "file", "x") };
    await assert.rejects(() => ensureStateDirectory(blocked), { code: "PERMISSION_DENIED" });
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
});
