import { exists, removeFolder } from "./cache.ts";
import { lastLines, Unavailable } from "./command.ts";

/** How to start a server and how to know that it serves. */
export interface ProcessOptions {
  command: string;
  args: readonly string[];
  /** The server's own folder, which is removed with it. Its output goes into the file `log` there. */
  directory: string;
  /** What the log says once the server takes connections. */
  ready: RegExp;
  readyTimeoutMs: number;
  /** How long after SIGTERM the server is killed. */
  stopTimeoutMs: number;
}

/** A server that runs as our child. It ends with this process at the latest, whatever ends this process. */
export interface ServerProcess {
  /** Changes with `restart()`. */
  readonly pid: number;
  /** Resolves when the process ends, in whatever way. Changes with `restart()`. */
  readonly exited: Promise<void>;
  /** SIGTERM, then SIGKILL after the timeout. Then neither the process nor its folder is there. */
  stop(): Promise<void>;
  /** SIGKILL, as a crash would end it. The data stay for `restart()`; `stop()` is still needed. */
  kill(): Promise<void>;
  /** Ends the server if it runs, by SIGTERM, and starts it again on the same port and data. */
  restart(): Promise<void>;
}

/**
 * Runs the server, and ends it when standard input closes: when we close it, or when this process dies in
 * whatever way. The lines "restart" and "kill" end it too, and leave its folder. Only the shell that has the
 * server as its child signals it, so that no reused pid is ever hit. INT, HUP and TERM go to a whole process
 * group; ignoring them lets this process end the server in order. The watcher ignores them too, hence USR1.
 */
const KEEPER = `
directory=$1 ticks=$2
shift 2
trap '' INT HUP TERM
exec 3<&0 </dev/null
( trap - INT HUP TERM; exec "$@" 3<&- ) >"$directory/log" 2>&1 &
pid=$!
echo $pid >"$directory/pid.new" && mv "$directory/pid.new" "$directory/pid"
(
  read -r line <&3
  trap '' USR1
  [ "$line" = kill ] && ticks=0 || kill -TERM $pid
  while [ $ticks -gt 0 ] && kill -0 $pid; do ticks=$((ticks - 1)); sleep 0.05; done
  kill -KILL $pid
  while kill -0 $pid; do sleep 0.01; done
  [ "$line" ] || rm -rf "$directory"
) >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait $pid
code=$?
kill -USR1 $watcher 2>/dev/null
wait $watcher
exit $code
`;

interface Keeper {
  pid: number;
  child: Deno.ChildProcess;
  stdin: WritableStreamDefaultWriter<Uint8Array>;
  exited: Promise<void>;
}

/**
 * Starts a server and waits until it is ready. Throws, with the end of the log, if it exits first or takes too
 * long; nothing of it is left then.
 */
export async function startProcess(options: ProcessOptions): Promise<ServerProcess> {
  let keeper = await launch(options);
  return {
    get pid() {
      return keeper.pid;
    },
    get exited() {
      return keeper.exited;
    },
    async stop() {
      await end(keeper);
      await removeFolder(options.directory);
    },
    async kill() {
      await end(keeper, "kill");
    },
    async restart() {
      await end(keeper, "restart");
      keeper = await launch(options);
    },
  };
}

async function launch(options: ProcessOptions): Promise<Keeper> {
  const { directory, stopTimeoutMs } = options;
  await Promise.all(["pid", "log"].map((name) => removeFolder(`${directory}/${name}`)));
  const settings = [directory, String(Math.ceil(stopTimeoutMs / 50))];
  const child = new Deno.Command("sh", {
    args: ["-c", KEEPER, "keeper", ...settings, options.command, ...options.args],
    cwd: directory,
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const exited = child.status.then(() => {});
  const keeper: Keeper = { pid: 0, child, stdin: child.stdin.getWriter(), exited };
  try {
    await waitUntilReady(exited, options);
    keeper.pid = Number(await Deno.readTextFile(`${directory}/pid`));
  } catch (error) {
    await end(keeper);
    await removeFolder(directory);
    throw error;
  }
  // A server nobody stopped must not keep the program running; it ends with it.
  child.unref();
  return keeper;
}

async function waitUntilReady(exited: Promise<void>, options: ProcessOptions): Promise<void> {
  const log = `${options.directory}/log`;
  const deadline = Date.now() + options.readyTimeoutMs;
  let problem = "";
  exited.then(() => problem = "exited at its start");
  // The shell writes the pid beside the server, which may be the quicker one.
  while (!options.ready.test(await readIfThere(log)) || !await exists(`${options.directory}/pid`)) {
    if (Date.now() > deadline) problem = `was not ready after ${options.readyTimeoutMs / 1000} s`;
    if (problem) {
      throw new Error(
        `${options.command} ${problem}; its log ends:\n${lastLines(await readIfThere(log), 20)}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function readIfThere(path: string): Promise<string> {
  return await exists(path) ? await Deno.readTextFile(path) : "";
}

/** Does nothing to a server that has ended. */
async function end({ child, stdin, exited }: Keeper, line?: "restart" | "kill"): Promise<void> {
  child.ref();
  // Both fail if the server ended by itself: nobody reads any more.
  if (line) await stdin.write(new TextEncoder().encode(`${line}\n`)).catch(() => {});
  else await stdin.close().catch(() => {});
  await exited;
  if (line) await stdin.close().catch(() => {});
}

/** Throws `Unavailable` where servers cannot be run at all. */
export function requirePosix(): void {
  if (Deno.build.os === "windows") throw new Unavailable("test servers need a POSIX shell");
}

/** Calls `start` with a new private folder for a server's data, which is removed if the start fails. */
export async function inServerFolder<T>(name: string, start: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: `memorygraph-${name}-` });
  try {
    return await start(folder);
  } catch (error) {
    await removeFolder(folder);
    throw error;
  }
}

/**
 * A TCP port that was free on 127.0.0.1 a moment ago. Below the range from which systems give ports to outgoing
 * connections, so that it is still free when a server binds it, and when it is started again.
 */
export function findFreePort(): number {
  for (let attempts = 0; attempts < 100; attempts++) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  throw new Error("No free port found on 127.0.0.1");
}

/** A password nobody else knows, safe in a URI, a shell and a settings file. */
export function makePassword(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(18));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
