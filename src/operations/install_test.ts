import assert from "node:assert/strict";
import { cli } from "../../tests/support/cli.ts";
import { AGENT_CLIENTS } from "./agent_clients.ts";

for (const [client, { file }] of Object.entries(AGENT_CLIENTS)) {
  Deno.test(`install ${client} writes into what is there, keeps a backup, and changes nothing again`, async () => {
    const home = await Deno.makeTempDir({ prefix: "memorygraph-install-" });
    const env = { HOME: home, XDG_CONFIG_HOME: `${home}/.config`, APPDATA: `${home}/AppData` };
    const install = async (...args: string[]) => {
      const { code, stdout } = await cli(["install", client, "--json", ...args], { env });
      assert.equal(code, 0, stdout);
      return JSON.parse(stdout);
    };
    const path = file(env);
    const shown = await install("--backend", "sqlite", "--path", "/data/m.db", "--profile", "full");
    assert.deepEqual([shown.file, shown.written], [path, false]);
    assert.deepEqual(shown.args.slice(-7), [
      "serve",
      "--backend",
      "sqlite",
      "--path",
      "/data/m.db",
      "--profile",
      "full",
    ]);
    await assert.rejects(Deno.stat(path));

    await install("--write", "--read-only");
    assert.match(await Deno.readTextFile(path), /--read-only/);
    const theirs = path.endsWith(".toml")
      ? '# mine\nmodel = "x"\n\n[mcp_servers.other]\ncommand = "other"\n\n[mcp_servers.memorygraph]\ncommand = "old"\n\n[mcp_servers.memorygraph.env]\nA = "b"\n\n[last]\nz = 1\n'
      : JSON.stringify({
        theme: "dark",
        mcpServers: { other: { command: "o" } },
        servers: { other: { command: "o" } },
      });
    await Deno.writeTextFile(path, theirs);
    const written = await install("--write");
    assert.equal(written.written, true);
    assert.equal(await Deno.readTextFile(written.backup), theirs);
    const text = await Deno.readTextFile(path);
    for (
      const kept of path.endsWith(".toml") ? ["# mine", "[mcp_servers.other]", "[last]"] : ["dark", "other"]
    ) {
      assert(text.includes(kept), kept);
    }
    assert.equal(
      text.split(path.endsWith(".toml") ? "[mcp_servers.memorygraph]" : '"memorygraph": {').length,
      2,
    );
    assert.doesNotMatch(text, /"old"|A = "b"/);
    assert.equal((await install("--write")).written, false);
    await Deno.remove(home, { recursive: true });
  });
}

Deno.test("install does not write into a file that it cannot read", async () => {
  const home = await Deno.makeTempDir({ prefix: "memorygraph-install-" });
  await Deno.mkdir(`${home}/.cursor`);
  await Deno.writeTextFile(`${home}/.cursor/mcp.json`, "{ // comment\n}");
  const { code, stderr } = await cli(["install", "cursor", "--write"], { env: { HOME: home } });
  assert.equal(code, 5);
  assert.match(stderr, /not plain JSON/);
  assert.equal(await Deno.readTextFile(`${home}/.cursor/mcp.json`), "{ // comment\n}");
  await Deno.remove(home, { recursive: true });
});
