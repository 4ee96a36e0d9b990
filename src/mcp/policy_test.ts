import assert from "node:assert/strict";
import { join } from "node:path";
import { failsWith } from "../../tests/conformance/suite.ts";
import { sqlite } from "../backends/sqlite/mod.ts";
import { Policy } from "./policy.ts";

Deno.test(
  "a link out of the server's folders leads nowhere, whether there is a file or not (not on windows)",
  {
    ignore: Deno.build.os === "windows",
  },
  async () => {
    const home = await Deno.makeTempDir({ prefix: "memorygraph-test-" });
    try {
      const folder = join(home, ".memorygraph");
      const path = join(home, "elsewhere.db");
      await Deno.mkdir(folder);
      await Deno.symlink(path, join(folder, "link.db"));
      const current = { backend: sqlite, settings: { path: join(folder, "memory.db") } };
      const policy = new Policy({ allowMigrations: true, folders: [], env: { HOME: home }, current });
      const outside = () => policy.confine("link.db", "path");
      await failsWith("PERMISSION_DENIED", () => Promise.resolve().then(outside));
      await Deno.writeTextFile(path, "");
      await failsWith("PERMISSION_DENIED", () => Promise.resolve().then(outside));
      assert.equal(policy.confine("new.db", "path"), join(await Deno.realPath(folder), "new.db"));
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  },
);
