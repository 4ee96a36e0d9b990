import { falkordbHarness } from "../../src/backends/falkordb/harness.ts";
import { falkordbliteHarness } from "../../src/backends/falkordblite/harness.ts";
import { memgraphHarness } from "../../src/backends/memgraph/harness.ts";
import { neo4jHarness } from "../../src/backends/neo4j/harness.ts";
import { sqliteHarness } from "../../src/backends/sqlite/harness.ts";
import type { Harness } from "./harness.ts";

/** The harness of every backend, in the registry's order. */
export const HARNESSES: readonly Harness[] = [
  sqliteHarness,
  neo4jHarness,
  memgraphHarness,
  falkordbHarness,
  falkordbliteHarness,
];

const named = Deno.env.get("MEMORYGRAPH_TEST_BACKENDS")?.split(",").map((name) => name.trim());
const strict = Deno.env.get("MEMORYGRAPH_TEST_STRICT") === "1";

/**
 * The harnesses that this run is about: those named in MEMORYGRAPH_TEST_BACKENDS ("neo4j,falkordb"), else
 * all. Throws for a name that no harness has.
 */
export function selectHarnesses(): readonly Harness[] {
  const unknown = named?.find((name) => !HARNESSES.some((harness) => harness.name === name));
  if (unknown !== undefined) {
    throw new TypeError(`MEMORYGRAPH_TEST_BACKENDS names "${unknown}", which is none`);
  }
  return HARNESSES.filter(({ name }) => !named || named.includes(name));
}

/**
 * Registers what stands for tests that cannot run here: an ignored test with the reason in its name. Where
 * the run names its backends, or is strict, it fails instead.
 */
export function registerUnavailable(name: string, reason: string): void {
  Deno.test({
    name: `${name} (${reason})`,
    ignore: !named && !strict,
    fn() {
      throw new Error(`Cannot run: ${reason}`);
    },
  });
}
