/** Serving MCP on this process's stdin and stdout. */
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import type { Logger } from "../log.ts";
import type { Profile } from "../operations/operation.ts";
import { type EndInput, resolveEnd } from "../settings.ts";
import type { Environment } from "../state.ts";
import { Jobs } from "./jobs.ts";
import { Policy } from "./policy.ts";
import { createServer } from "./server.ts";
import { StoreSession } from "./store_session.ts";
import { PatientStdioTransport } from "./transport.ts";

/** How a server is started. */
export interface ServeOptions {
  /** The store to serve. */
  readonly end: EndInput;
  readonly profile: Profile;
  readonly isReadOnly: boolean;
  readonly allowMigrations: boolean;
  /** Folders that tools may read and write files in, besides ~/.memorygraph. */
  readonly folders: readonly string[];
  readonly env: Environment;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/**
 * Serves until stdin ends or the signal is aborted; migrations that still run then stop at a batch boundary
 * and can be resumed. Throws USAGE where the store is configured wrongly.
 */
export async function serve(options: ServeOptions): Promise<void> {
  const { end, profile, isReadOnly, allowMigrations, folders, env, log, signal } = options;
  // What the settings give reason to warn of is said once, at the start.
  const first = await resolveEnd(end, "current", { env, log });
  const current = () => resolveEnd(end, "current", { env });
  const policy = new Policy({ allowMigrations, folders, env, current: first });
  const jobs = new Jobs();
  await using session = new StoreSession({ current, isReadOnly, log });
  const parts = { end, current, profile, isReadOnly, env, log, policy, jobs, session };
  const transport = new PatientStdioTransport();
  const handle = serveStdio(() => createServer(parts), {
    transport,
    onerror: (error) => log.warn(`MCP: ${error.message.replace(/\s+/g, " ")}`),
  });
  const interrupted = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => {
    transport.abandon();
    interrupted.resolve();
  });
  await Promise.race([transport.ended, interrupted.promise]);
  await jobs.stop();
  await handle.close();
}
