import assert from "node:assert/strict";
import * as z from "zod";
import { defineBackend } from "./backends/backend.ts";
import { GraphError } from "./errors.ts";
import { createLogger } from "./log.ts";
import { redact } from "./redact.ts";
import {
  checkSettings,
  chosenBackend,
  type EndInput,
  resolveEnd,
  resolveSettings,
  unreadVariables,
  viewSettings,
  type WhichEnd,
} from "./settings.ts";

const never = () => {
  throw new Error("not opened here");
};

const server = defineBackend({
  name: "server",
  summary: "A database server",
  config: z.object({
    uri: z.string().describe("Address").meta({ env: ["NEW_URI", "OLD_URI"] }).default("bolt://localhost"),
    user: z.string().meta({ env: ["SERVER_USER"] }).optional(),
    password: z.string().meta({ env: ["SERVER_PASSWORD"] }).optional(),
    database: z.string().default("main"),
    port: z.string().regex(/^\d+$/, "must be a number").optional().meta({ env: ["SERVER_PORT"] }),
  }),
  open: never,
  locate: ({ uri }) => ({ display: uri, identity: uri }),
});

const file = defineBackend({
  name: "file",
  summary: "A file",
  config: z.object({ path: z.string().meta({ env: ["FILE_PATH"] }) }),
  open: never,
  locate: ({ path }) => ({ display: path, identity: path }),
});

function resolve(input: EndInput, env: Record<string, string> = {}, which: WhichEnd = "source") {
  return resolveSettings(server, input, { which, env });
}

async function usage(action: () => unknown, message: RegExp): Promise<void> {
  await assert.rejects(async () => await action(), (error: GraphError) => {
    assert.ok(error instanceof GraphError);
    assert.equal(error.code, "USAGE");
    assert.match(error.message, message);
    return true;
  });
}

Deno.test("a flag wins over a variable, and a variable's earlier name over its later one", async () => {
  const env = { NEW_URI: "bolt://new", OLD_URI: "bolt://old", SERVER_USER: "eve" };
  assert.deepEqual(await resolve({}, env), { uri: "bolt://new", user: "eve" });
  assert.deepEqual(await resolve({}, { ...env, NEW_URI: "" }), { uri: "bolt://old", user: "eve" });
  assert.deepEqual(await resolve({ uri: "bolt://flag", user: "ann", database: "d" }, env), {
    uri: "bolt://flag",
    user: "ann",
    database: "d",
  });
});

Deno.test("passwords: the flag, then a URI flag, then the end's variable, then the backend's, then a URI variable", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, "from-file\n");
    const env = {
      NEW_URI: "bolt://u:from-env-uri@h",
      SERVER_PASSWORD: "from-backend",
      MEMORYGRAPH_SOURCE_PASSWORD: "from-source",
      MEMORYGRAPH_TARGET_PASSWORD: "from-target",
    };
    const uri = "bolt://x:from%2Duri@h";
    const password = async (input: EndInput, variables: Record<string, string>, which?: WhichEnd) =>
      (await resolve(input, variables, which)).password;
    assert.equal(await password({ uri, passwordFile: path }, env), "from-file");
    assert.equal(await password({ uri, passwordCommand: "echo from-command" }, env), "from-command");
    assert.equal(await password({ uri }, env), "from-uri");
    assert.equal(await password({}, env), "from-source");
    assert.equal(await password({}, env, "target"), "from-target");
    assert.equal(await password({}, env, "current"), "from-backend");
    assert.equal(await password({}, { NEW_URI: env.NEW_URI }), "from-env-uri");
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("a URI reaches the backend without its credentials", async () => {
  assert.deepEqual(await resolve({ uri: "bolt://ann:p%40ss/word@db:7687/x" }), {
    uri: "bolt://db:7687/x",
    user: "ann",
    password: "p@ss/word",
  });
  assert.equal(redact("p@ss/word p%40ss%2fword"), "*** ***");
});

Deno.test("a setting that the backend does not take is refused with the flag to use", async () => {
  await usage(() => resolve({ path: "x" }), /Backend server takes no path: use --from-uri$/);
  const onFile = (input: EndInput, which: WhichEnd) => resolveSettings(file, input, { which, env: {} });
  await usage(() => onFile({ uri: "x" }, "target"), /Backend file takes no uri: use --to-path$/);
  await usage(() => onFile({ user: "x" }, "current"), /Backend file takes no user: leave --user out$/);
  await usage(() => onFile({ passwordFile: "x" }, "source"), /no password: leave --from-password-file out$/);
  await usage(
    () => resolve({ passwordFile: "x", passwordCommand: "y" }),
    /Give either --from-password-file or --from-password-command, not both$/,
  );
});

Deno.test("a password variable of an end is no setting of a backend that takes none", async () => {
  const env = { MEMORYGRAPH_SOURCE_PASSWORD: "x", FILE_PATH: "~/m.db", HOME: "/home/ann" };
  const settings = await resolveSettings(file, {}, { which: "source", env });
  assert.deepEqual(settings, { path: Deno.build.os === "windows" ? "\\home\\ann\\m.db" : "/home/ann/m.db" });
});

