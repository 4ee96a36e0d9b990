import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { parseJson, stringifyJson } from "../model/json.ts";
import type { WorkFile } from "../workfile/workfile.ts";

/** Writes what could not be carried, with the reason, as JSON Lines (mode 0600). Returns how many lines. */
export function writeRejects(workFile: WorkFile, path: string): number {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const file = openSync(path, "w", 0o600);
  try {
    let count = 0;
    for (const row of workFile.query("SELECT * FROM problems WHERE severity = 'error' ORDER BY rowid")) {
      const line = {
        kind: row.kind === 0 ? "memory" : "relationship",
        id: parseJson(row.id as string),
        field: row.field,
        reason: row.reason,
        stored: row.stored,
      };
      writeSync(file, `${stringifyJson(line)}\n`);
      count++;
    }
    return count;
  } finally {
    closeSync(file);
  }
}
