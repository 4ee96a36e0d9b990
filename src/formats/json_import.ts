import { GraphError } from "../errors.ts";
import { CompactOrdinals } from "../model/compact_ordinals.ts";
import { derivedId } from "../model/derived_id.ts";
import type { JsonValue } from "../model/json.ts";
import type { RecordKind } from "../model/record.ts";
import type { Relationship } from "../model/relationship.ts";
import type { Batch, ReadOptions } from "../store/store.ts";
import { inBatches, type ReadRecord } from "./batches.ts";
import {
  countIn,
  type FileFacts,
  type FormatVersion,
  type ImportFile,
  RecordCounter,
  textIn,
} from "./import_file.ts";
import { DOCUMENT, readDocument } from "./json_document.ts";
import { quote } from "./json_scanner.ts";
import { memoryFromJson, relationshipFromJson } from "./record.ts";
import { upstreamNotes } from "./upstream_notes.ts";

const FORMATS = new Map<JsonValue | undefined, FormatVersion>([["1.0", "json 1.0"], ["2.0", "json 2.0"]]);

/** The start of a document: members that are no records, and which list comes first. */
interface Head {
  readonly members: ReadonlyMap<string, JsonValue>;
  readonly firstList: RecordKind | undefined;
}

/** Opens a JSON export of format 1.0 or 2.0. Throws FILE_INVALID. */
export async function openJson(path: string, { gzip }: { gzip: boolean }): Promise<ImportFile> {
  const head = await readHead(path, gzip);
  const version = versionIn(head.members);
  const format = FORMATS.get(version);
  if (format) return new JsonFile(path, { gzip, format, head });
  const problem = version === undefined
    ? "it has no format_version"
    : `its format version is ${quote(String(version))}, and only 1.0 and 2.0 are known`;
  throw new GraphError("FILE_INVALID", `File "${path}" is not a memory graph export: ${problem}`);
}

async function readHead(path: string, gzip: boolean): Promise<Head> {
  const members = new Map<string, JsonValue>();
  let firstList: RecordKind | undefined;
  for await (const part of readDocument(path, { gzip, kinds: [] })) {
    if ("name" in part) members.set(part.name, part.value);
    else if ("list" in part) {
      firstList ??= part.list;
      // All else that matters comes before the lists too where we wrote it.
      if (versionIn(members) !== undefined && members.has(DOCUMENT.exportDate)) break;
    }
  }
  return { members, firstList };
}

/** Format 1.0 has an export version alone. */
function versionIn(members: Head["members"]): JsonValue | undefined {
  return members.get(DOCUMENT.formatVersion) ?? members.get(DOCUMENT.exportVersion);
}

function factsOf(members: Head["members"]): FileFacts {
  return {
    backend: textIn(members.get(DOCUMENT.backend)),
    exportedAt: textIn(members.get(DOCUMENT.exportDate)),
    memories: countIn(members.get(DOCUMENT.memoryCount)),
    relationships: countIn(members.get(DOCUMENT.relationshipCount)),
  };
}

class JsonFile implements ImportFile {
  readonly format: FormatVersion;
  readonly facts: FileFacts;
  readonly notes: readonly string[];
  readonly #gzip: boolean;
  readonly #passes: readonly (readonly RecordKind[])[];
  readonly #isOurs: boolean;
  #digest: string | undefined;

  constructor(
    readonly path: string,
    { gzip, format, head }: { gzip: boolean; format: FormatVersion; head: Head },
  ) {
    this.format = format;
    this.facts = factsOf(head.members);
    this.#gzip = gzip;
    // Memories come first in a stream, whatever their place in the file.
    this.#passes = head.firstList === "relationship"
      ? [["memory"], ["relationship"]]
      : [["memory", "relationship"]];
    this.#isOurs = head.members.has(DOCUMENT.generator);
    this.notes = this.#isOurs ? [] : upstreamNotes(format, this.facts);
  }

  get digest(): string | undefined {
    return this.#digest;
  }

  read(options?: ReadOptions): AsyncIterable<Batch> {
    return inBatches(this.#records(), options);
  }

  async *#records(): AsyncGenerator<ReadRecord> {
    const members = new Map<string, JsonValue>();
    const counts = new RecordCounter();
    const ordinals = new CompactOrdinals();
    const defaults = {
      idOf: (relationship: Relationship) => derivedId(relationship, ordinals),
      timestamp: this.#isOurs ? undefined : this.facts.exportedAt,
    };
    for (const kinds of this.#passes) {
      for await (const part of readDocument(this.path, { gzip: this.#gzip, kinds })) {
        if ("name" in part) members.set(part.name, part.value);
        else if ("record" in part) {
          const { kind, record, bytes } = part;
          counts[kind]++;
          const read = kind === "memory" ? memoryFromJson(record) : relationshipFromJson(record, defaults);
          yield { kind, read, bytes };
        }
      }
    }
    // Now also from members that come after the lists.
    counts.check(this.path, factsOf(members));
    this.#digest = textIn(members.get(DOCUMENT.digest));
    if (this.#isOurs && this.#digest === undefined) {
      throw new GraphError(
        "FILE_INVALID",
        `File "${this.path}" is damaged: it has no digest (export it again)`,
      );
    }
  }
}
