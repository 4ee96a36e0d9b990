import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { GraphError } from "../errors.ts";

const CHUNK_BYTES = 64 * 1024;
/** How a gzip file begins (RFC 1952). */
const GZIP_MAGIC = [0x1f, 0x8b];

/**
 * Whether a file is compressed, by its first bytes. Throws NOT_FOUND, PERMISSION_DENIED, or FILE_INVALID for a folder
 * and for a pipe: a file is read more than once.
 */
export async function isGzip(path: string): Promise<boolean> {
  try {
    const found = await stat(path);
    if (!found.isFile()) {
      const what = found.isDirectory() ? "a folder, not an export file" : "a pipe or device (give a file)";
      throw new GraphError("FILE_INVALID", `Cannot import "${path}": it is ${what}`);
    }
    await using file = await open(path, "r");
    const head = new Uint8Array(GZIP_MAGIC.length);
    await file.read(head, 0, head.length, 0);
    return GZIP_MAGIC.every((byte, index) => head[index] === byte);
  } catch (error) {
    throw asFileError(error, path);
  }
}

/**
 * A file's bytes in pieces, decompressed when it is a gzip file. A piece is good until the next one is asked for.
 * Throws as isGzip does.
 */
export async function* readBytes(path: string, { gzip }: { gzip: boolean }): AsyncGenerator<Uint8Array> {
  try {
    if (gzip) yield* decompress(path);
    else yield* readPlain(path);
  } catch (error) {
    throw asFileError(error, path);
  }
}

async function* readPlain(path: string): AsyncGenerator<Uint8Array> {
  await using file = await open(path, "r");
  // One buffer for all: a stream's own buffers are garbage that is collected late.
  const buffer = new Uint8Array(CHUNK_BYTES);
  while (true) {
    const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

async function* decompress(path: string): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const gunzip = file.pipe(createGunzip({ chunkSize: CHUNK_BYTES }));
  file.once("error", (error) => gunzip.destroy(error));
  try {
    yield* gunzip;
    if (gunzip.bytesWritten < file.bytesRead) {
      throw new GraphError("FILE_INVALID", `File "${path}" is damaged: there is something after its end`);
    }
  } finally {
    file.destroy();
    gunzip.destroy();
  }
}

function asFileError(error: unknown, path: string): unknown {
  if (error instanceof GraphError) return error;
  const { code, message } = error as { code?: string; message: string };
  const options = { cause: error, end: "source" } as const;
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return new GraphError(
        "NOT_FOUND",
        `There is no file "${path}"${path === "-" ? " (stdin is not read, since a file is read twice)" : ""}`,
        options,
      );
    case "EACCES":
    case "EPERM":
      return new GraphError("PERMISSION_DENIED", `No permission to read "${path}"`, options);
    default:
      if (!code?.startsWith("Z_")) return error;
      return new GraphError("FILE_INVALID", `File "${path}" is damaged or cut off: ${message}`, {
        cause: error,
      });
  }
}
