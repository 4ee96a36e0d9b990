/** The built executable from outside, with nothing on the machine that it could lean on. */
import assert from "node:assert/strict";
import { startFalkorDbCluster } from "../scripts/servers/mod.ts";
import { BACKENDS } from "../src/backends/mod.ts";
import { VERSION } from "../src/version.ts";

const binary = Deno.env.get("MEMORYGRAPH_TEST_BINARY");
const UP_250 = new URL("fixtures/upstream/python/up_250.db", import.meta.url);
const SQLITE_TO_SQLITE = ["migrate", "--from", "sqlite", "--to", "sqlite", "--json"];

interface Result {
  code: number;
  stdout: string;
  stderr: string;
}

/** A folder that is the executable's home and that is removed in the end. */
class Sandbox implements AsyncDisposable {
  private constructor(readonly folder: string) {}

  static async make(): Promise<Sandbox> {
    return new Sandbox(await Deno.makeTempDir({ prefix: "memorygraph-binary-" }));
  }

  async run(args: readonly string[]): Promise<Result> {
    const { code, stdout, stderr } = await new Deno.Command(binary!, {
      args: [...args],
      cwd: this.folder,
      // No cache of Deno to take modules from, and no way to download any.
      clearEnv: true,
      env: {
        HOME: this.folder,
        TMPDIR: this.folder,
        TEMP: this.folder,
        DENO_DIR: `${this.folder}/deno`,
        HTTPS_PROXY: "http://127.0.0.1:9",
        MEMORYGRAPH_STATE_DIR: `${this.folder}/state`,
      },
      stdin: "null",
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: text(stdout), stderr: text(stderr) };
  }

  /** What lies in the folder, apart from the state. */
  files(): string[] {
    return [...Deno.readDirSync(this.folder)].map(({ name }) => name).filter((name) => name !== "state")
      .sort();
  }

  async [Symbol.asyncDispose]() {
    await Deno.remove(this.folder, { recursive: true });
  }
}

function test(name: string, fn: (sandbox: Sandbox) => Promise<void>): void {
  const reason = Deno.env.get("MEMORYGRAPH_TEST_BINARY_UNAVAILABLE") || "MEMORYGRAPH_TEST_BINARY is not set";
  Deno.test({
    name: binary ? name : `${name} (ignored: ${reason.split("\n")[0]})`,
    ignore: !binary,
    async fn() {
      await using sandbox = await Sandbox.make();
      await fn(sandbox);
    },
  });
}

test("the executable tells its version and leaves nothing behind", async (sandbox) => {
  const { code, stdout } = await sandbox.run(["--version"]);
  assert.deepEqual({ code, stdout }, { code: 0, stdout: `memorygraph ${VERSION}\n` });
  assert.deepEqual(sandbox.files(), []);
});

test("the executable migrates a SQLite database", async (sandbox) => {
  await Deno.copyFile(UP_250, `${sandbox.folder}/from.db`);
  const args = [...SQLITE_TO_SQLITE, "--from-path", "from.db", "--to-path", "to.db"];
  const { code, stdout, stderr } = await sandbox.run(args);
  assert.equal(code, 0, stderr);
  const { ok, written, verification } = JSON.parse(stdout);
  assert.deepEqual({ ok, written }, { ok: true, written: { memories: 250, relationships: 500 } });
  assert.deepEqual(verification, { checked: 750, differenceCount: 0, differences: [] });
  assert.deepEqual(sandbox.files(), ["from.db", "to.db"]);
});

test("the executable names a mistyped path and creates nothing", async (sandbox) => {
  const args = [...SQLITE_TO_SQLITE, "--from-path", "form.db", "--to-path", "to.db"];
  const { code, stdout, stderr } = await sandbox.run(args);
  assert.equal(code, 3, stderr);
  assert.match(stderr, /form\.db/);
  assert.equal(JSON.parse(stdout).ok, false);
  assert.deepEqual(sandbox.files(), []);
});

for (const { name } of BACKENDS.filter(({ config }) => "uri" in config.shape)) {
  test(`the executable holds the client library of ${name}`, async (sandbox) => {
    // Nobody answers there, which only the library can have found out.
    const uri = `${name === "falkordb" ? "redis" : "bolt"}://127.0.0.1:1`;
    const { code, stdout, stderr } = await sandbox.run(["health", "--backend", name, "--uri", uri, "--json"]);
    assert.equal(code, 3, stderr);
    assert.equal(JSON.parse(stdout).error.code, "UNREACHABLE");
  });
}

test("the executable reaches a cluster of FalkorDB", async (sandbox) => {
  await using cluster = await startFalkorDbCluster();
  const uri = `redis+cluster://default:${cluster.password}@127.0.0.1:${cluster.nodes[0]!.port}`;
  const { stdout, stderr } = await sandbox.run(["health", "--backend", "falkordb", "--uri", uri, "--json"]);
  assert.equal(JSON.parse(stdout).error.code, "NOT_FOUND", stderr);
});
