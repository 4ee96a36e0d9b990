import assert from "node:assert/strict";
import { type Line, LineSplitter } from "./lines.ts";

function texts(lines: Iterable<Line>): (string | number)[] {
  return [...lines].map((line) => "bytes" in line ? new TextDecoder().decode(line.bytes) : line.skippedBytes);
}

function split(text: string, size: number, maxBytes = 100): (string | number)[] {
  const bytes = new TextEncoder().encode(text);
  const splitter = new LineSplitter(maxBytes);
  const lines: (string | number)[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    lines.push(...texts(splitter.push(bytes.subarray(at, at + size))));
  }
  return [...lines, ...texts(splitter.end())];
}

Deno.test("LineSplitter gives the same lines however the bytes are cut", () => {
  for (let size = 1; size < 12; size++) {
    assert.deepEqual(split("one\n\nzwölf\r\nlast", size), ["one", "", "zwölf\r", "last"]);
    assert.deepEqual(split("one\n", size), ["one"]);
  }
});

Deno.test("LineSplitter skips a line that is too long, and goes on after it", () => {
  for (let size = 1; size < 12; size++) {
    assert.deepEqual(split("12345\n123456\n1\n1234567", size, 5), ["12345", 6, "1", 7]);
  }
});

Deno.test("LineSplitter takes a line in ten thousand pieces without copying it each time", () => {
  const splitter = new LineSplitter(2 ** 30);
  const piece = new Uint8Array(10_000).fill(97);
  const start = performance.now();
  for (let index = 0; index < 10_000; index++) assert.equal([...splitter.push(piece)].length, 0);
  const [line] = splitter.push(new Uint8Array([10]));
  assert(line && "bytes" in line);
  assert.equal(line.bytes.length, 100_000_000);
  // Copying what is there with each piece would be 500 GB.
  assert(performance.now() - start < 20_000);
});
