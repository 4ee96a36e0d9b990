/** Memories in the shell: the same operations as the server's tools. */
import assert from "node:assert/strict";
import stringWidth from "string-width";
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
  const stored = await cli([
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
  assert.equal(stored.code, 0, stored.stderr);
  const { memoryId: b, memory } = JSON.parse(stored.stdout);
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
  const { stdout: counts } = await cli(["stats"], { env });
  assert.match(
    counts,
    /\nmemories by type:\n {2}problem: 1\n {2}solution: 1\nrelationships by type:\n {2}SOLVES: 1\n/,
  );
  assert.equal((await run("as-of", a, "2000-01-01T00:00:00Z")).count, 0);
  assert.equal((await run("changes", "2000-01-01T00:00:00Z")).newRelationshipCount, 1);
  for (const [limit, hasMore] of [["1", true], ["2", false]] as const) {
    assert.equal((await run("changes", "2000-01-01T00:00:00Z", "--limit", limit)).hasMore, hasMore);
    const { stdout } = await cli(["changes", "2000-01-01T00:00:00Z", "--limit", limit], { env });
    assert.equal(stdout.endsWith("\nand more (raise --limit)\n"), hasMore, stdout);
  }
  assert.equal((await run("clusters", "--min-cluster-size", "2")).count, 1);
  assert.equal((await run("update", a, "--title", "New title", "--tags", "x")).memory.title, "New title");
  const changed = await cli(["update", a, "--content", "-", "--json"], { env, stdin: "also from a pipe\n" });
  assert.equal(JSON.parse(changed.stdout).memory.content, "also from a pipe", changed.stderr);
  assert.equal((await run("delete", b)).deletedRelationships, 1);

  const piped = await cli(["search", "title"], { env });
  assert.match(piped.stdout, /^New title {2}\[solution, importance 0\.9\]\n/);
  for (const argv of [["get", b], ["delete", b], ["related", b]]) {
    const { code, stderr } = await cli(argv, { env });
    assert.equal(code, 3);
    assert.match(stderr, /There is no memory with the id/);
  }
  // A pasted text in place of an id.
  const { stderr: long } = await cli(["get", "x".repeat(5000)], { env });
  assert.match(long, /with the id "x{100}"\.\.\. \(/);
  const wrong = await cli(["store", "x", "--type", "novel", "--title", "t"], { env });
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /Invalid value "novel" for --type: choose one of task/);
  await Deno.remove(home, { recursive: true });
});

Deno.test("on a terminal, lists are tables of its width", async () => {
  const home = await Deno.makeTempDir({ prefix: "memorygraph-cli-" });
  const env = { MEMORY_SQLITE_PATH: `${home}/memory.db`, HOME: home };
  const ids: string[] = [];
  for (const title of ["Redis timeouts under load, after the upgrade", "Slow requests", "日本語の題名"]) {
    const type = ids.length === 0 ? "solution" : "problem";
    const { stdout } = await cli(["store", "redis", "--type", type, "--title", title, "--json"], { env });
    ids.push(JSON.parse(stdout).memoryId);
  }
  const [a, b, c] = ids as [string, string, string];
  await cli(["link", a, b, "SOLVES"], { env });
  await cli(["link", b, c, "CAUSES"], { env });
  const lists: [string[], RegExp][] = [
    [["search", "redis"], /^id +type +title +imp\. +score\n/],
    [["search", "--limit", "2"], /^id +type +title +imp\.( +created)?\n[^]*\nmore with --offset 2\n$/],
    [["recall", "redis"], /^id +type/],
    [["search-around", a, "redis"], /^id +type/],
    [["related", a, "--max-depth", "1"], /^id +relation +title +strength/],
    [["related", a], /^id +relation +title +depth/],
    [["as-of", a, "2100-01-01T00:00:00Z"], /^id +relation/],
    [["activity"], /\nthe newest:\nid +type/],
    [["changes", "2000-01-01T00:00:00Z"], /^id +type[^]*\n\nnew relationships:\nid +type +from +to/],
    [["path", a, c], /^id +relation +title\n/],
    [["clusters"], /^3 memories, density [\d.]+\nid +type +title\n/],
    [["timeline", a], /^id +type +from +to +valid/],
    [["search-relationships"], /^id +type +from +to/],
    [["types", "causal"], /^type +description\n/],
    [["suggest", a, b], /^type +confidence +description\n/],
    [["get", a], /\n\nid +relation +title +strength\n/],
    [["stats"], /^memories by type +count\nproblem +2\nsolution +1\nall +3\n\nrelationships/],
  ];
  for (const [argv, expected] of lists) {
    const { code, stdout, stderr } = await cli(argv, { env, terminal: true, columns: 80 });
    assert.equal(code, 0, stderr);
    assert.match(stdout, expected, argv.join(" "));
    for (const line of stdout.split("\n")) assert(stringWidth(line) <= 80, line);
    const piped = await cli(argv, { env });
    assert.doesNotMatch(piped.stdout, expected, argv.join(" "));
  }
  for (
    const argv of [["search-around", a, "redis"], ["related", a, "--max-depth", "2"], ["timeline", b], [
      "search-relationships",
    ]]
  ) {
    for (const terminal of [true, false]) {
      const { stdout } = await cli([...argv, "--limit", "1"], { env, terminal });
      assert(stdout.endsWith("\nand more (raise --limit)\n"), stdout);
      assert.doesNotMatch((await cli(argv, { env, terminal })).stdout, /more/);
    }
  }
  const wide = await cli(["search", "redis"], { env, terminal: true, columns: 120 });
  assert.match(wide.stdout, /imp\. +score +created\n/);
  assert(wide.stdout.includes(`${a}  solution  Redis timeouts under load, after the upgrade`), wide.stdout);
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
