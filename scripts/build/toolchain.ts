import { run } from "./command.ts";
import { cutDenort } from "./denort.ts";

/** No runtime for the executable can be had on this machine; the message says why. */
export class RuntimeUnavailable extends Error {
  override name = "RuntimeUnavailable";
}

/** A Deno and the runtime of the same version that its `compile` needs. */
export interface Toolchain {
  deno: string;
  denort: string;
  /** Needed by `deno`: where its runtime is, and a cache of its own, since versions discard each other's. */
  env: Record<string, string>;
}

/** The newest Deno of which PyPI has a runtime: bids-validator-deno is an executable that this Deno compiled. */
const PACKAGES = { deno: "deno==2.6.10", compiled: "bids-validator-deno==2.4.1" };
const SHA256 = {
  deno: "bb9513ce8a9a7a976a77e0a32c5818035fb72dff6364afc5b8659594ba4a6139",
  denort: "1b136202dc147212ad0b129de0c10eb5f17060917c9754c7921cd68f764ad2e2",
};

/**
 * A toolchain for Linux on x86-64 that comes from Python's package registry alone, for machines where
 * `deno compile` cannot download its runtime. Installed at the first call, whole or not at all; only files of
 * a known checksum are. Throws `RuntimeUnavailable` where that does not work.
 */
export async function installToolchain(): Promise<Toolchain> {
  const folder = `${cacheFolder()}/deno-2.6.10-x86_64-unknown-linux-gnu`;
  const denort = `${folder}/denort`;
  const env = {
    DENORT_BIN: denort,
    DENO_DIR: `${cacheFolder()}/deno-dir-2.6.10`,
    // Trusts what the system trusts, as Deno 2.9 does by itself.
    DENO_TLS_CA_STORE: Deno.env.get("DENO_TLS_CA_STORE") || "system,mozilla",
  };
  const toolchain = { deno: `${folder}/deno`, denort, env };
  if (await isFile(toolchain.denort)) return toolchain;
  await Deno.mkdir(cacheFolder(), { recursive: true });
  const work = await Deno.makeTempDir({ dir: cacheFolder(), prefix: ".partial-" });
  try {
    await Deno.mkdir(`${work}/result`);
    await pip(["install", "--target", `${work}/deno`, PACKAGES.deno]);
    await place(await Deno.readFile(`${work}/deno/bin/deno`), `${work}/result/deno`, SHA256.deno);
    const compiled = await downloadCompiled(work);
    await place(cutDenort(compiled), `${work}/result/denort`, SHA256.denort);
    await Deno.rename(`${work}/result`, folder).catch(async (error) => {
      // Another process may have been faster.
      if (!await isFile(toolchain.denort)) throw error;
    });
  } catch (error) {
    throw new RuntimeUnavailable(error instanceof Error ? error.message : String(error), { cause: error });
  } finally {
    await Deno.remove(work, { recursive: true });
  }
  return toolchain;
}

async function downloadCompiled(work: string): Promise<Uint8Array> {
  await pip(["download", "--dest", `${work}/wheel`, PACKAGES.compiled]);
  const [wheel] = [...Deno.readDirSync(`${work}/wheel`)];
  await run("python3", ["-m", "zipfile", "-e", `${work}/wheel/${wheel?.name}`, `${work}/unpacked`]);
  const data = [...Deno.readDirSync(`${work}/unpacked`)].find(({ name }) => name.endsWith(".data"));
  return await Deno.readFile(`${work}/unpacked/${data?.name}/scripts/bids-validator-deno`);
}

async function pip([command, ...args]: [string, ...string[]]): Promise<void> {
  const quiet = ["--quiet", "--disable-pip-version-check", "--no-input"];
  await run("python3", ["-m", "pip", command, ...quiet, "--no-deps", "--only-binary=:all:", ...args]);
}

async function place(bytes: Uint8Array, path: string, expected: string): Promise<void> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as BufferSource));
  const actual = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (actual !== expected) throw new Error(`Checksum of ${path} is ${actual}, not ${expected}`);
  await Deno.writeFile(path, bytes, { mode: 0o755 });
}

function cacheFolder(): string {
  const own = Deno.env.get("MEMORYGRAPH_BUILD_CACHE");
  if (own) return own;
  const home = Deno.env.get("HOME");
  const caches = Deno.env.get("XDG_CACHE_HOME") || (home && `${home}/.cache`);
  if (!caches) throw new Error("No cache folder: set MEMORYGRAPH_BUILD_CACHE or HOME");
  return `${caches}/memorygraph-build`;
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => info.isFile, () => false);
}
