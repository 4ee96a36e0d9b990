import assert from "node:assert/strict";
import type { Backend } from "../../src/backends/backend.ts";
import type { ErrorCode } from "../../src/errors.ts";
import { failsWith } from "../conformance/suite.ts";

/** An address that leads to no server of a backend, and how opening it must fail. */
export type ConnectFailure = readonly [code: ErrorCode, uri: string, message: RegExp];

/**
 * Asserts that each address fails to open in its own way, and that no password is in an error. `failures` is given
 * the ports of a server that says nothing and of one that speaks HTTP.
 */
export async function assertConnectFailures(
  backend: Backend,
  failures: (silentPort: number, httpPort: number) => readonly ConnectFailure[],
): Promise<void> {
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using http = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => new Response());
  const password = "wrong-secret";
  await Promise.all(
    failures(silent.addr.port, http.addr.port).map(async ([code, uri, message]) => {
      const error = await failsWith(code, () => backend.open({ uri, password }, { mode: "create" }));
      assert.match(error.message, message);
      assert(!Deno.inspect(error, { depth: 9 }).includes(password));
    }),
  );
}
