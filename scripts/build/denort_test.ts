import assert from "node:assert/strict";
import { cutDenort } from "./denort.ts";

const RUNTIME_BYTES = 256;

/** An ELF header whose section table ends at 256, a payload of 40 bytes, and the trailer. */
function makeExecutable(): { bytes: Uint8Array; view: DataView } {
  const payload = `d3n0l4nd${"x".repeat(24)}d3n0l4nd`;
  const bytes = new Uint8Array(RUNTIME_BYTES + payload.length + 16);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2]);
  view.setBigUint64(0x28, BigInt(RUNTIME_BYTES - 2 * 64), true);
  view.setUint16(0x3a, 64, true);
  view.setUint16(0x3c, 2, true);
  bytes.set(new TextEncoder().encode(payload), RUNTIME_BYTES);
  view.setUint32(bytes.length - 16, 0x501e, true);
  view.setBigUint64(bytes.length - 8, BigInt(payload.length + 16), true);
  return { bytes, view };
}

Deno.test("cutDenort() gives what stands before the payload", () => {
  const { bytes } = makeExecutable();
  assert.deepEqual(cutDenort(bytes), bytes.slice(0, RUNTIME_BYTES));
});

Deno.test("cutDenort() reads a view into a larger buffer", () => {
  const { bytes } = makeExecutable();
  const larger = new Uint8Array(bytes.length + 7);
  larger.set(bytes, 7);
  assert.deepEqual(cutDenort(larger.subarray(7)), bytes.slice(0, RUNTIME_BYTES));
});

Deno.test("cutDenort() refuses a file of another form", () => {
  const damage: [string, RegExp, (file: ReturnType<typeof makeExecutable>) => void][] = [
    ["no ELF", /ELF/, ({ bytes }) => bytes[0] = 0],
    ["32-bit", /ELF/, ({ bytes }) => bytes[4] = 1],
    ["no trailer", /trailer/, ({ bytes, view }) => view.setUint32(bytes.length - 16, 1)],
    ["length 0", /trailer/, ({ bytes, view }) => view.setBigUint64(bytes.length - 8, 0n, true)],
    ["huge length", /trailer/, ({ bytes, view }) => view.setBigUint64(bytes.length - 8, 1n << 60n, true)],
    ["length off by one", /payload/, ({ bytes, view }) => view.setBigUint64(bytes.length - 8, 57n, true)],
    ["payload's end", /payload/, ({ bytes }) => bytes[bytes.length - 17] = 0],
    ["cut section table", /ends at 320/, ({ view }) => view.setUint16(0x3c, 3, true)],
  ];
  for (const [name, message, change] of damage) {
    const file = makeExecutable();
    change(file);
    assert.throws(() => cutDenort(file.bytes), message, name);
  }
  assert.throws(() => cutDenort(new Uint8Array(0)), /ELF/);
});
