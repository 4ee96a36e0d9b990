import assert from "node:assert/strict";
import { readIgnoredTests } from "./junit.ts";

/** As Deno 2.9.6 writes it. */
const REPORT = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="6" failures="1" errors="0" time="0.247">
    <testsuite name="./a_test.ts" tests="6" disabled="3" errors="0" failures="1">
        <testcase name="pass" classname="./a_test.ts" time="0.001" line="1" col="6">
        </testcase>
        <testcase name="ign &lt;x&gt; &amp; &quot;q&quot; &#39;y&#39;" classname="./a_test.ts" time="0.000" line="2" col="6">
            <skipped/>
        </testcase>
        <testcase name="a &gt; b" classname="./a_test.ts" time="0.000" line="3" col="6">
            <skipped/>
        </testcase>
        <testcase name="fail" classname="./a_test.ts" time="0.000" line="3" col="6">
            <failure message="Uncaught Error: no">Error: no
    &lt;skipped/&gt;</failure>
        </testcase>
        <testcase name="pass &gt; step" classname="./a_test.ts" time="0.000" line="1" col="72">
            <skipped/>
        </testcase>
        <testcase name="filtered out" classname="./a_test.ts" line="9" col="6">
            <skipped/>
        </testcase>
    </testsuite>
</testsuites>`;

Deno.test("readIgnoredTests() gives ignored tests, and neither steps nor what a filter left out", () => {
  assert.deepEqual(readIgnoredTests(REPORT), [
    { name: `ign <x> & "q" 'y'`, file: "./a_test.ts" },
    { name: "a > b", file: "./a_test.ts" },
  ]);
});

Deno.test("readIgnoredTests() gives none for a report without tests", () => {
  assert.deepEqual(readIgnoredTests('<testsuites name="deno test" tests="0"></testsuites>'), []);
});
