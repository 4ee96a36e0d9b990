/** A password given in each possible way, looked for in everything that the program prints, keeps or shows. */
import assert from "node:assert/strict";
import { sqlite } from "../../src/backends/sqlite/mod.ts";
import { endOf, programCommand } from "./child.ts";
import { registerUnavailable, selectHarnesses } from "../support/harnesses.ts";

const CANARY = "canary-p@ss/w:rd%20x";
const path = new URL("../fixtures/upstream/python/full.db", import.meta.url).pathname;
const isWindows = Deno.build.os === "windows";

/** What must not be found anywhere: the password, as it is and as a URI or a JSON text holds it. */
function traces(password: string): string[] {
  return [password, encodeURIComponent(password), JSON.stringify(password).slice(1, -1), encodeURI(password)];
}

interface Way {
  name: string;
  args?: string[];
  env?: Record<string, string>;
  /** Not in the process list: with a URI that is typed, the shell has put it there. */
  isTyped?: boolean;
}

/** Each way to give a password of the target, or of the source. */
function waysOf(end: "from" | "to", password: string, file: string): Way[] {
  const [variable, backend] = end === "from"
    ? ["MEMORYGRAPH_SOURCE_PASSWORD", "neo4j"]
    : ["MEMORYGRAPH_TARGET_PASSWORD", "neo4j"];
  const nowhere = "127.0.0.1:9";
  const uri = `bolt://ann:${encodeURIComponent(password)}@${nowhere}`;
  const raw = `bolt://ann:${password}@${nowhere}`;
  const at = [`--${end}`, backend];
  const there = [...at, `--${end}-uri`, `bolt://${nowhere}`, `--${end}-user`, "ann"];
  return [
    { name: "environment", args: there, env: { [variable]: password } },
    { name: "the backend's variable", args: there, env: { NEO4J_PASSWORD: password } },
    { name: "file", args: [...there, `--${end}-password-file`, file] },
    { name: "command", args: [...there, `--${end}-password-command`, `cat ${file}`] },
    { name: "URI in the environment", args: at, env: { MEMORY_NEO4J_URI: uri } },
    { name: "unencoded URI in the environment", args: at, env: { MEMORY_NEO4J_URI: raw } },
    { name: "URI", args: [...at, `--${end}-uri`, uri], isTyped: true },
    { name: "unencoded URI", args: [...at, `--${end}-uri`, raw], isTyped: true },
    {
      name: "URI that is wrong",
      args: [...at, `--${end}-uri`, uri.replace("bolt:", "bult:")],
      isTyped: true,
    },
    { name: "URI of another backend", args: [`--${end}`, "falkordb", `--${end}-uri`, uri], isTyped: true },
    { name: "flag that does not exist", args: [...there, "--password", password], isTyped: true },
    {
      name: "flag that does not exist, with =",
      args: [...there, `--${end}-password=${password}`],
      isTyped: true,
    },
  ];
}

for (const end of ["from", "to"] as const) {
  Deno.test(`a password of the ${end === "from" ? "source" : "target"} is nowhere after a failure`, async () => {
    await inFolder(async (folder) => {
      const file = `${folder}/password`;
      await Deno.writeTextFile(file, CANARY, { mode: 0o600 });
      const other = end === "from"
        ? ["--to", "sqlite", "--to-path", `${folder}/x.db`]
        : ["--from-path", path];
      for (const { name, args = [], env = {}, isTyped = false } of waysOf(end, CANARY, file)) {
        for (const more of [[], ["--json"], ["--log-level", "debug"]]) {
          const run = await watch(["migrate", ...other, ...args, ...more], {
            MEMORYGRAPH_STATE_DIR: `${folder}/state`,
            ...env,
          });
          assert.notEqual(run.code, 0, `${name}: ${run.stderr}`);
          assertAbsent(CANARY, run.stdout + run.stderr, `output, ${name}`);
          if (!isTyped) assertAbsent(CANARY, run.seen, `process list, ${name}`);
        }
      }
      await Deno.remove(file);
      await assertNotKept(CANARY, folder);
    });
  });
}

for (const harness of selectHarnesses()) {
  if (!("password" in harness.backend.config.shape)) continue;
  const name = `a password of ${harness.name} is nowhere after a migration`;
  if (harness.unavailable) {
    registerUnavailable(name, harness.unavailable);
    continue;
  }
  Deno.test(name, async () => {
    await using opened = await harness.open();
    await opened.close();
    const { password, uri } = opened.settings;
    assert(password, "the test's server has no password");
    await inFolder(async (folder) => {
      const to = endOf("to", harness.backend, opened.settings);
      const from = endOf("from", harness.backend, opened.settings);
      const own = Object.fromEntries(Object.keys(to.env).map((variable) => [variable, password]));
      const env = { ...from.env, ...to.env, ...own, MEMORYGRAPH_STATE_DIR: `${folder}/state` };
      const migrate = ["migrate", "--from-path", path, ...to.args, "--keep-undo"];
      const withUri = uri!.replace("://", `://${opened.settings.user}:${encodeURIComponent(password)}@`);
      const typed = to.args.map((argument) => argument === uri ? withUri : argument);
      const runs = [
        [...migrate, "--keep-export", `${folder}/archive.jsonl`, "--log-level", "debug"],
        ["migrate", "--from-path", path, ...typed, "--json"],
        ["migrate", ...from.args, "--to", "sqlite", "--to-path", `${folder}/back.db`, "--log-level", "debug"],
        ["verify", path, `${folder}/back.db`],
        ["history", "--json"],
        ["config", "--json"],
      ];
      for (const argv of runs) {
        const run = await watch(argv, env);
        assert.equal(run.code, 0, run.stderr);
        assertAbsent(password, run.stdout + run.stderr, argv.join(" ").slice(0, 60));
        if (!argv.includes(withUri)) assertAbsent(password, run.seen, `process list, ${argv[0]}`);
      }
      await using _back = await sqlite.open({ path: `${folder}/back.db` }, { mode: "read" });
      // Work file, history, archive and database: everything that was left behind.
      await assertNotKept(password, folder);
    });
  });
}

/** Runs the program, and looks at the process list while it does. */
async function watch(args: readonly string[], env: Record<string, string>) {
  const process = programCommand(args, { env, stdout: "piped", stderr: "piped" }).spawn();
  const output = process.output();
  let seen = "";
  let isOver = false;
  const looking = (async () => {
    while (!isOver && !isWindows) {
      const list = await new Deno.Command("ps", { args: ["-A", "-o", "args"] }).output();
      seen += new TextDecoder().decode(list.stdout);
      await new Promise((resume) => setTimeout(resume, 50));
    }
  })();
  const { code, stdout, stderr } = await output;
  isOver = true;
  await looking;
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr), seen };
}

function assertAbsent(password: string, text: string, where: string): void {
  for (const trace of traces(password)) assert(!text.includes(trace), `the password is in the ${where}`);
}

async function assertNotKept(password: string, folder: string): Promise<void> {
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) await assertNotKept(password, path);
    if (!isFile) continue;
    const text = new TextDecoder("latin1").decode(await Deno.readFile(path));
    assertAbsent(password, text, `file ${path}`);
    if (!isWindows) assert.equal((await Deno.stat(path)).mode! & 0o077, 0, `others can read ${path}`);
  }
}

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "memorygraph-canary-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
