import { createHash } from "node:crypto";
import { isJsonObject, type JsonObject } from "../model/json.ts";
import { readBytes } from "./bytes.ts";
import { damaged, parseBytes } from "./json_scanner.ts";
import { MAX_RECORD_BYTES } from "./limits.ts";
import { Spill } from "./spill.ts";
import { ValueScan } from "./value_scan.ts";

const NEWLINE = 0x0a;
const OPEN_OBJECT = 0x7b;

/** One line of an archive, and the hash of all lines before it. */
export interface ArchiveLine {
  readonly number: number;
  readonly json: JsonObject;
  readonly bytes: number;
  /** SHA-256, in hexadecimal, of every byte before this line. Worth its price only for the trailer. */
  hashBefore(): string;
}

/** Reads an archive line by line. Throws FILE_INVALID at the first line that is not a JSON object. */
export async function* readArchiveLines(
  path: string,
  { gzip }: { gzip: boolean },
): AsyncGenerator<ArchiveLine> {
  const hash = createHash("sha256");
  let number = 0;
  for await (const bytes of readLines(path, gzip)) {
    number++;
    yield {
      number,
      json: parseLine(path, number, bytes),
      bytes: bytes.length,
      hashBefore: () => hash.copy().digest("hex"),
    };
    hash.update(bytes);
  }
}

function parseLine(path: string, number: number, bytes: Uint8Array): JsonObject {
  const content = bytes.at(-1) === NEWLINE ? bytes.subarray(0, -1) : bytes;
  if (content[0] !== OPEN_OBJECT) throw damaged(path, `line ${number}`, "it is not an object");
  try {
    // Guards the parser; whether there is one value in the line, it sees itself.
    new ValueScan().scan(content, 0);
    const json = parseBytes(content);
    if (isJsonObject(json)) return json;
  } catch (error) {
    throw damaged(path, `line ${number}`, `it ${(error as Error).message}`, error);
  }
  throw damaged(path, `line ${number}`, "it is not an object");
}

/** The lines with their newlines; each is good until the next. */
async function* readLines(path: string, gzip: boolean): AsyncGenerator<Uint8Array> {
  const spill = new Spill();
  let number = 1;
  for await (const chunk of readBytes(path, { gzip })) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const line = chunk.subarray(start, end + 1);
      if (spill.length > 0) {
        spill.append(line);
        yield spill.take();
      } else yield line;
      number++;
      start = end + 1;
    }
    spill.append(chunk.subarray(start));
    if (spill.length > MAX_RECORD_BYTES) {
      throw damaged(path, `line ${number}`, `it has more than ${MAX_RECORD_BYTES} bytes`);
    }
  }
  if (spill.length > 0) yield spill.take();
}
