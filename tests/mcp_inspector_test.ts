/** The official Inspector, from npm, lists and calls tools. */
import assert from "node:assert/strict";
import { serverCommand } from "./support/mcp.ts";

const INSPECTOR = "npm:@modelcontextprotocol/inspector@2.12.0";
// What it depends on is of a day on which all of it could be had: it is in no lock file.
const OPTIONS = ["-q", "--no-lock", "--no-config", "--min-dep-age=2026-11-24"];

/** Runs the Inspector; undefined where it cannot be had. */
async function inspect(home: string, ...args: string[]) {
  const { command, args: serve } = serverCommand(["serve", "--path", `${home}/memory.db`]);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", ...OPTIONS, INSPECTOR, "--cli", command, ...serve, ...args],
    cwd: home,
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

// Where a run need not have everything, no network is a reason to leave this out.
const isAvailable =
  (await new Deno.Command(Deno.execPath(), { args: ["cache", ...OPTIONS, INSPECTOR] }).output()).success;
const isRequired = Deno.env.get("MEMORYGRAPH_TEST_STRICT") === "1";

Deno.test({
  name: `the Inspector lists and calls tools${isAvailable ? "" : " (it cannot be downloaded)"}`,
  ignore: !isAvailable && !isRequired,
  async fn() {
    const home = await Deno.makeTempDir({ prefix: "memorygraph-inspector-" });
    const { tools } = await inspect(home, "--method", "tools/list");
    assert(tools.some(({ name }: { name: string }) => name === "store_memory"));
    const call = ["--method", "tools/call", "--tool-name"];
    const given = ["type=task", "title=Inspect", "content=it"].flatMap((arg) => ["--tool-arg", arg]);
    const { structuredContent } = await inspect(home, ...call, "store_memory", ...given);
    const found = await inspect(home, ...call, "recall_memories", "--tool-arg", "query=inspecting");
    assert.equal(found.structuredContent.memories[0].id, structuredContent.memory_id);
    await Deno.remove(home, { recursive: true });
  },
});
