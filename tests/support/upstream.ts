import { installOnce, platformName } from "../../scripts/servers/cache.ts";
import { runCommand } from "../../scripts/servers/command.ts";

// Upstream does not say so, but version 2 of mcp breaks it.
const REQUIREMENTS = ["memorygraphmcp==0.12.4", "mcp<2", "httpx"];

/**
 * Runs Python code with upstream's package, given arguments, and returns what it prints. Installs the package at the
 * first call; throws `Unavailable` where that cannot be done.
 */
export async function runUpstream(code: string, args: readonly string[]): Promise<string> {
  const folder = await installUpstream();
  const env = { PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: "1" };
  return (await runCommand("python3", ["-c", code, ...args], { env })).stdout;
}

/** The folder that upstream's package is in. */
export function installUpstream(): Promise<string> {
  return installOnce(platformName("memorygraphmcp-0.12.4"), async (folder) => {
    const quiet = ["--quiet", "--disable-pip-version-check", "--root-user-action=ignore"];
    await runCommand("python3", ["-m", "pip", "install", ...quiet, "--target", folder, ...REQUIREMENTS]);
  });
}
