import assert from "node:assert/strict";
import { GraphError } from "../errors.ts";
import { DURATION_PATTERN, durationMs, repeat } from "./repeat.ts";
import { silentLogger } from "../../tests/support/operations.ts";

Deno.test("durations", () => {
  assert.deepEqual(["30s", "15m", "6h", "1d", "0.5h"].map(durationMs), [
    30e3,
    900e3,
    21600e3,
    86400e3,
    1800e3,
  ]);
});

Deno.test("repeat() goes on after a failure that may pass, and stops between runs", async () => {
  const controller = new AbortController();
  let runs = 0;
  const last = await repeat(() => {
    runs++;
    if (runs === 2) return Promise.reject(new GraphError("UNREACHABLE", "gone for a moment"));
    if (runs === 4) controller.abort();
    return Promise.resolve(runs);
  }, { everyMs: 5, signal: controller.signal, log: silentLogger });
  assert.deepEqual([runs, last], [4, 4]);
});

Deno.test("repeat() ends with a failure that will not pass", async () => {
  const options = { everyMs: 5, signal: new AbortController().signal, log: silentLogger };
  const failure = new GraphError("CONFLICT", "differs");
  await assert.rejects(repeat(() => Promise.reject(failure), options), failure);
});

Deno.test("repeat() that is interrupted before any success says so", async () => {
  const controller = new AbortController();
  const options = { everyMs: 60_000, signal: controller.signal, log: silentLogger };
  const running = repeat(() => {
    controller.abort();
    return Promise.reject(new GraphError("UNREACHABLE", "gone"));
  }, options);
  await assert.rejects(running, { code: "INTERRUPTED" });
});

Deno.test("a duration of nothing is none", () => {
  const [pattern] = DURATION_PATTERN;
  assert.deepEqual(["0s", "0.0h", "00m", "10s", "0.5h"].filter((text) => pattern.test(text)), [
    "10s",
    "0.5h",
  ]);
});
