import "./parser_timer.ts";
import { splitUri } from "../../src/redact.ts";
import type { Place, Settings } from "./harness.ts";

/** Where a server for tests is, or why there is none. */
export type TestServer = { readonly settings: Settings } | { readonly unavailable: string };

/**
 * The server that `MEMORYGRAPH_TEST_<NAME>_URI` names, credentials included, for place 0; for place 1
 * `MEMORYGRAPH_TEST_<NAME>_SECOND_URI`. A run of all tests starts them; a user may name servers of their own,
 * whose data the tests then delete.
 */
export function findServer(name: string, place: Place = 0): TestServer {
  const prefix = `MEMORYGRAPH_TEST_${name.toUpperCase()}${place === 0 ? "" : "_SECOND"}`;
  const given = Deno.env.get(`${prefix}_URI`);
  if (given) return { settings: splitUri(given) };
  const reason = Deno.env.get(`${prefix}_UNAVAILABLE`);
  return { unavailable: reason || `${prefix}_URI is not set; deno task test starts a server` };
}

/** The settings of a server that is there. Throws where it is not, which a harness says beforehand. */
export function settingsOf(server: TestServer): Settings {
  if ("unavailable" in server) throw new TypeError(server.unavailable);
  return server.settings;
}

/** Why a server is not there, for a harness. */
export function reasonOf(server: TestServer): string | undefined {
  return "unavailable" in server ? server.unavailable : undefined;
}

/** Waits for what ioredis leaves: it gives a connection that it cuts half a second, by a timer that it never clears. */
export async function ioredisTimers(): Promise<void> {
  await new Promise((resume) => setTimeout(resume, 700));
}
