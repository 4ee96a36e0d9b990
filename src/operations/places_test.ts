import assert from "node:assert/strict";
import { placeToRead } from "./places.ts";
import { silentLogger } from "../../tests/support/operations.ts";

Deno.test("placeToRead() takes a URI for the backend that has such addresses", async () => {
  const context = { signal: new AbortController().signal, progress: () => {}, log: silentLogger, env: {} };
  const cases: Record<string, readonly string[]> = {
    neo4j: ["bolt://h", "bolt+s://h", "bolt+ssc://h", "neo4j://h", "neo4j+s://h"],
    falkordb: [
      ...["redis://h", "rediss://h", "falkor://h", "unix:///a.sock", "redis+unix:///a.sock"],
      ...["redis+sentinel://h,i/name", "rediss+sentinel://h/name", "redis+cluster://h,i"],
    ],
  };
  for (const [backend, uris] of Object.entries(cases)) {
    for (const uri of uris) {
      const { location } = await placeToRead(uri, {}, { end: "source", context });
      assert.equal(location.backend, backend, uri);
    }
  }
  await assert.rejects(() => placeToRead("mysql://h", {}, { end: "source", context }), /No backend has/);
});
