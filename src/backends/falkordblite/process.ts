/** A FalkorDB engine as a child process on a private unix socket. */
import { basename } from "node:path";
import { setTimeout } from "node:timers/promises";
import { GraphError, throwIfInterrupted } from "../../errors.ts";
import { diagnose } from "./diagnosis.ts";
import type { Engine } from "./engine.ts";

/** A running engine. It ends with this process at the latest, whatever ends this process. */
export interface EngineProcess {
  readonly socket: string;
  /** Whether the server has ended by itself, once it has been started. */
  hasEnded(): Promise<boolean>;
  /** Why the server ended, out of its log. */
  explain(): GraphError;
  /** Ends the server at once, saving nothing, and removes its private folder. Safe to repeat. */
  stop(): Promise<void>;
}

/** Options of {@linkcode startEngine}. */
export interface StartOptions {
  /** A folder from {@linkcode makePrivateFolder}, for socket, log and pid. It is removed with the server. */
  readonly privateFolder: string;
  /** Where the server keeps its data. */
  readonly dataFolder: string;
  /** More of redis-server's options. */
  readonly options: readonly string[];
  /** What the user calls the database, for messages. */
  readonly file: string;
  readonly signal?: AbortSignal;
}

/**
 * Runs the server and kills it when standard input closes: when `stop` closes it, or when this process dies in
 * whatever way. The private folder goes with it, but not before: it has the log. A killed server loses nothing
 * that it acknowledged, since its journal is synced before each reply.
 */
const KEEPER = `
folder=$0
umask 077
exec 3<&0
"$@" </dev/null >"$folder/log" 2>&1 3<&- &
server=$!
echo $server >"$folder/pid"
( read -r _ <&3; kill -KILL $server ) 2>/dev/null &
watcher=$!
wait $server
echo $? >"$folder/ended"
kill -KILL $watcher 2>/dev/null
read -r _ <&3
rm -rf "$folder"
`;

/** The kernel's limit on a socket's path is 108 bytes on Linux and 104 on macOS, its end included. */
const LONGEST_SOCKET = 103;

const PREFIX = "memorygraph-";
/** How often is looked whether a server has started or ended. */
const POLL_MS = 10;

/** A new folder that only this user can enter, with a path short enough to hold a socket. */
export async function makePrivateFolder(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: PREFIX });
  if (new TextEncoder().encode(socketIn(folder)).length <= LONGEST_SOCKET) return folder;
  await Deno.remove(folder);
  return await Deno.makeTempDir({ dir: "/tmp", prefix: PREFIX });
}

function socketIn(folder: string): string {
  return `${folder}/socket`;
}

/**
 * Starts the server and waits until it has loaded its data, however long that takes. Throws what
 * {@linkcode EngineProcess.explain} gives when it ends instead; nothing of it is left then.
 */
export async function startEngine(engine: Engine, options: StartOptions): Promise<EngineProcess> {
  const { privateFolder, dataFolder, file, signal } = options;
  const socket = socketIn(privateFolder);
  const keeper = new Deno.Command("sh", {
    args: [
      ...["-c", KEEPER, privateFolder, engine.redisServer],
      ...["--port", "0", "--unixsocket", socket, "--unixsocketperm", "700"],
      // No user's path is among the options: redis-server would read quotes and spaces in it its own way.
      ...["--dir", ".", "--dbfilename", "dump.rdb", ...options.options],
      // Off: FalkorDB would keep the text of the last queries in the file, under another key.
      ...["--loadmodule", engine.module, "CMD_INFO", "no"],
    ],
    cwd: dataFolder,
    stdin: "piped",
    stdout: "null",
    stderr: "null",
    // Ctrl-C goes to all of a terminal's process group; the server must outlive it until we have closed it.
    detached: true,
  }).spawn();
  const process: EngineProcess = {
    socket,
    hasEnded: async () => !await answers(socket),
    explain: () => diagnose(readEnd(`${privateFolder}/log`), { engine, file }),
    async stop() {
      keeper.ref();
      await keeper.stdin.close().catch(() => {});
      await keeper.status;
    },
  };
  try {
    while (!/Ready to accept connections/.test(readEnd(`${privateFolder}/log`))) {
      if (readEnd(`${privateFolder}/ended`) !== "") throw process.explain();
      throwIfInterrupted(signal);
      await setTimeout(POLL_MS);
    }
  } catch (error) {
    await process.stop();
    throw error;
  }
  // A store nobody closed must not keep the program running.
  keeper.unref();
  return process;
}

/**
 * Whether anything comes back on the socket. One that is dying may still take a connection, but never answers;
 * one that is busy answers late.
 */
async function answers(socket: string): Promise<boolean> {
  try {
    using connection = await Deno.connect({ transport: "unix", path: socket });
    await connection.write(new TextEncoder().encode("PING\r\n"));
    return await connection.read(new Uint8Array(1)) !== null;
  } catch {
    return false;
  }
}

/**
 * Ends the server whose private folder this is, if a crashed process left one, and removes the folder. A
 * server that is not told by its own command line to use this folder is never touched: its pid was reused.
 */
export async function endStaleEngine(privateFolder: string): Promise<void> {
  // What is about to be removed is read from a file that somebody may have edited.
  if (!basename(privateFolder).startsWith(PREFIX)) return;
  const pid = Number(readEnd(`${privateFolder}/pid`));
  if (pid > 1 && (await commandLine(pid)).includes(privateFolder)) {
    try {
      Deno.kill(pid, "SIGKILL");
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    while ((await commandLine(pid)).includes(privateFolder)) await setTimeout(POLL_MS);
  }
  await Deno.remove(privateFolder, { recursive: true }).catch((error) => {
    // The keeper may remove the folder at the same moment.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

/** The command line of a process; empty when there is none. */
async function commandLine(pid: number): Promise<string> {
  if (Deno.build.os === "linux") return await Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => "");
  const { stdout } = await new Deno.Command("ps", { args: ["-o", "args=", "-p", String(pid)] }).output();
  return new TextDecoder().decode(stdout);
}

const LOG_BYTES = 64 * 1024;

/** The last part of a text file; empty when there is none. Small, and read where nothing can be awaited. */
function readEnd(path: string): string {
  try {
    using file = Deno.openSync(path);
    const { size } = file.statSync();
    file.seekSync(Math.max(0, size - LOG_BYTES), Deno.SeekMode.Start);
    const bytes = new Uint8Array(Math.min(size, LOG_BYTES));
    return new TextDecoder().decode(bytes.subarray(0, file.readSync(bytes) ?? 0));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
