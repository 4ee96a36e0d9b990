import assert from "node:assert/strict";
import { join } from "node:path";
import { z } from "zod";
import { GraphError } from "../src/errors.ts";
import { sourceFields, sourceOf } from "../src/operations/ends.ts";
import { defineOperation, type Operation } from "../src/operations/operation.ts";
import { resolveEnd } from "../src/settings.ts";
import { cli, cliProcess } from "./support/cli.ts";

/** An operation that says the password wherever an operation can say something. */
function leaky(seen: string[], { fails }: { fails: boolean }): Operation {
  return defineOperation({
    name: "leak",
    summary: "Say the password everywhere",
    input: () => z.object(sourceFields),
    output: () => z.looseObject({}),
    async run(input, context) {
      const { settings } = await resolveEnd(sourceOf(input), "source", context);
      const { password = "" } = settings;
      seen.push(password);
      const everywhere = `${password} ${encodeURIComponent(password)} ${JSON.stringify(password)} ` +
        `redis://u:${encodeURIComponent(password)}@h`;
      context.log.debug(everywhere);
      context.log.error(everywhere);
      if (fails) {
        const cause = new Error(everywhere);
        throw new GraphError("UNREACHABLE", everywhere, { cause, details: { list: [everywhere] } });
      }
      return { everywhere, list: [{ everywhere }] };
    },
  }) as unknown as Operation;
}

const WAYS: {
  name: string;
  flags?: (folder: string) => string[];
  env?: (secret: string) => Record<string, string>;
}[] = [
  { name: "a file", flags: (folder) => ["--from-password-file", join(folder, "secret")] },
  { name: "a command", flags: (folder) => ["--from-password-command", `cat '${join(folder, "secret")}'`] },
  { name: "a URI flag", flags: (folder) => ["--from-uri", `redis://u:${encoded(folder)}@h`] },
  {
    name: "a URI variable",
    env: (secret) => ({ FALKORDB_URI: `redis://u:${encodeURIComponent(secret)}@h` }),
  },
  { name: "the source's variable", env: (secret) => ({ MEMORYGRAPH_SOURCE_PASSWORD: secret }) },
  { name: "the backend's variable", env: (secret) => ({ FALKORDB_PASSWORD: secret }) },
];

function encoded(folder: string): string {
  return encodeURIComponent(Deno.readTextFileSync(join(folder, "secret")));
}

for (const { name, flags, env } of WAYS) {
  Deno.test(`a password from ${name} is used and is never printed`, {
    ignore: Deno.build.os === "windows" && name === "a command", // its command line is for a POSIX shell
  }, async () => {
    const folder = await Deno.makeTempDir();
    try {
      // Different for each way, since secrets stay known for the life of a process.
      const secret = `canary/"${name}"\\é%41@ z`;
      await Deno.writeTextFile(join(folder, "secret"), secret);
      await Deno.chmod(join(folder, "secret"), 0o600).catch(() => {});
      for (const fails of [false, true]) {
        for (const more of [["--json"], ["--log-level", "debug"]]) {
          const seen: string[] = [];
          const argv = ["leak", "--from", "falkordb", ...flags?.(folder) ?? [], ...more];
          const run = await cli(argv, { env: env?.(secret), operations: [leaky(seen, { fails })] });
          assert.deepEqual([run.code, seen], [fails ? 3 : 0, [secret]], run.stderr);
          assert.doesNotMatch(run.stdout + run.stderr, /canary/i);
          assert.match(run.stdout + run.stderr, /\*\*\*/);
          if (more[0] === "--json") assert.equal(JSON.parse(run.stdout).ok, !fails);
        }
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("a memory that happens to hold a password is shown as it is", async () => {
  const folder = await Deno.makeTempDir();
  const env = { MEMORY_SQLITE_PATH: join(folder, "memory.db"), FALKORDB_PASSWORD: "tiger-password" };
  try {
    const argv = ["store", "Reset the tiger-password", "--type", "task", "--title", "A tiger-password reset"];
    const stored = await cli([...argv, "--json"], { env });
    assert.equal(stored.code, 0, stored.stderr);
    const { memoryId } = JSON.parse(stored.stdout);
    for (const more of [[], ["--json"]]) {
      const { stdout } = await cli(["get", memoryId, ...more], { env });
      assert.match(stdout, /A tiger-password reset/);
      assert.match(stdout, /Reset the tiger-password/);
    }
    const { stdout } = await cli(["config", "--path", join(folder, "tiger-password.db"), "--json"], { env });
    assert.doesNotMatch(stdout, /tiger-password/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("an unreachable server is named without the password", async () => {
  const argv = ["health", "--backend", "falkordb", "--log-level", "debug", "--json"];
  // Nothing listens on port 1.
  const { code, stdout, stderr } = await cliProcess([...argv, "--uri", "redis://ann:canary@127.0.0.1:1"]);
  assert.equal(code, 3);
  assert.equal(JSON.parse(stdout).error.code, "UNREACHABLE");
  assert.match(stderr, /redis:\/\/127\.0\.0\.1:1/);
  assert.doesNotMatch(stdout + stderr, /canary/);
});

Deno.test("a wrong command line does not repeat the credentials in it", async () => {
  for (
    const argv of [["health", "redis://u:canary@h"], ["redis://u:canary@h"], [
      "health",
      "--urk=redis://u:canary@h",
    ]]
  ) {
    const { code, stdout, stderr } = await cli([...argv, "--json"]);
    assert.equal(code, 2);
    assert.doesNotMatch(stdout + stderr, /canary/);
  }
});
