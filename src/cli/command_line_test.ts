import assert from "node:assert/strict";
import * as z from "zod";
import { cli, cliProcess, type CliSurroundings } from "../../tests/support/cli.ts";
import { GraphError } from "../errors.ts";
import { defineOperation, type Operation, type OperationContext } from "../operations/operation.ts";

/** An operation with every kind of input; its result is its input. */
function echo(run?: (context: OperationContext) => Promise<void>): Operation {
  return defineOperation({
    name: "echo",
    summary: "Say what was given",
    input: () =>
      z.object({
        subject: z.string().optional().describe("What to speak of"),
        dryRun: z.boolean().default(false).describe("Change nothing"),
        verify: z.boolean().default(true).describe("Compare afterwards"),
        batchSize: z.int().min(1).default(1000).describe("Records in a batch"),
        onConflict: z.enum(["fail", "skip"]).default("fail").describe("What to do"),
        tag: z.array(z.string().min(1)).default([]).describe("A tag"),
        target: z.string().min(1).describe("Where to"),
      }),
    output: () => z.looseObject({}),
    positionals: ["subject"],
    examples: [{ command: "memorygraph echo --target here", does: "Echo" }],
    async run(input, context) {
      await run?.(context);
      return input as Record<string, unknown>;
    },
  }) as unknown as Operation;
}

const failing = (error: unknown) => echo(() => Promise.reject(error));

Deno.test("flags, arguments and defaults reach the operation", async () => {
  const args = ["echo", "it", "--target=t", "--no-verify", "--dry-run", "--batch-size", "7", "--tag", "a"];
  const { code, stdout, stderr } = await cli([...args, "--tag", "b", "--on-conflict", "skip", "--json"], {
    operations: [echo()],
  });
  assert.deepEqual(JSON.parse(stdout), {
    ok: true,
    subject: "it",
    dryRun: true,
    verify: false,
    batchSize: 7,
    onConflict: "skip",
    tag: ["a", "b"],
    target: "t",
  });
  assert.equal(code, 0);
  assert.equal(stderr, "");
});

Deno.test("what is not given is left to the schema's defaults", async () => {
  const { stdout } = await cli(["echo", "--target", "t", "--json"], { operations: [echo()] });
  assert.deepEqual(JSON.parse(stdout), {
    ok: true,
    dryRun: false,
    verify: true,
    batchSize: 1000,
    onConflict: "fail",
    tag: [],
    target: "t",
  });
});

const USAGE_ERRORS: [string[], RegExp][] = [
  [["ecko"], /Unknown command "ecko" \(did you mean echo\?\)/],
  [["help", "ecko"], /Unknown command "ecko" \(did you mean echo\?\)/],
  [["echo", "--targt", "x"], /Unknown option "--targt" \(did you mean --target\?\)/],
  [["echo", "--targt=x"], /Unknown option "--targt" \(did you mean --target\?\)/],
  [["echo"], /Missing --target/],
  [["echo", "--target", ""], /Invalid value "" for --target: must not be empty/],
  [["echo", "--target", "t", "--tag", "a", "--tag", ""], /Invalid value "" for --tag: must not be empty/],
  [["echo", "--target"], /"--target <target>" argument missing/],
  [["echo", "--target", "t", "--batch-size", "x"], /Invalid value "x" for --batch-size: expected a number/],
  [["echo", "--target", "t", "--batch-size", "0"], /Invalid value "0" for --batch-size: too small/],
  [["echo", "--target", "t", "--on-conflict", "skp"], /Invalid value "skp" for --on-conflict: .*fail, skip/],
  [["echo", "a", "b", "--target", "t"], /Too many arguments/],
  [["echo", "--target", "t", "--quiet", "--verbose"], /Give either --quiet or --verbose, not both/],
  [["echo", "--target", "t", "--log-level", "loud"], /Invalid value "loud" for --log-level/],
];

for (const [argv, message] of USAGE_ERRORS) {
  Deno.test(`a wrong command line ends with 2 and one line: ${argv.join(" ")}`, async () => {
    const { code, stdout, stderr } = await cli(argv, { operations: [echo()] });
    assert.equal(code, 2);
    assert.equal(stdout, "");
    const [line, hint, ...rest] = stderr.split("\n");
    assert.match(line!, /^Error: /);
    assert.match(line!, message);
    assert.match(hint!, /^Run "memorygraph (echo )?--help" for the flags$/);
    assert.deepEqual(rest, [""]);
    const json = await cli([...argv, "--json"], { operations: [echo()] });
    const { ok, error } = JSON.parse(json.stdout);
    assert.deepEqual([json.code, ok, error.code], [2, false, "USAGE"]);
  });
}

