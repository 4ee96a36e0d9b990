import { CommandFailed, Unavailable } from "./command.ts";
import process from "node:process";

/** Where installed servers are kept between runs: `MEMORYGRAPH_TEST_CACHE`, else a folder in the user's cache. */
function cacheFolder(): string {
  const own = Deno.env.get("MEMORYGRAPH_TEST_CACHE");
  if (own) return own;
  const home = Deno.env.get("HOME");
  const caches = Deno.env.get("XDG_CACHE_HOME") || (home && `${home}/.cache`);
  if (!caches) throw new Error("No cache folder: set MEMORYGRAPH_TEST_CACHE or HOME");
  return `${caches}/memorygraph-test`;
}

/** The name under which something for this kind of machine is kept: `falkordb-1.4.1-linux-x64`. */
export function platformName(name: string): string {
  return `${name}-${process.platform}-${process.arch}`;
}

const installs = new Map<string, Promise<string>>();

/**
 * Gives the folder `name` of the cache, filled by `fill` the first time. The folder is there whole or not at
 * all, and only one process fills it while others wait. Throws `Unavailable` when a command in `fill` fails;
 * the next call tries again.
 */
export function installOnce(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const folder = `${cacheFolder()}/${name}`;
  const running = installs.get(folder);
  if (running) return running;
  const install = installUnderLock(name, fill);
  installs.set(folder, install);
  install.catch(() => installs.delete(folder));
  return install;
}

async function installUnderLock(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const folder = `${cacheFolder()}/${name}`;
  if (await exists(folder)) return folder;
  await Deno.mkdir(cacheFolder(), { recursive: true });
  // The system drops the lock with its process, so a killed install blocks nobody.
  using lock = await Deno.open(`${folder}.lock`, { create: true, write: true });
  await lock.lock(true);
  if (await exists(folder)) return folder;
  const partial = `${folder}.partial`;
  await removeFolder(partial);
  await Deno.mkdir(partial);
  try {
    await fill(partial);
    await Deno.rename(partial, folder);
  } catch (error) {
    await removeFolder(partial);
    if (!(error instanceof CommandFailed)) throw error;
    throw new Unavailable(`cannot install ${name}: ${error.summary}`, { cause: error });
  }
  return folder;
}

/** Whether there is a file or folder at the path. Throws what `Deno.stat` does, but for one that is not there. */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Removes a folder and what is in it. A folder that is not there is no error. */
export async function removeFolder(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
