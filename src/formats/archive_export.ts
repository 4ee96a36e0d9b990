import { createHash } from "node:crypto";
import { stringifyJson } from "../model/json.ts";
import type { Batch } from "../store/store.ts";
import { VERSION } from "../version.ts";
import { ARCHIVE_FORMAT, ARCHIVE_VERSION } from "./archive.ts";
import { PIECE_LENGTH, writeAtomically } from "./atomic_file.ts";
import { checkBatches, type ExportOptions, toJson } from "./export_batches.ts";
import { recordText } from "./record.ts";

/**
 * Writes a graph as a JSON Lines archive: a header, a record a line, and a trailer by which any damage is found.
 * Streams; throws as exportJson does.
 */
export async function exportArchive(
  path: string,
  batches: AsyncIterable<Batch>,
  options: ExportOptions,
): Promise<void> {
  await writeAtomically(path, archiveText(batches, options), options);
}

async function* archiveText(batches: AsyncIterable<Batch>, options: ExportOptions): AsyncGenerator<string> {
  const { backend, exportedAt, memories, relationships, digest } = options.facts;
  const header = {
    kind: "header",
    format: ARCHIVE_FORMAT,
    version: ARCHIVE_VERSION,
    created_at: exportedAt,
    program: `memorygraph ${VERSION}`,
    backend,
    memories,
    relationships,
  };
  const hash = createHash("sha256");
  const hashed = (text: string) => {
    hash.update(text);
    return text;
  };
  yield hashed(`${stringifyJson(header)}\n`);
  for await (const batch of checkBatches(batches, options)) {
    let text = "";
    for (const json of toJson(batch)) {
      text += `${recordText({ kind: batch.kind, ...json })}\n`;
      if (text.length < PIECE_LENGTH) continue;
      yield hashed(text);
      text = "";
    }
    yield hashed(text);
  }
  const trailer = { kind: "trailer", memories, relationships, digest: digest(), sha256: hash.digest("hex") };
  yield `${stringifyJson(trailer)}\n`;
}