Deno.test("the command is the first word, whatever words come later", async () => {
  const operations = [note, echo()];
  const wrong: [string[], RegExp][] = [
    [["echo", "note", "--targt=x"], /"--targt" .*\nRun "memorygraph echo --help"/],
    [["--log-level", "note", "echo", "note", "--bogus"], /"--bogus"\nRun "memorygraph echo --help"/],
    [["--json", "nosuch"], /Unknown command "nosuch"\nRun "memorygraph --help"/],
    [["--backend", "note", "nosuch"], /Unknown command "nosuch"\nRun "memorygraph --help"/],
    [["--backend", "note", "--bogus"], /"--bogus"\nRun "memorygraph serve --help"/],
  ];
  for (const [argv, message] of wrong) {
    const { code, stderr } = await cli(argv, { operations });
    assert.equal(code, 2);
    assert.match(stderr, message);
  }
  for (const argv of [["--quiet", "--help"], ["help"], ["help", "help"]]) {
    const { code, stdout } = await cli(argv, { operations });
    assert.equal(code, 0);
    assert.match(stdout, /^Usage: memorygraph \[command\]/);
  }
});

Deno.test("no flag takes a password, and one given anyway is not shown", async () => {
  const cases = [
    ["--password", "hunter22"],
    ["--password=hunter22"],
    ["--from-password=hunter22"],
    ["-phunter22"],
    ["--uri2=bolt://u:hunter22@h"],
  ];
  for (const flag of cases) {
    const { code, stdout, stderr } = await cli(["echo", ...flag, "--json"], { operations: [echo()] });
    assert.equal(code, 2, flag.join(" "));
    assert.doesNotMatch(stdout + stderr, /hunter22/);
  }
});

Deno.test("an operation's error gives its exit code, its end and its details", async () => {
  const error = new GraphError("UNREACHABLE", 'Cannot reach "bolt://db"', {
    end: "target",
    details: { n: 2n },
  });
  const argv = ["echo", "--target", "t"];
  const text = await cli(argv, { operations: [failing(error)] });
  assert.deepEqual(text, { code: 4, stdout: "", stderr: 'Error: Cannot reach "bolt://db"\n' });
  const json = await cli([...argv, "--json"], { operations: [failing(error)] });
  assert.equal(json.code, 4);
  assert.deepEqual(JSON.parse(json.stdout), {
    ok: false,
    error: {
      code: "UNREACHABLE",
      message: 'Cannot reach "bolt://db"',
      end: "target",
      exitCode: 4,
      retry: true,
      details: { n: 2 },
    },
  });
});

Deno.test("an unexpected failure shows its stack at level debug only", async () => {
  const operations = [failing(new TypeError("boom\nmore", { cause: new Error("below") }))];
  const quiet = await cli(["echo", "--target", "t"], { operations });
  assert.equal(quiet.code, 1);
  assert.equal(quiet.stderr, "Error: boom\nRun again with --log-level debug to see where it failed\n");
  const debug = await cli(["echo", "--target", "t", "--log-level", "debug"], { operations });
  assert.match(debug.stderr, /TypeError: boom[\s\S]+ at [\s\S]+caused by: Error: below/);
});

Deno.test("log levels: --verbose says more, --quiet only errors", async () => {
  const operations = [echo(({ log }) => {
    log.info("fyi");
    log.warn("careful \x1b[2J");
    return Promise.resolve();
  })];
  const argv = ["echo", "--target", "t"];
  assert.equal((await cli(argv, { operations })).stderr, "warn: careful \\u001b[2J\n");
  assert.match((await cli([...argv, "--verbose"], { operations })).stderr, /^info: fyi\nwarn: careful/);
  assert.equal((await cli([...argv, "--quiet"], { operations })).stderr, "");
  assert.equal((await cli(["--quiet", ...argv], { operations })).stderr, "");
});

