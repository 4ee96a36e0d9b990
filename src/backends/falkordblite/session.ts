/** A FalkorDBLite file served by an engine of its own, on a private copy of it. */
import { join } from "node:path";
import { GraphError } from "../../errors.ts";
import type { OpenOptions } from "../backend.ts";
import { copyJournal, DATA_OPTIONS, stage } from "./data_folder.ts";
import { tooNew } from "./diagnosis.ts";
import type { Engine } from "./engine.ts";
import { isFile } from "./file.ts";
import { lockForReading } from "./lock.ts";
import { makePrivateFolder, startEngine } from "./process.ts";
import { assertNotOpenInPython } from "./python_settings.ts";
import { type RdbHeader, readRdbHeader } from "./rdb.ts";
import { hasUnsavedWrites, writingFolderOf } from "./writing_folder.ts";

/** An engine that serves a file. */
export interface Session {
  /** The engine's unix socket. */
  readonly socket: string;
  /** Whether the engine has ended by itself. */
  hasEnded(): Promise<boolean>;
  /** Why the engine ended, once it does not answer any more. */
  explain(): GraphError;
  /**
   * Ends the engine. After writes, the file is replaced by what the engine holds. When that fails it throws,
   * and what was written is restored when the file is next opened. Safe to repeat.
   */
  close(): Promise<void>;
}

/**
 * Serves a copy of the file, with what a crashed writer left in its journal. Neither the file nor its folder is
 * changed. Throws NOT_FOUND, STORE_LOCKED, UNKNOWN_LAYOUT, UNSUPPORTED_VERSION.
 */
export async function openToRead(
  file: string,
  engine: Engine,
  { signal }: Pick<OpenOptions, "signal">,
): Promise<Session> {
  await assertNotOpenInPython(file);
  const privateFolder = await makePrivateFolder();
  const dataFolder = join(privateFolder, "data");
  try {
    using lock = await lockForReading(file);
    const left = lock && await hasUnsavedWrites(file);
    const there = await isFile(file);
    if (!there && !left) throw notFound(file);
    if (there) await assertReadable(file, engine);
    if (left) await copyJournal(writingFolderOf(file), dataFolder);
    await stage(dataFolder, there ? file : undefined);
  } catch (error) {
    await Deno.remove(privateFolder, { recursive: true });
    throw error;
  }
  const running = await startEngine(engine, {
    privateFolder,
    dataFolder,
    file,
    signal,
    options: DATA_OPTIONS,
  });
  return {
    socket: running.socket,
    hasEnded: () => running.hasEnded(),
    explain: () => running.explain(),
    close: () => running.stop(),
  };
}

/** Throws UNSUPPORTED_VERSION for a file that is newer than the engine, and UNKNOWN_LAYOUT for no RDB file. */
export async function assertReadable(file: string, engine: Engine): Promise<RdbHeader> {
  const header = await readRdbHeader(file);
  const { version, writer = "a Redis server" } = header;
  if (!engine.reads(version)) {
    throw tooNew(file, `${writer} (Redis file format ${version})`, engine);
  }
  return header;
}

/** The error for a file that should be there. */
export function notFound(file: string): GraphError {
  return new GraphError("NOT_FOUND", `There is no FalkorDBLite file at "${file}" (check the path)`);
}
