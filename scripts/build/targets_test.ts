import assert from "node:assert/strict";
import { asTarget, executableName } from "./targets.ts";

Deno.test("executableName() ends in .exe for Windows only", () => {
  const short = { withTarget: false };
  const long = { withTarget: true };
  assert.equal(executableName("x86_64-unknown-linux-gnu", short), "memorygraph");
  assert.equal(executableName("x86_64-pc-windows-msvc", short), "memorygraph.exe");
  assert.equal(executableName("aarch64-apple-darwin", long), "memorygraph-aarch64-apple-darwin");
  assert.equal(executableName("aarch64-pc-windows-msvc", long), "memorygraph-aarch64-pc-windows-msvc.exe");
});

Deno.test("asTarget() lists the targets when it refuses one", () => {
  assert.equal(asTarget("x86_64-apple-darwin"), "x86_64-apple-darwin");
  assert.throws(() => asTarget("linux"), /"linux" \(one of: x86_64-unknown-linux-gnu, /);
});