Deno.test("a record's control characters do not reach a terminal, and stay as they are elsewhere", async () => {
  const subject = "a\x1b]0;x\x07b\x9b2J\x7f\rc\n\td";
  const argv = ["echo", subject, "--target", "t"];
  const person = await cli(argv, { operations: [echo()], terminal: true });
  assert(person.stdout.includes("a\\u001b]0;x\\u0007b\\u009b2J\\u007f\\u000dc\n\td"), person.stdout);
  const document = await cli([...argv, "--json"], { operations: [echo()], terminal: true });
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(document.stdout, /[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  assert.equal(JSON.parse(document.stdout).subject, subject);
  assert((await cli(argv, { operations: [echo()] })).stdout.includes(subject));
});

Deno.test("the first Ctrl-C stops the operation, which says how to go on", async () => {
  const { promise: ready, resolve } = Promise.withResolvers<() => void>();
  const operation = echo(({ signal }) =>
    new Promise((_, reject) =>
      signal.addEventListener("abort", () => reject(new GraphError("INTERRUPTED", "Interrupted; resume")))
    )
  );
  const running = cli(["echo", "--target", "t"], { operations: [operation], onReady: resolve });
  (await ready)();
  const { code, stderr } = await running;
  assert.equal(code, 130);
  assert.match(stderr, /^Stopping at the next batch boundary.*\nError: Interrupted; resume\n$/);
});

Deno.test("a second Ctrl-C does not wait for the operation", async () => {
  const { promise: ready, resolve } = Promise.withResolvers<() => void>();
  const operation = echo(() => new Promise(() => {}));
  const running = cli(["echo", "--target", "t", "--json"], { operations: [operation], onReady: resolve });
  const interrupt = await ready;
  interrupt();
  interrupt();
  const { code, stdout } = await running;
  assert.equal(code, 130);
  assert.equal(JSON.parse(stdout).error.code, "INTERRUPTED");
});

Deno.test("help names every flag with its default and choices, and the examples", async () => {
  const { code, stdout, stderr } = await cli(["echo", "--help"], { operations: [echo()], columns: 200 });
  assert.deepEqual([code, stderr], [0, ""]);
  for (
    const part of [
      /^Usage: memorygraph echo \[options\] \[subject\]\n/,
      /--dry-run +Change nothing\n/,
      /--verify +Compare afterwards \(default\)/,
      /--no-verify +Turn --verify off/,
      /--batch-size <size> +Records in a batch \(default: 1000\)/,
      /--on-conflict <conflict> +What to do \(one of fail, skip; default: fail\)/,
      /--tag <tag> +A tag \(may be repeated\)/,
      /--target <target> +Where to \(required\)/,
      /memorygraph echo --target here\n +Echo/,
      /--json/,
    ]
  ) assert.match(stdout, part);
});

Deno.test("without a command: help on a terminal, else MCP", async () => {
  const person = await cli([], { operations: [echo()], terminal: true });
  assert.deepEqual([person.code, person.stderr], [0, ""]);
  assert.match(person.stdout, /Usage: memorygraph[\s\S]+echo[\s\S]+Exit codes:/);
  // The server of each ends with its input, which is empty.
  assert.deepEqual(await cliProcess([]), { code: 0, stdout: "", stderr: "" });
  const upstream = ["--backend", "sqlite", "--profile", "extended", "--log-level", "INFO"];
  assert.deepEqual(await cliProcess(upstream), { code: 0, stdout: "", stderr: "" });
});

Deno.test("progress: a bar that is erased on a terminal, lines elsewhere, none when quiet", async () => {
  const operations = [echo(({ progress, log }) => {
    progress({ phase: "import", done: 0, total: 10, state: "started" });
    log.warn("between");
    progress({ phase: "import", done: 10, total: 10, state: "finished" });
    return Promise.resolve();
  })];
  const argv = ["echo", "--target", "t"];
  const show = (text: string) => text.replaceAll("\x1b[", "ESC ").replaceAll("\r", "CR ");
  const bar = show((await cli(argv, { operations, terminal: true, env: { NO_COLOR: "1" } })).stderr);
  assert.match(bar, /^CR ESC KImport/);
  assert.match(bar, /CR ESC Kwarn: between\nCR ESC KImport/);
  assert.match(bar, /CR ESC K$/);
  assert.doesNotMatch(bar, /ESC \d/);
  const dumb = show((await cli(argv, { operations, terminal: true, env: { TERM: "dumb" } })).stderr);
  assert.doesNotMatch(dumb, /ESC/);
  const lines = (await cli(argv, { operations })).stderr;
  assert.match(lines, /^Import: started\nwarn: between\nImport: done in 0\.0 s, 10 records\n$/);
  assert.equal((await cli([...argv, "--quiet"], { operations, terminal: true })).stderr, "");
});

const note = defineOperation({
  name: "note",
  summary: "Take a note",
  positionals: ["content"],
  stdin: "content",
  input: () =>
    z.object({
      content: z.string().min(1).describe("What to note"),
      context: z.object({ line: z.int().optional(), lineText: z.string().optional() }).optional()
        .describe("Where it comes from"),
    }),
  output: () => z.looseObject({}),
  run: (input) => Promise.resolve(input as Record<string, unknown>),
}) as unknown as Operation;

Deno.test("stdin is read where the value is missing or -, without its last newline", async () => {
  const taken = async (argv: string[], surroundings: CliSurroundings) => {
    const run = await cli(["note", ...argv, "--json"], { operations: [note], ...surroundings });
    return JSON.parse(run.stdout).content ?? JSON.parse(run.stdout).error.message;
  };
  assert.equal(await taken([], { stdin: "a\n\n" }), "a\n");
  assert.equal(await taken(["-"], { stdin: "b\r\n" }), "b");
  assert.equal(await taken(["-"], { stdin: "c", terminal: true }), "c");
  assert.equal(await taken(["given"], { stdin: "not this" }), "given");
  assert.equal(await taken([], { stdin: "" }), "Missing <content>");
  assert.equal(await taken([], { stdin: "x", terminal: true }), "Missing <content>");
  assert.match(await taken([], { stdin: new Uint8Array([0xff]) }), /Cannot read from stdin: it is not UTF-8/);
});

Deno.test("an object is given as JSON", async () => {
  const run = (context: string) => cli(["note", "x", "--context", context, "--json"], { operations: [note] });
  assert.deepEqual(JSON.parse((await run('{"line": 7}')).stdout).context, { line: 7 });
  assert.match((await run("{line")).stderr, /Invalid value "\{line" for --context: expected a JSON object/);
  assert.match((await run('{"line": "x"}')).stderr, /Invalid value .* for --context: line: /);
});

Deno.test("an object's keys may be spelled as in tools, and one that means nothing is an error", async () => {
  const run = (context: string) => cli(["note", "x", "--context", context, "--json"], { operations: [note] });
  for (const key of ["lineText", "line_text"]) {
    assert.deepEqual(JSON.parse((await run(`{"${key}": "t"}`)).stdout).context, { lineText: "t" });
  }
  const { code, stderr } = await run('{"row": 1}');
  assert.equal(code, 2);
  assert.match(stderr, /for --context: unknown "row" \(known: line, line_text\)/);
  assert.match((await run('{"lineText": "a", "line_text": "b"}')).stderr, /line_text is given twice/);
  const help = await cli(["note", "--help"], { operations: [note], columns: 200 });
  assert.match(help.stdout, /Where it comes from \(keys: line, line_text\)/);
});

Deno.test("MEMORY_LOG_LEVEL counts where no flag says how much to log, in upstream's words", async () => {
  const speaking = echo(({ log }) => {
    for (const level of ["error", "warn", "info", "debug"] as const) log[level]("said");
    return Promise.resolve();
  });
  const said = async (value: string, ...flags: string[]) => {
    const env = { MEMORY_LOG_LEVEL: value };
    const { stderr } = await cli(["echo", "--target", "t", ...flags], { operations: [speaking], env });
    return stderr.trim().split("\n").map((line) => line.replace(": said", ""));
  };
  assert.deepEqual(await said("DEBUG"), ["error", "warn", "info", "debug"]);
  assert.deepEqual(await said("Info"), ["error", "warn", "info"]);
  assert.deepEqual(await said("WARNING"), ["error", "warn"]);
  assert.deepEqual(await said("ERROR"), ["error"]);
  assert.deepEqual(await said(""), ["error", "warn"]);
  assert.deepEqual(await said("debug", "--log-level", "error"), ["error"]);
  assert.deepEqual(await said("loud", "--quiet"), ["error"]);
  const [warning, ...others] = await said("loud");
  assert.match(
    warning!,
    /^warn: MEMORY_LOG_LEVEL is "loud", which is no level \(set it to one of error, warn/,
  );
  assert.deepEqual(others, ["error", "warn"]);
});
