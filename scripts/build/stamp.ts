import { createHash } from "node:crypto";
import { buildExecutable, type BuildOptions } from "./compile.ts";

/**
 * Builds the executable unless `output` was built from the same files by the same Deno. What it was built
 * from is noted beside it, in `output` + ".stamp". Gives whether it had to be built.
 */
export async function buildIfChanged(options: BuildOptions): Promise<boolean> {
  const note = `${options.output}.stamp`;
  const stamp = `${await hashInputs(options.root)} ${options.target} ${Deno.version.deno}`;
  if (await readIfThere(note) === stamp && await isThere(options.output)) return false;
  await Deno.remove(note).catch(() => {});
  await buildExecutable(options);
  await Deno.writeTextFile(note, stamp);
  return true;
}

/** A hash over names and contents of everything that goes into the executable or says how it is made. */
export async function hashInputs(root: string): Promise<string> {
  const folders = await Promise.all(["src", "scripts/build"].map((name) => listFiles(root, name)));
  const hash = createHash("sha256");
  for (const path of ["deno.json", "deno.lock", "main.ts", ...folders.flat().sort()]) {
    const content = await Deno.readFile(`${root}/${path}`);
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

async function listFiles(root: string, folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${root}/${folder}`)) {
    const path = `${folder}/${name}`;
    if (isDirectory) found.push(...await listFiles(root, path));
    else if (!name.endsWith("_test.ts")) found.push(path);
  }
  return found;
}

async function readIfThere(path: string): Promise<string | undefined> {
  return await isThere(path) ? await Deno.readTextFile(path) : undefined;
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => info.isFile, () => false);
}
