import assert from "node:assert/strict";
import fc from "fast-check";
import { PHASES, type ProgressEvent } from "../pipeline/progress.ts";
import { barLine, createProgress, plainLine } from "./progress.ts";

const running: ProgressEvent = { phase: "import", done: 4500, total: 10_000, state: "running" };

Deno.test("a bar has phase, count, rate and ETA", () => {
  assert.equal(
    barLine(running, 0.9, 100),
    "Import       [##############----------------] 45% 4,500/10,000  5,000/s  ETA 0:02",
  );
});

Deno.test("without a total there is no bar and no ETA", () => {
  assert.equal(barLine({ ...running, total: undefined }, 0.9, 100), "Import       4,500  5,000/s");
});

Deno.test("a bar never exceeds the width", () => {
  fc.assert(fc.property(
    fc.constantFrom(...PHASES),
    fc.nat(),
    fc.option(fc.nat(), { nil: undefined }),
    fc.double({ min: 0, max: 1e6, noNaN: true }),
    fc.nat({ max: 200 }),
    (phase, done, total, seconds, width) =>
      barLine({ phase, done, total, state: "running" }, seconds, width).length <= width,
  ));
});

Deno.test("a bar is redrawn at most ten times a second", () => {
  let now = 0;
  const writes: string[] = [];
  const write = (text: string) => writes.push(text);
  const display = createProgress({ write, style: "bar", columns: () => 80, now: () => now });
  for (; now < 1000; now++) display.sink({ ...running, done: now });
  assert.equal(writes.length, 10);
  display.close();
  display.close();
  assert.equal(writes.length, 11);
});

Deno.test("plain lines come at the ends of a phase and every few seconds", () => {
  let now = 0;
  let text = "";
  const write = (part: string) => {
    text += part;
  };
  const display = createProgress({ write, style: "lines", columns: () => 80, now: () => now });
  display.sink({ ...running, done: 0, state: "started" });
  for (; now < 11_000; now += 10) display.sink({ ...running, done: 1 + now / 10, total: 2000 });
  display.sink({ ...running, done: 2000, total: 2000, state: "finished" });
  assert.deepEqual(text.trimEnd().split("\n"), [
    "Import: started",
    "Import: 501/2,000, 100/s, ETA 0:15",
    "Import: 1,001/2,000, 100/s, ETA 0:10",
    "Import: done in 11.0 s, 2,000 records",
  ]);
});

Deno.test("long waits are shown in hours", () => {
  assert.match(plainLine({ ...running, done: 1, total: 3601 }, 1.5), /ETA 1:30:00$/);
});
