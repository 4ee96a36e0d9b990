import { installOnce, platformName } from "../../scripts/servers/cache.ts";
import { runCommand, Unavailable } from "../../scripts/servers/command.ts";

// Upstream does not say so, but version 2 of mcp breaks it.
const REQUIREMENTS = ["memorygraphmcp[neo4j]==0.12.4", "mcp<2", "httpx"];

/** What Python code is run with. */
export interface UpstreamOptions {
  args?: readonly string[];
  /** Upstream's own variables, such as MEMORY_SQLITE_PATH. */
  env?: Record<string, string>;
}

/**
 * Runs Python code with upstream's package and returns what it prints. Installs the package at the first call;
 * throws `Unavailable` where that cannot be done.
 */
export async function runUpstream(code: string, { args = [], env }: UpstreamOptions): Promise<string> {
  const folder = await installUpstream();
  const python = { PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: "1" };
  return (await runCommand("python3", ["-c", code, ...args], { env: { ...env, ...python } })).stdout;
}

/** Why upstream's package cannot be had here; undefined where it can. */
export async function whyNoUpstream(): Promise<string | undefined> {
  try {
    await installUpstream();
    return undefined;
  } catch (error) {
    if (error instanceof Unavailable) return error.message;
    throw error;
  }
}

/** The folder that upstream's package is in. */
function installUpstream(): Promise<string> {
  return installOnce(platformName("memorygraphmcp-0.12.4-neo4j"), async (folder) => {
    const quiet = ["--quiet", "--disable-pip-version-check", "--root-user-action=ignore"];
    await runCommand("python3", ["-m", "pip", "install", ...quiet, "--target", folder, ...REQUIREMENTS]);
  });
}
