import { exists, removeFolder } from "./cache.ts";
import { lastLines, Unavailable } from "./command.ts";

/** How to start a server and how to know that it serves. */
export interface ProcessOptions {
  command: string;
  args: readonly string[];
  /** Added to the environment. */
  env?: Record<string, string>;
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
  /** SIGTERM, then SIGKILL after the timeout. Then neither the process nor its folder is there. */
  stop(): Promise<void>;
  /** SIGKILL, as a crash would end it. The data stay for `restart()`; `stop()` is still needed. */
  kill(): Promise<void>;
  /** Ends the server if it runs, by SIGTERM, and starts it again on the same port and data. */
  restart(): Promise<void>;
}

/**
 * Runs the server, and ends it when standard input closes: when we close it, or when this process dies in
 * whatever way. The line "restart" ends the server too and leaves its folder. Only the shell that has the server as its child signals it, so no reused pid is ever hit.
 * INT, HUP and TERM go to a whole process group; ignoring them lets this process end the server in order.
 * The watcher ignores them too, hence USR1.
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
  kill -TERM $pid 2>/dev/null
  while kill -0 $pid 2>/dev/null && [ $ticks -gt 0 ]; do ticks=$((ticks - 1)); sleep 0.05; done
  kill -KILL $pid 2>/dev/null
  while kill -0 $pid 2>/dev/null; do sleep 0.05; done
  [ "$line" = restart ] || rm -rf "$directory"
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
  exited: boolean;
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
    async stop() {
      await close(keeper);
      await removeFolder(options.directory);
    },
    async kill() {
      keeper.child.ref();
      if (!keeper.exited) Deno.kill(keeper.pid, "SIGKILL");
      await keeper.child.status;
      await close(keeper);
    },
    async restart() {
      await close(keeper, "restart\n");
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
    env: options.env,
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const keeper: Keeper = { pid: 0, child, stdin: child.stdin.getWriter(), exited: false };
  child.status.then(() => keeper.exited = true);
  try {
    await waitUntilReady(keeper, options);
  } catch (error) {
    await close(keeper);
    await removeFolder(directory);
    throw error;
  }
  // A server nobody stopped must not keep the program running; it ends with it.
  child.unref();
  return keeper;
}

async function waitUntilReady(keeper: Keeper, options: ProcessOptions): Promise<void> {
  const deadline = Date.now() + options.readyTimeoutMs;
  while (!options.ready.test(await readIfThere(`${options.directory}/log`))) {
    const late = Date.now() > deadline;
    if (late || keeper.exited) {
      const happened = late
        ? `was not ready after ${options.readyTimeoutMs / 1000} s`
        : "exited at its start";
      const log = lastLines(await readIfThere(`${options.directory}/log`), 20);
      throw new Error(`${options.command} ${happened}; its log ends:\n${log}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  keeper.pid = Number(await Deno.readTextFile(`${options.directory}/pid`));
}

async function readIfThere(path: string): Promise<string> {
  return await exists(path) ? await Deno.readTextFile(path) : "";
}

async function close(keeper: Keeper, line = ""): Promise<void> {
  keeper.child.ref();
  // Fails if the server is gone already, which is what is wanted.
  if (line) await keeper.stdin.write(new TextEncoder().encode(line)).catch(() => {});
  else await keeper.stdin.close().catch(() => {});
  await keeper.child.status;
  if (line) await keeper.stdin.close().catch(() => {});
}

/** Throws `Unavailable` where servers cannot be run at all. */
export function requirePosix(): void {
  if (Deno.build.os === "windows") throw new Unavailable("test servers need a POSIX shell");
}

/** A new private folder for a server's data. */
export function makeServerFolder(name: string): Promise<string> {
  return Deno.makeTempDir({ prefix: `memorygraph-${name}-` });
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
