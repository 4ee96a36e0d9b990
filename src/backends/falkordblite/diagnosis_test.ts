import assert from "node:assert/strict";
import type { ErrorCode } from "../../errors.ts";
import { diagnose } from "./diagnosis.ts";

const engine = { redisServer: "/bin/redis-server", product: "Redis 8.2.3" };

// As redis-server 8.2.3 with FalkorDB 4.16.3 wrote them; the first lines are in every log.
const START = "14240:C 24 Nov 2026 16:59:30.549 * Redis version=8.2.3, bits=64, pid=14240, just started\n" +
  "14240:C 24 Nov 2026 16:59:30.549 * Configuration loaded\n";
const LOGS: readonly [log: string, code: ErrorCode, said: RegExp][] = [
  [
    "1:M 24 Nov 2026 16:59:32.935 # Module /x/falkordb.so failed to load: libgomp.so.1: cannot open shared " +
    "object file: No such file or directory\n1:M 24 Nov 2026 16:59:32.935 # Can't load module from " +
    "/x/falkordb.so: server aborting\n",
    "ENGINE_MISSING",
    /libgomp\.so\.1: cannot open shared object file.*install libgomp1/,
  ],
  [
    "1:M 24 Nov 2026 16:59:32.935 # Can't handle RDB format version 13\n",
    "UNSUPPORTED_VERSION",
    /"\/mem\.db" was written by Redis file format 13, which Redis 8\.2\.3.*unchanged.*pip install/,
  ],
  [
    "1:M 24 Nov 2026 16:59:32.935 # <module> Failed loading Graph, FalkorDB version (41603) is not forward " +
    "compatible.\n",
    "UNSUPPORTED_VERSION",
    /written by a newer FalkorDB.*41603/,
  ],
  [
    "1:M 24 Nov 2026 16:59:32.935 # Wrong RDB checksum expected: (1) but got (2). Aborting now.\n",
    "UNKNOWN_LAYOUT",
    /"\/mem\.db" is damaged: Wrong RDB checksum/,
  ],
  [
    "1:M 24 Nov 2026 16:59:32.935 # Write error saving DB on disk(rdbSaveRio): No space left on device\n",
    "DISK_FULL",
    /disk is full while writing "\/mem\.db"/,
  ],
  [
    "1:M 24 Nov 2026 16:59:32.935 # Redis 8.2.3 crashed by signal: 11, si_code: 128\n",
    "STORE_FAILED",
    /ended: Redis 8\.2\.3 crashed by signal: 11/,
  ],
  ["1:M 24 Nov 2026 16:59:32.935 * Ready to accept connections unix\n", "STORE_FAILED", /was killed/],
];

for (const [log, code, said] of LOGS) {
  Deno.test(`diagnose() gives ${code} for ${JSON.stringify(log.slice(34, 90))}`, () => {
    const error = diagnose(START + log, { engine, file: "/mem.db" });
    assert.equal(error.code, code, error.message);
    assert.match(error.message, said);
  });
}
