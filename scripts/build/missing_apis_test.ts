import assert from "node:assert/strict";
import { findMissingApis } from "./missing_apis.ts";

/** As Deno 2.6.10 prints it without colours. */
const PRINTED = `Check file:///p/main.ts
TS2339 [ERROR]: Property 'tryLock' does not exist on type 'FsFile'.
  while (!await handle.tryLock(exclusive)) {
                       ~~~~~~~
    at file:///p/src/lock.ts:75:24

TS2304 [ERROR]: Cannot find name 'setImmediate'.
  setImmediate(resume);
  ~~~~~~~~~~~~
    at file:///p/src/load.ts:45:45

TS2322 [ERROR]: Type 'string' is not assignable to type 'number'.
  const x: number = y;
        ~
    at file:///p/src/x.ts:1:7

TS2304 [ERROR]: Cannot find name 'Temporal'.
  Temporal.Now
  ~~~~~~~~
    at file:///p/src/time.ts:2:3

Found 4 errors.
`;

Deno.test("findMissingApis() gives what is not there, with its place", () => {
  assert.deepEqual(findMissingApis(PRINTED, "/p"), [
    "Property 'tryLock' does not exist on type 'FsFile' (src/lock.ts:75)",
    "Cannot find name 'Temporal' (src/time.ts:2)",
  ]);
});

Deno.test("findMissingApis() gives nothing for a clean check", () => {
  assert.deepEqual(findMissingApis("Check file:///p/main.ts\n", "/p"), []);
});
