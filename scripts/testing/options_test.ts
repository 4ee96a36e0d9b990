import assert from "node:assert/strict";
import { parseTestOptions } from "./options.ts";

const lenient = { strict: false };

Deno.test("parseTestOptions() starts servers for a run of everything only, unless told", () => {
  assert.equal(parseTestOptions([], lenient).withServers, true);
  assert.equal(parseTestOptions(["src/model"], lenient).withServers, false);
  assert.equal(parseTestOptions(["src/model", "--with-servers"], lenient).withServers, true);
});

Deno.test("parseTestOptions() is strict by flag or by environment", () => {
  assert.equal(parseTestOptions([], lenient).strict, false);
  assert.equal(parseTestOptions(["--strict"], lenient).strict, true);
  assert.equal(parseTestOptions([], { strict: true }).strict, true);
});

Deno.test("parseTestOptions() leaves what stands after -- to deno test", () => {
  const { paths, extra, filter } = parseTestOptions(["--filter", "x", "src", "--", "--trace-leaks"], lenient);
  assert.deepEqual({ paths, extra, filter }, { paths: ["src"], extra: ["--trace-leaks"], filter: "x" });
});

Deno.test("parseTestOptions() refuses an unknown option", () => {
  assert.throws(() => parseTestOptions(["--strikt"], lenient), /--strikt/);
});
