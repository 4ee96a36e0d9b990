import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { stringifyJson } from "../model/json.ts";
import type { WorkFile } from "../workfile/workfile.ts";

/** Writes what could not be carried, with the reason, as JSON Lines (mode 0600). Returns how many lines. */
export function writeRejects(workFile: WorkFile, path: string): number {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const file = openSync(path, "w", 0o600);
  try {
    let count = 0;
    for (const { kind, id, field = null, reason, stored = null } of workFile.rejects()) {
      writeSync(file, `${stringifyJson({ kind, id, field, reason, stored })}\n`);
      count++;
    }
    return count;
  } finally {
    closeSync(file);
  }
}
