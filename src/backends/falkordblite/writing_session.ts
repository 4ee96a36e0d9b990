/** A FalkorDBLite file that is written: its engine works in the writing folder, and replaces the file at the end. */
import { asGraphError, GraphError } from "../../errors.ts";
import type { OpenOptions } from "../backend.ts";
import { closeRedis, connectRedis } from "../falkordb/connect.ts";
import { DATA_OPTIONS, hasWrites, ifMissing, stage } from "./data_folder.ts";
import type { Engine } from "./engine.ts";
import { isFile, missingFolders } from "./file.ts";
import { type FileLock, lockForWriting } from "./lock.ts";
import { endStaleEngine, type EngineProcess, makePrivateFolder, startEngine } from "./process.ts";
import { assertNotOpenInPython, keepPythonOut, letPythonIn } from "./python_settings.ts";
import type { RdbHeader } from "./rdb.ts";
import { assertReadable, notFound, type Session } from "./session.ts";
import {
  clearWritingFolder,
  hasUnsavedWrites,
  noteOrigin,
  removeWritingFolder,
  replaceFile,
  writingFolderOf,
} from "./writing_folder.ts";

/**
 * Serves the file to be written, one process at a time; what a crashed writer left is restored first. The
 * file itself changes at `close`, and only after a write; everything acknowledged before is safe in the
 * journal. Throws like `openToRead`; NOT_FOUND only in mode `write`.
 */
export async function openToWrite(file: string, engine: Engine, options: OpenOptions): Promise<Session> {
  await assertNotOpenInPython(file);
  const there = await isFile(file);
  if (!there && options.mode === "write" && !await hasWrites(writingFolderOf(file))) throw notFound(file);
  if (there) warnOfNewerFormat(file, await assertReadable(file, engine), engine, options);
  const madeFolders = await missingFolders(file);
  const privateFolder = await makePrivateFolder();
  let lock: FileLock | undefined;
  try {
    lock = await lockForWriting(file, privateFolder);
    const session = new WritingSession(file, engine, { privateFolder, lock, madeFolders });
    await session.start(options);
    return session;
  } catch (error) {
    lock?.[Symbol.dispose]();
    await Deno.remove(privateFolder, { recursive: true }).catch(ifMissing(undefined));
    throw error;
  }
}

/** A file that a newer engine saves is not readable by the older one that wrote it. */
function warnOfNewerFormat(file: string, header: RdbHeader, engine: Engine, { log }: OpenOptions): void {
  if (engine.rdbVersion === undefined || header.version >= engine.rdbVersion) return;
  log?.warn(
    `"${file}" was written by ${
      header.writer ?? "an older Redis"
    }; once written to, only ${engine.product} ` +
      "and later will open it",
  );
}

interface Held {
  readonly privateFolder: string;
  readonly lock: FileLock;
  /** Folders that were made for the file, the deepest first. */
  readonly madeFolders: readonly string[];
}

class WritingSession implements Session {
  readonly #file: string;
  readonly #engine: Engine;
  readonly #held: Held;
  #process: EngineProcess | undefined;
  #closing: Promise<void> | undefined;

  constructor(file: string, engine: Engine, held: Held) {
    this.#file = file;
    this.#engine = engine;
    this.#held = held;
  }

  get #running(): EngineProcess {
    if (!this.#process) throw new TypeError("The session has not started");
    return this.#process;
  }

  get socket(): string {
    return this.#running.socket;
  }

  hasEnded(): Promise<boolean> {
    return this.#running.hasEnded();
  }

  explain(): GraphError {
    return this.#running.explain();
  }

  /** Leaves nothing behind when it throws, but for what a crash left before. */
  async start({ signal, log }: OpenOptions): Promise<void> {
    const { stalePrivateFolder } = this.#held.lock;
    if (stalePrivateFolder) await endStaleEngine(stalePrivateFolder);
    let restores = true;
    try {
      restores = await hasUnsavedWrites(this.#file);
      if (restores) log?.warn(`"${this.#file}" was not closed in order; restoring what was written to it`);
      else {
        await clearWritingFolder(this.#file);
        await noteOrigin(this.#file);
      }
      await stage(writingFolderOf(this.#file), await isFile(this.#file) ? this.#file : undefined);
      await keepPythonOut(this.#file, this.#held.privateFolder);
      this.#process = await this.#startEngine(signal);
    } catch (error) {
      await letPythonIn(this.#file);
      if (!restores) await this.#removeTraces();
      throw error;
    }
  }

  #startEngine(signal?: AbortSignal): Promise<EngineProcess> {
    return startEngine(this.#engine, {
      privateFolder: this.#held.privateFolder,
      dataFolder: writingFolderOf(this.#file),
      file: this.#file,
      options: DATA_OPTIONS,
      signal,
    });
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    try {
      const wrote = await hasWrites(writingFolderOf(this.#file));
      if (wrote) await this.#save();
      await this.#running.stop();
      await letPythonIn(this.#file);
      if (wrote) await removeWritingFolder(this.#file);
      else await this.#removeTraces();
    } catch (error) {
      await this.#running.stop();
      await letPythonIn(this.#file);
      const { code, message } = asGraphError(error);
      throw new GraphError(
        code,
        `${message} (nothing is lost: what was written to "${this.#file}" is kept in ` +
          `"${writingFolderOf(this.#file)}", and saved when memorygraph next opens it to write)`,
        { cause: error },
      );
    } finally {
      this.#held.lock[Symbol.dispose]();
    }
  }

  async #save(): Promise<void> {
    if (await this.hasEnded()) {
      await this.#running.stop();
      await Deno.mkdir(this.#held.privateFolder, { mode: 0o700 });
      this.#process = await this.#startEngine();
    }
    const client = await connectRedis({ path: this.socket });
    try {
      await client.call("SAVE");
    } catch (error) {
      throw Object.assign(this.explain(), { cause: error });
    } finally {
      await closeRedis(client);
    }
    await replaceFile(this.#file);
  }

  /** As if the file had never been opened. */
  async #removeTraces(): Promise<void> {
    await removeWritingFolder(this.#file);
    for (const folder of this.#held.madeFolders) await Deno.remove(folder).catch(() => {});
  }
}
