/** Memories in the shell: the same operations as the server's tools. */
import assert from "node:assert/strict";
import { cli } from "./support/cli.ts";

Deno.test("store, find, relate, change and delete memories from the shell", async () => {
  const home = await Deno.makeTempDir({ prefix: "memorygraph-cli-" });
  const env = { MEMORY_SQLITE_PATH: `${home}/deep/memory.db`, HOME: home };
  const run = async (...argv: string[]) => {
    const { code, stdout, stderr } = await cli([...argv, "--json"], { env });
    assert.equal(code, 0, stdout + stderr);
    return JSON.parse(stdout);
  };
  const { memoryId: a } = await run(
    "store",
    "Raised it",
    "--type",
    "solution",
    "--title",
    "Redis timeouts",
    "--tags",
    "Redis",
    "--tags",
    "db",
    "--importance",
    "0.9",
  );
  const piped = await cli([
    "store",
    "--type",
    "problem",
    "--title",
    "Slow requests",
    "--context",
    '{"project_path":"/app"}',
    "--json",
  ], {
    env,
    stdin: "from a pipe\n",
  });
  assert.equal(piped.code, 0, piped.stderr);
  const { memoryId: b, memory } = JSON.parse(piped.stdout);
  assert.deepEqual([memory.content, memory.context.projectPath], ["from a pipe", "/app"]);
  const { relationshipId } = await run("link", a, b, "SOLVES", "--context", "only in production");

  assert.deepEqual((await run("search", "timeout")).memories.map(({ id }: { id: string }) => id), [a]);
  assert.deepEqual((await run("search", "--tags", "redis", "--min-importance", "0.5")).count, 1);
  assert.deepEqual((await run("recall", "how did we fix the timeouts")).memories[0].relationships, {
    SOLVES: ["Slow requests"],
  });
  assert.equal((await run("get", a)).relationships[0].id, relationshipId);
  assert.equal((await run("related", b)).related[0].memory.id, a);
  assert.equal((await run("path", b, a)).hops, 1);
  assert.equal((await run("activity", "--days", "1")).totalCount, 2);
  assert.equal((await run("stats")).totalRelationships, 1);
  assert.equal((await run("as-of", a, "2000-01-01T00:00:00Z")).count, 0);
  assert.equal((await run("changes", "2000-01-01T00:00:00Z")).newRelationshipCount, 1);
  assert.equal((await run("clusters", "--min-cluster-size", "2")).count, 1);
  assert.equal((await run("update", a, "--title", "New title", "--tags", "x")).memory.title, "New title");
  assert.equal((await run("delete", b)).deletedRelationships, 1);

  const person = await cli(["search", "title"], { env, terminal: true });
  assert.match(person.stdout, /^New title {2}\[solution, importance 0\.9\]\n/);
  for (const argv of [["get", b], ["delete", b], ["related", b]]) {
    const { code, stderr } = await cli(argv, { env });
    assert.equal(code, 3);
    assert.match(stderr, /There is no memory with the id/);
  }
  const wrong = await cli(["store", "x", "--type", "novel", "--title", "t"], { env });
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /Invalid value "novel" for --type: choose one of task/);
  await Deno.remove(home, { recursive: true });
});

Deno.test("looking into a database that does not exist is an error, and creates nothing", async () => {
  const home = await Deno.makeTempDir({ prefix: "memorygraph-cli-" });
  for (
    const argv of [["search", "x"], ["get", "x"], ["stats"], ["delete", "x"], ["update", "x", "--title", "y"]]
  ) {
    const { code, stderr } = await cli(argv, { env: { MEMORY_SQLITE_PATH: `${home}/none.db` } });
    assert.equal(code, 3, stderr);
    assert.match(stderr, /There is no SQLite database/);
  }
  assert.deepEqual([...Deno.readDirSync(home)], []);
  await Deno.remove(home, { recursive: true });
});
