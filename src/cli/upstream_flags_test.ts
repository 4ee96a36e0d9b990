import assert from "node:assert/strict";
import { cli } from "../../tests/support/cli.ts";
import { fromUpstreamFlags } from "./upstream_flags.ts";

const CASES: [string, string, Record<string, string>?][] = [
  ["--health", "health"],
  ["--health --health-json --health-timeout 2.5", "health --json"],
  ["--backend neo4j --health-timeout=3 --health", "health", { MEMORY_BACKEND: "neo4j" }],
  ["--show-config --log-level DEBUG", "config --log-level DEBUG"],
  ["--backend=neo4j export --format json", "export --format json", { MEMORY_BACKEND: "neo4j" }],
  [
    "--profile core --log-level ERROR --backend sqlite search --backend",
    "--log-level ERROR search --backend",
    { MEMORY_TOOL_PROFILE: "core", MEMORY_BACKEND: "sqlite" },
  ],
  // The server's own flags stay its own.
  ["--backend neo4j --profile extended", "--backend neo4j --profile extended"],
  ["--backend auto --profile lite", "--profile lite", { MEMORY_BACKEND: "auto" }],
  ["--backend", "--backend"],
  ["search --health", "search --health"],
  ["--version", "--version"],
  ["", ""],
];

for (const [given, expected, variables = {}] of CASES) {
  Deno.test(`upstream's "${given}" is "${expected}"`, () => {
    const argv = given.split(" ").filter((word) => word !== "");
    const line = fromUpstreamFlags({ argv, env: { HOME: "/h" } }, (flag) => flag === "--log-level");
    assert.deepEqual([line.argv.join(" "), line.env], [expected, { HOME: "/h", ...variables }]);
  });
}

Deno.test("upstream's flags before and instead of a command do what they say", async () => {
  const env = { MEMORY_SQLITE_PATH: "tests/fixtures/upstream/python/up_1k.db" };
  const health = await cli(["--health", "--health-json"], { env });
  assert.equal(health.code, 0, health.stderr);
  assert.equal(JSON.parse(health.stdout).memories, 1000);
  const config = await cli(["--backend", "neo4j", "--show-config", "--json"], { env });
  assert.equal(JSON.parse(config.stdout).current, "neo4j");
});
