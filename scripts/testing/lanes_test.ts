import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { lanesFor } from "./lanes.ts";

Deno.test("lanesFor() shares out a run of everything so that each file is in one lane", () => {
  const lanes = lanesFor({ paths: [] }, {}, 2);
  assert.equal(lanes.length, 2);
  const [rest, longest] = lanes;
  assert.deepEqual(rest, { paths: [], ignored: longest!.paths });
  assert.deepEqual(longest!.ignored, []);
  for (const path of longest!.paths) assert(existsSync(path), path);
});

Deno.test("lanesFor() has one lane for a part, for a server of the user's, and for one processor", () => {
  assert.deepEqual(lanesFor({ paths: ["src"] }, {}, 2), [{ paths: ["src"], ignored: [] }]);
  const everything = [{ paths: [], ignored: [] }];
  assert.deepEqual(lanesFor({ paths: [], filter: "sqlite" }, {}, 2), everything);
  assert.deepEqual(lanesFor({ paths: [] }, { MEMORYGRAPH_TEST_MEMGRAPH_URI: "bolt://host" }, 2), everything);
  assert.deepEqual(lanesFor({ paths: [] }, {}, 1), everything);
});
