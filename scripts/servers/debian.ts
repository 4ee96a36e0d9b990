import { exists, removeFolder } from "./cache.ts";
import { CommandFailed, runCommand, Unavailable } from "./command.ts";

/** Where apt-get finds packages, when not where the system's own configuration says. */
type AptOptions = readonly string[];

/** Downloads packages and unpacks them into `folder`. Installs nothing, so that no special rights are needed. */
async function unpackDebianPackages(
  packages: readonly string[],
  folder: string,
  aptOptions: AptOptions = [],
): Promise<void> {
  const downloads = `${folder}/.downloads`;
  await Deno.mkdir(downloads);
  await runCommand("apt-get", [...aptOptions, "download", ...packages], { cwd: downloads });
  for await (const { name } of Deno.readDir(downloads)) {
    await runCommand("dpkg", ["-x", `${downloads}/${name}`, folder]);
  }
  await removeFolder(downloads);
}

/**
 * The same for packages that may be newer than the system: from the configured sources if they have them, else
 * from the backports of the system's release, on the mirror that the system uses.
 */
export async function unpackFromBackports(packages: readonly string[], folder: string): Promise<void> {
  try {
    await unpackDebianPackages(packages, folder);
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    await removeFolder(`${folder}/.downloads`);
    const apt = await Deno.makeTempDir({ prefix: "memorygraph-apt-" });
    try {
      await unpackDebianPackages(packages, folder, await fetchBackportsLists(apt));
    } finally {
      await removeFolder(apt);
    }
  }
}

async function fetchBackportsLists(folder: string): Promise<AptOptions> {
  const format = ["--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"];
  const { stdout } = await runCommand("apt-get", ["indextargets", ...format]);
  const source = stdout.match(/^(\S+) ([a-z]+) main$/m);
  if (!source) throw new Unavailable("no Debian release among the sources of apt-get");
  const [, mirror, release] = source;
  await Deno.mkdir(`${folder}/lists/partial`, { recursive: true });
  await Deno.writeTextFile(`${folder}/sources.list`, `deb ${mirror} ${release}-backports main\n`);
  const options = [
    ...["-o", `Dir::Etc::sourcelist=${folder}/sources.list`, "-o", "Dir::Etc::sourceparts=-"],
    ...["-o", `Dir::State::lists=${folder}/lists`, "-o", `Dir::Cache=${folder}/cache`],
  ];
  await runCommand("apt-get", [...options, "update"]);
  return options;
}

/** The packages of shared libraries, newer name first. What is not here is on every system with glibc. */
const PACKAGES: Record<string, readonly string[]> = {
  "libgomp.so.1": ["libgomp1"],
  "libssl.so.3": ["libssl3t64", "libssl3"],
  "libcrypto.so.3": ["libssl3t64", "libssl3"],
  "libstdc++.so.6": ["libstdc++6"],
  "libgcc_s.so.1": ["libgcc-s1"],
  "libatomic.so.1": ["libatomic1"],
  "libjemalloc.so.2": ["libjemalloc2"],
  "liblzf.so.1": ["liblzf1"],
};

/** What `provideLibraries` works on. */
export interface LibraryOptions {
  folder: string;
  /** What will be run; relative to `folder`. */
  program: string;
  /** A library that it will load, which has needs of its own. */
  module: string;
}

/**
 * Where the system lacks shared libraries, unpacks them beside the program, with a script that starts it with
 * them. The script looks for them beside itself: the folder may move. See `programIn`.
 */
export async function provideLibraries({ folder, program, module }: LibraryOptions): Promise<void> {
  const files = [`${folder}/${program}`, module];
  const missing = new Set((await Promise.all(files.map(findMissing))).flat());
  if (missing.size === 0) return;
  const lacks = `${program} needs ${[...missing].join(", ")}`;
  const libraries = `${folder}/libraries`;
  await Deno.mkdir(libraries);
  try {
    const packages = await Promise.all([...missing].map(findPackage));
    await unpackDebianPackages([...new Set(packages)], libraries);
  } catch (error) {
    throw new Unavailable(`${lacks}, which this system lacks`, { cause: error });
  }
  const { stdout } = await runCommand("find", [libraries, "-name", "*.so*"]);
  const found = stdout.trim().split("\n").map((path) => path.slice(folder.length + 1, path.lastIndexOf("/")));
  const search = [...new Set(found)].map((path) => `$here/${path}`).join(":");
  const script = `#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
export LD_LIBRARY_PATH="${search}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
exec "$here/${program}" "$@"
`;
  await Deno.writeTextFile(wrapperIn(folder), script, { mode: 0o755 });
}

/** The path by which to start a program that went through `provideLibraries`. */
export async function programIn(folder: string, program: string): Promise<string> {
  return await exists(wrapperIn(folder)) ? wrapperIn(folder) : `${folder}/${program}`;
}

function wrapperIn(folder: string): string {
  return `${folder}/start`;
}

async function findMissing(file: string): Promise<string[]> {
  if (Deno.build.os !== "linux") return [];
  const { stdout } = await runCommand("ldd", [file]);
  return [...stdout.matchAll(/^\s*(\S+) => not found$/gm)].flatMap((match) => match[1] ?? []);
}

async function findPackage(library: string): Promise<string> {
  for (const name of PACKAGES[library] ?? []) {
    const { stdout } = await runCommand("apt-cache", ["policy", name]);
    if (/Candidate: \d/.test(stdout)) return name;
  }
  throw new Unavailable(`no Debian package known for ${library}`);
}
