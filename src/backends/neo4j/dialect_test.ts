import assert from "node:assert/strict";
import { isAtLeast } from "./dialect.ts";

Deno.test("isAtLeast() compares minor versions of Neo4j 5, and takes a year for later", () => {
  assert(isAtLeast("5.10.0", 10) && isAtLeast("5.26.30", 10) && isAtLeast("2026.08.1", 26));
  assert(!isAtLeast("5.9.0", 10) && !isAtLeast("4.44.1", 10) && !isAtLeast("", 10));
});
