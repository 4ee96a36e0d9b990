import { existsSync } from "node:fs";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { GraphError, throwIfInterrupted } from "../errors.ts";
import { realPathOf } from "../paths.ts";
import type { Batch } from "../store/store.ts";
import { syncFolder } from "../sync_folder.ts";
import { asWriteError, removeAbandoned, temporaryNameFor } from "./atomic_file.ts";
import { checkBatches, type ExportOptions } from "./export_batches.ts";
import { FILE_NAME, fileNameOf } from "./file_name.ts";
import { memoryToMarkdown } from "./markdown.ts";
import { MarkdownStage } from "./markdown_stage.ts";

/** A sync takes about a millisecond, most of it waiting. */
const CONCURRENT_WRITES = 32;

/**
 * Writes a graph as a folder (mode 0700) of Markdown files (0600), one a memory, under a temporary name that is
 * then changed to `folder`: it appears whole or not at all. With `overwrite`, only a folder is replaced that holds
 * nothing but such files. Bounded memory: the graph is staged in a temporary database, since a memory's file needs
 * relationships that come later. Throws as exportJson does.
 */
export async function exportMarkdown(
  folder: string,
  batches: AsyncIterable<Batch>,
  options: ExportOptions,
): Promise<void> {
  // The folder that a symbolic link names is replaced, not the link.
  const target = realPathOf(folder);
  const replaces = await checkTarget(target, options.overwrite ?? false);
  const temporary = temporaryNameFor(target);
  try {
    await mkdir(temporary, { mode: 0o700 });
    using stage = new MarkdownStage();
    for await (const batch of checkBatches(batches, options)) stage.add(batch);
    let writes: Promise<void>[] = [];
    for (const memory of stage.memories()) {
      const path = join(temporary, fileNameOf(memory.id, memory.title));
      writes.push(writeNew(path, memoryToMarkdown(memory, stage.linksOf(memory.id))));
      if (writes.length < CONCURRENT_WRITES) continue;
      await Promise.all(writes);
      writes = [];
      throwIfInterrupted(options.signal);
    }
    await Promise.all(writes);
    await syncFolder(temporary);
    if (replaces) await replaceFolder(temporary, target);
    else await rename(temporary, target);
    await syncFolder(dirname(target));
    await removeAbandoned(target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => {});
    throw asWriteError(error, folder);
  }
}

async function writeNew(path: string, text: string): Promise<void> {
  await using file = await open(path, "wx", 0o600);
  await file.writeFile(text);
  await file.sync();
}

/** Whether there is a folder to replace. */
async function checkTarget(target: string, overwrite: boolean): Promise<boolean> {
  if (!existsSync(target)) return false;
  let names: string[];
  try {
    names = await readdir(target);
  } catch (cause) {
    const advice = "choose another folder";
    throw new GraphError(
      "USAGE",
      `"${target}" exists already and is no folder that can be read (${advice})`,
      {
        cause,
      },
    );
  }
  const other = names.find((name) => !FILE_NAME.test(name));
  if (other !== undefined) {
    const found = `it holds "${other}", which is not from an earlier export`;
    throw new GraphError("USAGE", `Folder "${target}" is not overwritten: ${found} (choose another folder)`);
  }
  if (names.length === 0 || overwrite) return true;
  const advice = "choose another folder, or replace it with --overwrite";
  throw new GraphError("USAGE", `Folder "${target}" exists already and is not empty (${advice})`);
}

async function replaceFolder(temporary: string, target: string): Promise<void> {
  const old = temporaryNameFor(target);
  await rename(target, old);
  try {
    await rename(temporary, target);
  } catch (error) {
    await rename(old, target);
    throw error;
  }
  await rm(old, { recursive: true });
}
