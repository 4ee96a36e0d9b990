import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { failsWith } from "../../../tests/conformance/suite.ts";
import { inTemporaryFolder } from "../../../tests/support/files.ts";
import { GraphError } from "../../errors.ts";
import { readRdbHeader } from "./rdb.ts";

const UPSTREAM = new URL("../../../tests/fixtures/upstream/python/", import.meta.url).pathname;
const FIXTURE = `${UPSTREAM}falkordblite_1k.rdb`;

async function headerOf(bytes: Uint8Array | string): Promise<Awaited<ReturnType<typeof readRdbHeader>>> {
  let header;
  await inTemporaryFolder(async (folder) => {
    const path = join(folder, "some.db");
    await Deno.writeFile(path, typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes);
    header = await readRdbHeader(path);
  });
  return header!;
}

Deno.test("readRdbHeader() tells who wrote a file, in which versions", async () => {
  assert.deepEqual(await readRdbHeader(FIXTURE), { version: 12, writer: "Redis 8.2.3", graphEncoding: 18 });
});

Deno.test("readRdbHeader() reads the head of a format that does not exist yet", async () => {
  assert.deepEqual(await headerOf("REDIS9999"), {
    version: 9999,
    writer: undefined,
    graphEncoding: undefined,
  });
});

Deno.test("readRdbHeader() says what a file is that is none of ours", async () => {
  for (
    const [path, said] of [
      [`${UPSTREAM}full.db`, /is a SQLite database/],
      [`${UPSTREAM}full.json`, /is JSON text/],
      [`${UPSTREAM}../../../../LICENSE`, /begins with "MIT Licen"/],
    ] as const
  ) {
    const { message } = await failsWith("UNKNOWN_LAYOUT", () => readRdbHeader(path));
    assert.match(message, said);
    assert(message.includes(path));
  }
  assert.match((await failsWith("UNKNOWN_LAYOUT", () => headerOf(""))).message, /is empty/);
});

Deno.test("readRdbHeader() finds a file that is cut off", async () => {
  const whole = await Deno.readFile(FIXTURE);
  for (const size of [whole.length - 1, whole.length >> 1, 9]) {
    const { message } = await failsWith("UNKNOWN_LAYOUT", () => headerOf(whole.subarray(0, size)));
    assert(message.includes(`cut off after ${size} bytes`), message);
  }
});

Deno.test("readRdbHeader() gives a header or a GraphError, whatever follows the magic", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (rest) => {
      const bytes = new Uint8Array([...new TextEncoder().encode("REDIS0012"), ...rest]);
      const result = await headerOf(bytes).catch((error) => error);
      assert(result.version === 12 || result instanceof GraphError, String(result));
    }),
    { numRuns: 300 },
  );
});
