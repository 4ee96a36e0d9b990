import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { exists } from "./cache.ts";
import { askRedis } from "./mod.ts";
import { testsWith } from "./testing.ts";

const testFalkorDb = await testsWith("falkordb");
const script = fileURLToPath(new URL("../servers.ts", import.meta.url));

function run(...args: string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", script, ...args],
    stdout: "piped",
    stderr: "piped",
  });
}

async function runToEnd(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await run(...args).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

Deno.test("servers --help names every server", async () => {
  const { code, stdout } = await runToEnd("--help");
  assert.equal(code, 0);
  for (const name of ["falkordb", "falkordb-tls", "neo4j", "neo4j-2026"]) {
    assert.match(stdout, new RegExp(`^  ${name} `, "m"));
  }
});

Deno.test("servers ends with 2 on a wrong command line", async () => {
  for (const args of [[], ["stop"], ["start", "oracle"], ["start", "--fast"]]) {
    const { code, stderr } = await runToEnd(...args);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /^error: .*\(see --help\)\n$/);
  }
});

interface StartedProgram {
  child: Deno.ChildProcess;
  server: { port: number; password: string };
}

/** Starts FalkorDB by the command line, and reads from what it prints how to connect. */
async function startByCommand(): Promise<StartedProgram> {
  const child = run("start", "falkordb").spawn();
  const text = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = await text.read();
  await text.cancel();
  await child.stderr.cancel();
  const port = Number(value.match(/^export MEMORY_FALKORDB_PORT=(\d+)$/m)?.[1]);
  const password = value.match(/^export MEMORY_FALKORDB_PASSWORD=(\w+)$/m)?.[1] ?? "";
  return { child, server: { port, password } };
}

testFalkorDb("servers start prints how to connect, and stops at SIGTERM", async () => {
  const { child, server } = await startByCommand();
  const [, directory] = await askRedis(server, "CONFIG", "GET", "dir") as string[];
  child.kill("SIGTERM");
  assert.equal((await child.status).code, 0);
  assert.equal(await exists(directory!), false);
  await assert.rejects(askRedis(server, "PING"), Deno.errors.ConnectionRefused);
});

testFalkorDb("servers start ends with 1 when a server ends by itself", async () => {
  const { child, server } = await startByCommand();
  await assert.rejects(askRedis(server, "SHUTDOWN", "NOSAVE"));
  assert.equal((await child.status).code, 1);
});
