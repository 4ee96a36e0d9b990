import assert from "node:assert/strict";
import fc from "fast-check";
import { currentTimestamp, instantKey, isInstant, pythonTimestamp, timestampOf } from "./instant.ts";
import { isTimestamp } from "./memory.ts";

Deno.test("instantKey() is one for one instant, whatever its zone and precision", () => {
  const same = [
    "2025-03-04T05:06:07.5+00:00",
    "2025-03-04T05:06:07.500000Z",
    "2025-03-04 05:06:07.500000000",
    "2025-03-04T07:36:07.5+0230",
    "2025-03-03T23:06:07.5-06",
  ];
  assert.equal(new Set(same.map(instantKey)).size, 1);
  for (const text of [undefined, "", "yesterday", "2025-13-01T00:00:00Z"]) assert.equal(instantKey(text), "");
});

Deno.test("isInstant() takes what is on a calendar and on a clock", () => {
  for (
    const text of [
      "2024-02-29T23:59:59.999999999Z",
      "2025-01-01 00:00",
      "0000-01-01T00:00Z",
      "2025-01-01T00:00+1400",
    ]
  ) assert(isInstant(text), text);
  for (
    const text of [
      "2030-02-31T25:00:00Z",
      "2025-02-29T00:00:00Z",
      "2025-04-31T00:00:00Z",
      "2025-01-01T24:00:00Z",
      "2025-01-01T10:60:00Z",
      "2025-01-01T10:00:60Z",
      "2025-01-01T10:00:00+24:00",
      "2025-01-01T10:00:00+01:60",
      "2025-01-01",
      "soon",
      "",
    ]
  ) assert(!isInstant(text), text);
});

Deno.test("instantKey() sorts as instants do", () => {
  const instant = fc.record({
    at: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }),
    micro: fc.nat(999),
  });
  fc.assert(fc.property(instant, instant, (a, b) => {
    const text = ({ at, micro }: typeof a) =>
      at.toISOString().replace("Z", `${String(micro).padStart(3, "0")}+00:00`);
    const [x, y] = [a, b].map(({ at, micro }) => at.getTime() * 1000 + micro) as [number, number];
    assert.equal(
      Math.sign(x - y),
      instantKey(text(a)) < instantKey(text(b)) ? -1 : instantKey(text(a)) > instantKey(text(b)) ? 1 : 0,
    );
  }));
});

Deno.test("pythonTimestamp() writes what every Python reads", () => {
  const cases = {
    "2025-03-04T05:06:07.5Z": "2025-03-04T05:06:07.500000+00:00",
    "2025-03-04 05:06": "2025-03-04T05:06:00",
    "2025-03-04T05:06:07.123456789+0230": "2025-03-04T05:06:07.123456+02:30",
    "2025-03-04T05:06:07.000-06": "2025-03-04T05:06:07-06:00",
    "2025-03-04T05:06:07+00:00": "2025-03-04T05:06:07+00:00",
    yesterday: "yesterday",
  };
  for (const [text, written] of Object.entries(cases)) assert.equal(pythonTimestamp(text), written);
});

Deno.test("timestamps are written as upstream writes them", () => {
  assert.equal(timestampOf(1_700_000_000_123.456), "2023-11-14T22:13:20.123456+00:00");
  assert.equal(timestampOf(0), "1970-01-01T00:00:00.000000+00:00");
  assert(isTimestamp(currentTimestamp()));
});
