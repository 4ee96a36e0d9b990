import assert from "node:assert/strict";
import { isBoundElsewhere } from "./platform.ts";

Deno.test("isBoundElsewhere() believes a name only about another system", () => {
  const cases: [string, string, boolean][] = [
    ["keeps modes (windows only)", "linux", true],
    ["keeps modes (windows only)", "windows", false],
    ["keeps modes (linux, macos only)", "darwin", false],
    ["keeps modes (linux, macos only)", "windows", true],
    ["keeps modes (not on windows)", "windows", true],
    ["keeps modes (not on windows)", "linux", false],
    ["keeps modes (neo4j only)", "linux", false],
    ["keeps modes", "linux", false],
    ["(windows only) keeps modes", "linux", false],
  ];
  for (const [name, os, expected] of cases) {
    assert.equal(isBoundElsewhere(name, os), expected, `${name} on ${os}`);
  }
});
