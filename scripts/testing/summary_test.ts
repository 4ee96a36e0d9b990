import assert from "node:assert/strict";
import { formatCounts, parseSummary, stripAnsi } from "./summary.ts";

Deno.test("parseSummary() reads a run with everything in it", () => {
  const line =
    "FAILED | 3 passed (1 step) | 7 failed (2 steps) | 2 ignored (1 step) | 4 filtered out (246ms)";
  assert.deepEqual(parseSummary(line), { passed: 3, failed: 7, skipped: 2 });
});

Deno.test("parseSummary() reads a run where all passed", () => {
  assert.deepEqual(parseSummary("ok | 12 passed | 0 failed (1s)"), { passed: 12, failed: 0, skipped: 0 });
});

Deno.test("parseSummary() takes no other line for a summary", () => {
  for (const line of ["", "ok", "p ... ok (1ms)", "says: ok | 1 passed | 0 failed (1s)", "ok | passed"]) {
    assert.equal(parseSummary(line), undefined, line);
  }
});

Deno.test("stripAnsi() leaves the text that a terminal shows", () => {
  const line = "\u001b[0m\u001b[38;5;245mok\u001b[0m | 1 passed | 0 failed (5ms)";
  assert.equal(stripAnsi(line), "ok | 1 passed | 0 failed (5ms)");
});

Deno.test("formatCounts() says N passed, N failed, N skipped", () => {
  assert.equal(formatCounts({ passed: 1, failed: 0, skipped: 2 }), "1 passed, 0 failed, 2 skipped");
});
