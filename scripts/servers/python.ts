import { runCommand } from "./command.ts";

/** Unpacks a wheel from PyPI into `folder`, without what it depends on. */
export async function installPythonPackage(requirement: string, folder: string): Promise<void> {
  const quiet = ["--quiet", "--disable-pip-version-check", "--root-user-action=ignore"];
  const what = ["--no-deps", "--only-binary=:all:", "--target", folder, requirement];
  await runCommand("python3", ["-m", "pip", "install", ...quiet, ...what]);
}
