import assert from "node:assert/strict";
import { type ExportFormat, formatOf } from "./format.ts";

Deno.test("formatOf() goes by what is asked for, then by the name", () => {
  const cases: [path: string, explicit: ExportFormat | undefined, format: ExportFormat, gzip: boolean][] = [
    ["a.json", undefined, "json", false],
    ["a.JSON", undefined, "json", false],
    ["a/b.c.jsonl", undefined, "jsonl", false],
    ["a.ndjson", undefined, "jsonl", false],
    ["a.jsonl.gz", undefined, "jsonl", true],
    ["a.json.gz", undefined, "json", true],
    ["a.json", "jsonl", "jsonl", false],
    ["a.gz", "json", "json", true],
    ["folder", "markdown", "markdown", false],
  ];
  for (const [path, explicit, format, gzip] of cases) {
    assert.deepEqual(formatOf(path, explicit), { format, gzip });
  }
});

Deno.test("formatOf() asks when it cannot tell", () => {
  for (const path of ["folder", "a.gz", "a.txt", "json"]) {
    assert.throws(() => formatOf(path), { code: "USAGE", message: /give the format: json/ });
  }
  assert.throws(() => formatOf("-", "jsonl"), { code: "USAGE", message: /stdout/ });
  assert.throws(() => formatOf("a.gz", "markdown"), { code: "USAGE", message: /folder/ });
});
