/** The database file as the system sees it. */
import { access, constants } from "node:fs/promises";
import { dirname } from "node:path";
import { GraphError } from "../../errors.ts";

/** Whether there is a file. Throws UNKNOWN_LAYOUT when there is something else. */
export async function isFile(file: string): Promise<boolean> {
  const found = await statIfThere(file);
  if (!found || found.isFile) return found !== undefined;
  throw new GraphError(
    "UNKNOWN_LAYOUT",
    `"${file}" is not a file (name the file itself; npm's falkordblite keeps dump.rdb in a folder)`,
  );
}

/** The folders above the file that do not exist, the deepest first. */
export async function missingFolders(file: string): Promise<string[]> {
  const folder = dirname(file);
  if (folder === file || await statIfThere(folder)) return [];
  return [folder, ...await missingFolders(folder)];
}

/** Throws PERMISSION_DENIED when the file cannot be replaced, or made where there is none. */
export async function assertReplaceable(file: string): Promise<void> {
  const folder = dirname((await missingFolders(file)).at(-1) ?? file);
  try {
    await access(folder, constants.W_OK);
    if (await statIfThere(file)) await access(file, constants.W_OK);
  } catch (error) {
    throw explainSystemError(error, file, "write");
  }
}

/** An error of the system as a GraphError; any other error as it is. */
export function explainSystemError(error: unknown, path: string, what: "open" | "write" = "open"): unknown {
  if (!(error instanceof Error) || error instanceof GraphError) return error;
  const code = (error as { code?: string }).code ?? "";
  const reason = error.message.split("\n")[0];
  if (["EACCES", "EPERM", "EROFS"].includes(code) || error instanceof Deno.errors.PermissionDenied) {
    return new GraphError("PERMISSION_DENIED", `Cannot ${what} "${path}": ${reason}`, { cause: error });
  }
  if (code === "ENOSPC") {
    const message = `Cannot ${what} "${path}": the disk is full (free some space, then repeat)`;
    return new GraphError("DISK_FULL", message, { cause: error });
  }
  if (code === "ENAMETOOLONG") {
    const message =
      `Cannot ${what} "${path}": its name is too long (names beside it are longer by up to 40 letters)`;
    return new GraphError("USAGE", message, { cause: error });
  }
  return error;
}

async function statIfThere(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
}
