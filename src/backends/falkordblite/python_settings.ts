/**
 * `<file>.settings`, by which Python's falkordblite shares one server among its processes: JSON with the
 * server's pid file and socket. While the pid runs, its server owns the file.
 */
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { GraphError } from "../../errors.ts";
import { ifMissing, writeSynced } from "./data_folder.ts";

/** Python's client follows the settings to this socket, which is never there, and so cannot write beside us. */
const NO_SOCKET = "held-by-memorygraph";

const settingsOf = (file: string) => `${file}.settings`;

/** Throws STORE_LOCKED while a server that Python's falkordblite started has the file open. */
export async function assertNotOpenInPython(file: string): Promise<void> {
  const text = await Deno.readTextFile(settingsOf(file)).catch(ifMissing(undefined));
  if (text === undefined) return;
  const { pidfile, unixsocket } = parse(text);
  if (typeof pidfile !== "string" || String(unixsocket).endsWith(NO_SOCKET)) return;
  const pid = Number(await Deno.readTextFile(pidfile).catch(ifMissing("")));
  if (!(pid > 0) || !isRunning(pid)) return;
  const { mtime } = await Deno.stat(settingsOf(file));
  throw new GraphError(
    "STORE_LOCKED",
    `"${file}" is open in Python's falkordblite: its redis-server is process ${pid}` +
      `${mtime ? `, since ${mtime.toISOString()}` : ""} (end the program that uses it, then repeat)`,
  );
}

/** Makes Python's falkordblite fail to connect, rather than start a second server on the file. */
export async function keepPythonOut(file: string, privateFolder: string): Promise<void> {
  const settings = {
    pidfile: join(privateFolder, "pid"),
    unixsocket: join(privateFolder, NO_SOCKET),
    dbdir: dirname(file),
    dbfilename: basename(file),
  };
  await writeSynced(settingsOf(file), JSON.stringify(settings));
}

/** Takes back {@linkcode keepPythonOut}. Settings that are not ours stay. */
export async function letPythonIn(file: string): Promise<void> {
  const text = await Deno.readTextFile(settingsOf(file)).catch(ifMissing(""));
  if (String(parse(text).unixsocket).endsWith(NO_SOCKET)) {
    await Deno.remove(settingsOf(file)).catch(ifMissing(undefined));
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === "object" ? value : {};
  } catch {
    return {};
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as another user.
    return (error as { code?: string }).code === "EPERM";
  }
}
