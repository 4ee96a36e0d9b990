import { stringifyJson } from "../model/json.ts";
import type { Batch } from "../store/store.ts";
import { VERSION } from "../version.ts";
import { PIECE_LENGTH, writeAtomically } from "./atomic_file.ts";
import { checkBatches, type ExportOptions, toJson } from "./export_batches.ts";
import { DOCUMENT, LISTS } from "./json_document.ts";
import { recordText } from "./record.ts";

/**
 * Writes a graph as JSON of format 2.0, which upstream imports too, with every field that upstream leaves out
 * beside its own. Streams; rejects in the batches are not written. Throws as writeAtomically does, RECORD_INVALID
 * for a record that no file can hold, and SOURCE_CHANGED.
 */
export async function exportJson(
  path: string,
  batches: AsyncIterable<Batch>,
  options: ExportOptions,
): Promise<void> {
  await writeAtomically(path, documentText(batches, options), options);
}

async function* documentText(batches: AsyncIterable<Batch>, options: ExportOptions): AsyncGenerator<string> {
  const { facts } = options;
  const members = {
    [DOCUMENT.formatVersion]: "2.0",
    [DOCUMENT.exportVersion]: "1.0",
    [DOCUMENT.exportDate]: facts.exportedAt,
    [DOCUMENT.backend]: facts.backend,
    [DOCUMENT.memoryCount]: facts.memories,
    [DOCUMENT.relationshipCount]: facts.relationships,
    [DOCUMENT.generator]: `memorygraph ${VERSION}`,
  };
  const lines = Object.entries(members).map(([name, value]) => `  "${name}": ${stringifyJson(value)},\n`);
  yield `{\n${lines.join("")}  "${LISTS.memory}": [`;
  const relationships = `\n  ],\n  "${LISTS.relationship}": [`;
  let kind = "memory";
  let separator = "\n    ";
  for await (const batch of checkBatches(batches, options)) {
    let text = "";
    if (batch.kind !== kind) {
      kind = batch.kind;
      separator = "\n    ";
      text = relationships;
    }
    for (const json of toJson(batch)) {
      text += separator + recordText(json);
      separator = ",\n    ";
      if (text.length < PIECE_LENGTH) continue;
      yield text;
      text = "";
    }
    yield text;
  }
  if (kind === "memory") yield relationships;
  yield `\n  ],\n  "${DOCUMENT.digest}": ${stringifyJson(facts.digest())}\n}\n`;
}
