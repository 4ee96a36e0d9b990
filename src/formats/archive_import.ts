import { GraphError } from "../errors.ts";
import { type JsonObject, stringifyJson } from "../model/json.ts";
import type { Batch, ReadOptions } from "../store/store.ts";
import { ARCHIVE_FORMAT, ARCHIVE_VERSION } from "./archive.ts";
import { type ArchiveLine, readArchiveLines } from "./archive_reader.ts";
import { inBatches, type ReadRecord } from "./batches.ts";
import { countIn, type FileFacts, type ImportFile, RecordCounter, textIn } from "./import_file.ts";
import { damaged, quote } from "./json_scanner.ts";
import { memoryFromJson, relationshipFromJson } from "./record.ts";

/** Opens a JSON Lines archive: reads its header. Throws FILE_INVALID. */
export async function openArchive(path: string, { gzip }: { gzip: boolean }): Promise<ImportFile> {
  const lines = readArchiveLines(path, { gzip });
  const first = await lines.next();
  await lines.return(undefined);
  if (first.done) throw new GraphError("FILE_INVALID", `File "${path}" is empty`);
  return new ArchiveFile(path, gzip, factsOf(path, first.value.json));
}

function factsOf(path: string, header: JsonObject): FileFacts {
  if (header.kind !== "header" || header.format !== ARCHIVE_FORMAT) {
    throw damaged(path, "line 1", `it is not the header of a ${ARCHIVE_FORMAT}`);
  }
  if (typeof header.version !== "number" || !(header.version <= ARCHIVE_VERSION)) {
    const version = stringifyJson(header.version);
    const advice = "it was written by a newer memorygraph; update this one";
    throw new GraphError("FILE_INVALID", `File "${path}" is an archive of version ${version} (${advice})`);
  }
  return {
    backend: textIn(header.backend),
    exportedAt: textIn(header.created_at),
    memories: countIn(header.memories),
    relationships: countIn(header.relationships),
  };
}

class ArchiveFile implements ImportFile {
  readonly format = "jsonl";
  readonly notes = [];
  #digest: string | undefined;

  constructor(readonly path: string, readonly gzip: boolean, readonly facts: FileFacts) {}

  get digest(): string | undefined {
    return this.#digest;
  }

  read(options?: ReadOptions): AsyncIterable<Batch> {
    return inBatches(this.#records(), options);
  }

  async *#records(): AsyncGenerator<ReadRecord> {
    const counts = new RecordCounter();
    let trailer: ArchiveLine | undefined;
    for await (const line of readArchiveLines(this.path, { gzip: this.gzip })) {
      const { json: { kind, ...json }, bytes } = line;
      const fail = (problem: string) => damaged(this.path, `line ${line.number}`, problem);
      if (trailer) throw fail("there is something after the trailer");
      if (line.number === 1) factsOf(this.path, line.json);
      else if (kind === "memory") {
        if (counts.relationship > 0) throw fail("a memory comes after a relationship");
        counts.memory++;
        yield { kind, read: memoryFromJson(json), bytes };
      } else if (kind === "relationship") {
        counts.relationship++;
        yield { kind, read: relationshipFromJson(json), bytes };
      } else if (kind === "trailer") trailer = this.#checkTrailer(line, counts);
      else throw fail(`it is of no known kind: ${quote(String(kind))}`);
    }
    if (!trailer) {
      const found = `it ends after ${counts.memory} memories and ${counts.relationship} relationships`;
      throw new GraphError("FILE_INVALID", `File "${this.path}" is cut off: ${found}, without a trailer`);
    }
    counts.check(this.path, this.facts);
  }

  #checkTrailer(line: ArchiveLine, counts: RecordCounter): ArchiveLine {
    const { sha256, digest, memories, relationships } = line.json;
    const where = `line ${line.number}`;
    if (sha256 !== line.hashBefore()) {
      throw damaged(this.path, where, "the lines before it do not have the checksum that it states");
    }
    if (
      textIn(digest) === undefined || countIn(memories) === undefined || countIn(relationships) === undefined
    ) {
      throw damaged(this.path, where, "the trailer is not whole");
    }
    counts.check(this.path, { memories: countIn(memories), relationships: countIn(relationships) });
    this.#digest = textIn(digest);
    return line;
  }
}