Deno.test("MEMORY_BACKEND names the current backend, sqlite without it", async () => {
  assert.equal(chosenBackend({}, "source", {}).name, "sqlite");
  for (
    const [text, name] of [["sqlite", "sqlite"], ["NEO4J", "neo4j"], ["SQLite", "sqlite"], ["Auto", "sqlite"]]
  ) {
    assert.equal(chosenBackend({}, "source", { MEMORY_BACKEND: text }).name, name);
  }
  const warned: string[] = [];
  const log = createLogger("warn", (line) => warned.push(line));
  await resolveEnd({}, "current", { env: { MEMORY_BACKEND: "auto" }, log });
  await resolveEnd({ backend: "sqlite" }, "current", { env: { MEMORY_BACKEND: "auto" }, log });
  await resolveEnd({}, "current", { env: { MEMORY_BACKEND: "SQLITE" }, log });
  assert.match(warned.join(), /^warn: MEMORY_BACKEND is "auto": taking sqlite, since neither [^:]* is set$/);
  await usage(
    () => chosenBackend({}, "source", { MEMORY_BACKEND: "oracle" }),
    /^MEMORY_BACKEND names an unknown backend "oracle" \(set it to one of sqlite.*, or use --from\)$/,
  );
});

Deno.test("auto is the backend that has been configured, as upstream chooses", async () => {
  const cases: [Record<string, string>, string, string][] = [
    [{}, "sqlite", "since neither MEMORY_NEO4J_PASSWORD nor MEMORY_MEMGRAPH_URI is set"],
    [{ NEO4J_PASSWORD: "pw", MEMORY_MEMGRAPH_URI: "bolt://m" }, "neo4j", "since NEO4J_PASSWORD is set"],
    [{ MEMORY_MEMGRAPH_URI: "bolt://m" }, "memgraph", "since MEMORY_MEMGRAPH_URI is set"],
    [{ MEMORY_NEO4J_URI: "bolt://n", MEMORY_FALKORDB_HOST: "f" }, "sqlite", ""],
  ];
  for (const [variables, name, reason] of cases) {
    const env = { ...variables, MEMORY_BACKEND: "auto" };
    const warned: string[] = [];
    const log = createLogger("warn", (line) => warned.push(line));
    const { backend } = await resolveEnd({}, "current", { env, log });
    assert.equal(backend.name, name);
    assert(warned.join().includes(`"auto": taking ${name}, ${reason}`), warned.join());
  }
});

Deno.test("a view says where each value comes from, and shows no secret", () => {
  const env = { OLD_URI: "bolt://u:canary-in-uri@h", SERVER_PORT: "1" };
  const views = viewSettings(server, { database: "d" }, env);
  assert.doesNotMatch(JSON.stringify(views), /canary/);
  assert.deepEqual(views.map(({ name, value, origin }) => [name, value, origin]), [
    ["uri", "bolt://h", "OLD_URI"],
    ["user", "u", "OLD_URI"],
    ["password", "set", "OLD_URI"],
    ["database", "d", "--database"],
    ["port", "1", "SERVER_PORT"],
  ]);
  const bare = viewSettings(server, {}, {});
  assert.deepEqual(bare.map(({ value, origin }) => [value, origin]), [
    ["bolt://localhost", "default"],
    [undefined, undefined],
    [undefined, undefined],
    ["main", "default"],
    [undefined, undefined],
  ]);
});

Deno.test("a wrong value is found without opening anything", async () => {
  await usage(() => checkSettings(server, {}, { SERVER_PORT: "x" }), /server: port: must be a number/);
  checkSettings(server, {}, { SERVER_PORT: "1" });
});

Deno.test("a mistyped variable of a known backend is found", () => {
  const found = unreadVariables({ MEMORY_SQLITE_PAHT: "x", MEMORY_SQLITE_PATH: "y", MEMORY_OTHER: "z" });
  assert.deepEqual(found, [{ name: "MEMORY_SQLITE_PAHT", read: ["MEMORY_SQLITE_PATH"] }]);
});

Deno.test("a password file that others can read is warned of", {
  ignore: Deno.build.os === "windows", // it has no such mode
}, async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, "two words \r\n");
    const lines: string[] = [];
    const log = createLogger("warn", (line) => lines.push(line));
    const read = () => resolveSettings(server, { passwordFile: path }, { which: "source", env: {}, log });
    await Deno.chmod(path, 0o600);
    assert.equal((await read()).password, "two words ");
    assert.deepEqual(lines, []);
    await Deno.chmod(path, 0o640);
    await read();
    assert.match(lines.join(), /Others can read the password file/);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("a password that cannot be had is a usage error that names the flag", async () => {
  const path = await Deno.makeTempFile();
  try {
    await usage(() => resolve({ passwordFile: path }), /given by --from-password-file is empty$/);
    await Deno.writeFile(path, new Uint8Array([0xff, 0xfe, 0x41]));
    await usage(() => resolve({ passwordFile: path }), /is not UTF-8 text$/);
    await usage(() => resolve({ passwordFile: path + "x" }), /--from-password-file: it does not exist$/);
    await usage(
      () => resolve({ passwordCommand: "echo denied >&2; exit 3" }),
      /given by --from-password-command ended with code 3: denied$/,
    );
    await usage(() => resolve({ passwordCommand: "true" }), /--from-password-command is empty$/);
  } finally {
    await Deno.remove(path);
  }
});
