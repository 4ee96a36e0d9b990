import assert from "node:assert/strict";
import { dirname, join, resolve } from "node:path";
import { parse } from "smol-toml";
import { cli } from "../../tests/support/cli.ts";
import { AGENT_CLIENTS, type AgentClientName } from "./agent_clients.ts";
import { PROFILE_NAMES } from "./operation.ts";

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
    assert.doesNotMatch(text, /"old"/);
    assert.equal((await install("--write")).written, false);
    await Deno.remove(home, { recursive: true });
  });
}

/** Runs `body` with a home directory that is gone afterwards, and `install` of a client in it. */
async function inHome(
  client: AgentClientName,
  body: (
    file: string,
    install: (args: string[], env?: Record<string, string>) => ReturnType<typeof cli>,
  ) => Promise<void>,
): Promise<void> {
  const home = await Deno.makeTempDir({ prefix: "memorygraph-install-" });
  const env = { HOME: home, XDG_CONFIG_HOME: `${home}/.config`, APPDATA: `${home}/AppData` };
  const file = AGENT_CLIENTS[client].file(env);
  await Deno.mkdir(dirname(file), { recursive: true });
  try {
    await body(file, (args, more) => cli(["install", client, ...args], { env: { ...env, ...more } }));
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

const DAMAGED: [AgentClientName, string, string | Uint8Array<ArrayBuffer>, RegExp][] = [
  ["cursor", "comments", "{ // comment\n}", /not plain JSON/],
  ["cursor", "a list of servers", '{"mcpServers": [1, 2]}', /something else than an object as "mcpServers"/],
  ["cursor", "a text for servers", '{"mcpServers": "x"}', /something else than an object as "mcpServers"/],
  ["cursor", "a list for our server", '{"mcpServers": {"memorygraph": []}}', /object as "memorygraph"/],
  ["cursor", "another encoding", new Uint8Array([0x22, 0xff, 0x22]), /not UTF-8/],
  ["codex", "what is not TOML", "a = 1\nthis is = = not [", /cannot be read: .* at line 2/],
  ["codex", "a list for our server", "[[mcp_servers.memorygraph]]\nx = 1\n", /"memorygraph" .* not a table/],
  [
    "codex",
    "servers in one line",
    'mcp_servers = { memorygraph = { command = "x" }, other = { command = "y" } }\n',
    /cannot be changed by itself/,
  ],
];

for (const [client, what, content, message] of DAMAGED) {
  Deno.test(`install ${client} does not write over ${what}`, () =>
    inHome(client, async (file, install) => {
      const before = typeof content === "string" ? new TextEncoder().encode(content) : content;
      await Deno.writeFile(file, before);
      const { code, stderr } = await install(["--write"]);
      assert.equal(code, 5);
      assert.match(stderr, message);
      assert(stderr.startsWith(`Error: Nothing was written to "${file}": `), stderr);
      assert.deepEqual(await Deno.readFile(file), before);
    }));
}

const TOML: [string, string, object][] = [
  [
    "a table's name inside a text",
    'notes = """\n[mcp_servers.memorygraph]\ntext\n"""\n[mcp_servers.memorygraph]\ncommand = "old"\n',
    { notes: "[mcp_servers.memorygraph]\ntext\n", mcp_servers: {} },
  ],
  [
    "lists over several lines",
    '[mcp_servers.memorygraph]\ncommand = "old"\nargs = [\n"a",\n]\nmore = [\n[1],\n]\nseconds = 1.0\n# of a\n[a]\nb = 1 # one\n',
    { mcp_servers: { memorygraph: { more: [[1]], seconds: 1 } }, a: { b: 1 } },
  ],
  [
    "a quoted name",
    '[ mcp_servers . "memorygraph" ]\r\ncommand = "old"\r\n[mcp_servers."memorygraph".env]\r\nA = "b"\r\n# of z\r\n[z]\r\n',
    { mcp_servers: { memorygraph: { env: { A: "b" } } }, z: {} },
  ],
  ["an inline table", 'mcp_servers = { memorygraph = { command = "x", n = 9223372036854775807 } }\n', {
    mcp_servers: { memorygraph: { n: 9223372036854775807n } },
  }],
  ["an inline table beside others", '[mcp_servers]\nmemorygraph = { command = "x" }\no = { command = "o" }', {
    mcp_servers: { o: { command: "o" } },
  }],
];

for (const [what, before, kept] of TOML) {
  Deno.test(`install codex understands ${what}`, () =>
    inHome("codex", async (file, install) => {
      await Deno.writeTextFile(file, before);
      const { code, stdout, stderr } = await install(["--write", "--json"]);
      assert.equal(code, 0, stderr);
      const { command, args } = JSON.parse(stdout);
      const after = await Deno.readTextFile(file);
      const { mcp_servers: { memorygraph, ...others }, ...rest } = structuredClone(parse(after, {
        integersAsBigInt: "asNeeded",
        // deno-lint-ignore no-explicit-any
      })) as any;
      const { mcp_servers: { memorygraph: entry, ...expected }, ...document } = kept as typeof rest;
      assert.deepEqual(memorygraph, { ...entry, command, args });
      assert.deepEqual([others, rest], [expected, document]);
      for (const comment of before.match(/#.*/g) ?? []) assert(after.includes(comment), comment);
      assert.equal(/seconds = .*/.exec(after)?.[0], /seconds = .*/.exec(before)?.[0]);
      assert.equal(after.includes("\r\n"), before.includes("\r\n"));
      assert.doesNotMatch(after.replaceAll("\r\n", ""), before.includes("\r\n") ? /\n/ : /\r/);
      assert.equal(JSON.parse((await install(["--write", "--json"])).stdout).written, false);
    }));
}

for (const client of ["cursor", "codex"] as const) {
  Deno.test(`install ${client} keeps the variables and all else of the entry that is there`, () =>
    inHome(client, async (file, install) => {
      const env = { MEMORY_BACKEND: "neo4j", MEMORY_NEO4J_PASSWORD: "pw12345" };
      await Deno.writeTextFile(
        file,
        client === "codex"
          ? `[mcp_servers.memorygraph]\ncommand = "old"\ndisabled = true\nenv = { MEMORY_BACKEND = "neo4j", MEMORY_NEO4J_PASSWORD = "pw12345" }\n`
          : JSON.stringify({ mcpServers: { memorygraph: { command: "old", disabled: true, env } } }),
      );
      const read = async () => {
        const text = await Deno.readTextFile(file);
        const servers = client === "codex"
          ? structuredClone(parse(text).mcp_servers) as unknown as Record<
            string,
            { args: string[]; env: object }
          >
          : JSON.parse(text).mcpServers;
        return servers.memorygraph!;
      };
      assert.equal((await install(["--write"])).code, 0);
      const { args, ...kept } = await read();
      assert.equal(args.at(-1), "serve");
      assert.deepEqual(kept, { command: Deno.execPath(), disabled: true, env });
      assert.equal((await install(["--write"], { MEMORY_NEO4J_URI: "bolt://h" })).code, 0);
      assert.deepEqual((await read()).env, env);
      const shell = { MEMORY_BACKEND: "neo4j", MEMORY_NEO4J_URI: "bolt://u:pw54321@h" };
      assert.equal((await install(["--write"], shell)).code, 0);
      assert.deepEqual((await read()).env, { ...env, MEMORY_NEO4J_URI: "bolt://h", MEMORY_NEO4J_USER: "u" });
    }));
}

Deno.test("install gives the client what the environment says of the store, but for passwords", () =>
  inHome("cursor", async (_file, install) => {
    const shell = {
      MEMORY_BACKEND: "falkordb",
      FALKORDB_HOST: "db",
      MEMORY_FALKORDB_PASSWORD: "pw12345",
      MEMORYGRAPH_CA_FILE: "~/ca.pem",
      MEMORY_SQLITE_PATH: "not/used.db",
    };
    const { stdout } = await install(["--json"], shell);
    const { args, env, notWritten } = JSON.parse(stdout);
    assert.equal(args.at(-1), "serve");
    assert.deepEqual(Object.keys(env), ["MEMORY_BACKEND", "MEMORY_FALKORDB_HOST", "MEMORYGRAPH_CA_FILE"]);
    assert.match(env.MEMORYGRAPH_CA_FILE, /memorygraph-install-.*ca\.pem$/);
    assert.deepEqual(notWritten, ["MEMORY_FALKORDB_PASSWORD"]);
    const person = await install([], shell);
    assert.match(person.stdout, /password in MEMORY_FALKORDB_PASSWORD is not written/);
    assert.doesNotMatch(person.stdout, /pw12345/);
    const flag = JSON.parse((await install(["--backend", "sqlite", "--json"], shell)).stdout);
    assert.deepEqual(flag.env, { MEMORY_SQLITE_PATH: resolve("not/used.db") });
  }));

Deno.test("install writes paths that mean the same in every folder", () =>
  inHome("cursor", async (file, install) => {
    const home = dirname(dirname(file));
    const pathsOf = async (...args: string[]) => JSON.parse((await install([...args, "--json"])).stdout).args;
    assert.equal((await pathsOf("--path", "my.db")).at(-1), resolve("my.db"));
    assert.equal((await pathsOf("--path=~/my.db")).at(-1), join(home, "my.db"));
    const server = ["--backend", "neo4j", "--uri", "bolt://h"];
    assert.equal((await pathsOf(...server, "--password-file", "pw")).at(-1), resolve("pw"));
  }));

Deno.test("install writes no password that is in an address", () =>
  inHome("cursor", async (file, install) => {
    for (const uri of ["bolt://u:pw12345@h", "bolt://h?password=pw12345"]) {
      const { code, stdout, stderr } = await install(["--write", "--backend", "neo4j", "--uri", uri]);
      assert.equal(code, 2);
      assert.match(stderr, /use --password-file/);
      assert.doesNotMatch(stdout + stderr, /pw12345/);
    }
    await assert.rejects(Deno.stat(file));
  }));

Deno.test("install leaves a link, permissions and large numbers as they are, and takes a byte order mark", {
  ignore: Deno.build.os === "windows",
}, () =>
  inHome("claude-code", async (file, install) => {
    const real = `${file}.real`;
    await Deno.writeTextFile(real, '\ufeff{"n": 12345678901234567890, "x": -0.0}', { mode: 0o644 });
    await Deno.symlink(real, file);
    const { code, stderr } = await install(["--write"]);
    assert.equal(code, 0, stderr);
    assert((await Deno.lstat(file)).isSymlink);
    assert.equal((await Deno.stat(real)).mode! & 0o777, 0o644);
    const text = await Deno.readTextFile(real);
    assert.match(text, /^\{\n {2}"n": 12345678901234567890,\n {2}"x": -0\.0,\n {2}"mcpServers": \{\n/);
  }));

Deno.test("install says that it had nothing to write, and what it cannot write", () =>
  inHome("claude-desktop", async (file, install) => {
    await install(["--write"]);
    const again = await install(["--write"]);
    assert.deepEqual(again, { code: 0, stdout: `${file} has it already; nothing was written\n`, stderr: "" });
    const above = dirname(dirname(file));
    await Deno.remove(above, { recursive: true });
    await Deno.writeTextFile(above, "no folder");
    const { code, stderr } = await install(["--write"]);
    assert.equal(code, 4);
    assert.equal(stderr, `Error: Cannot write "${file}": its folder does not exist\n`);
  }));

Deno.test("install takes the profiles that serve takes", async () => {
  for (const profile of PROFILE_NAMES) {
    const { code, stdout } = await cli(["install", "cursor", "--json", "--profile", profile], {
      env: { HOME: "/home/user" },
    });
    assert.equal(code, 0, stdout);
    assert.deepEqual(JSON.parse(stdout).args.slice(-2), ["--profile", profile]);
  }
});
