import assert from "node:assert/strict";
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { inTemporaryFolder } from "../../tests/support/files.ts";

const MEGABYTE = 1024 * 1024;
const LIMIT_MB = 300;
const SCRIPT = new URL("../../tests/support/drain_export.ts", import.meta.url).pathname;

const HEAD = '{"format_version":"2.0","export_date":"2026-01-01T00:00:00+00:00","memories":[';
const RECORD = '{"id":"a","type":"general","title":"t","content":"c"';
const ARCHIVE_HEAD = '{"kind":"header","format":"memorygraph-archive","version":1}\n';

interface HostileFile {
  name: string;
  head: string;
  /** Repeated until the file has so many megabytes before compression. */
  filler: string;
  megabytes: number;
  tail?: string;
  gzip?: boolean;
  error: RegExp;
}

const HOSTILE: HostileFile[] = [
  {
    name: "one line that is one string",
    head: '{"a":"',
    filler: "x",
    megabytes: 200,
    error: /more than 16777216 bytes/,
  },
  {
    name: "a record of 200 MB",
    head: `${HEAD}${RECORD},"summary":"`,
    filler: "x\\n",
    megabytes: 200,
    tail: '"}],"relationships":[]}',
    error: /memory 1 has more than 16777216 bytes/,
  },
  { name: "nested lists", head: '{"a":', filler: "[", megabytes: 200, error: /nested more than 1000 deep/ },
  {
    name: "nested lists in a record",
    head: `${HEAD}${RECORD},"x":`,
    filler: '{"a":[',
    megabytes: 200,
    error: /memory 1 is nested more than 1000 deep/,
  },
  {
    name: "a record of empty objects",
    head: `${HEAD}${RECORD},"x":[{}`,
    filler: ",{}",
    megabytes: 15,
    tail: ']}],"relationships":[]}',
    error: /memory 1 has more than 1000000 values/,
  },
  { name: "members without end", head: '{"a":0', filler: ',"a":0', megabytes: 200, error: /"a" twice/ },
  {
    name: "memories that are none",
    head: `${HEAD}0`,
    filler: ",0",
    megabytes: 2,
    error: /file ends|found the end/,
  },
  {
    name: "white space",
    head: `${HEAD}`,
    filler: " ",
    megabytes: 400,
    gzip: true,
    error: /found the end|ends where/,
  },
  {
    name: "a compressed record of 1 GB",
    head: `${HEAD}${RECORD},"x":"`,
    filler: "\0",
    megabytes: 1000,
    gzip: true,
    error: /memory 1 has more than/,
  },
  {
    name: "an archive's line",
    head: `${ARCHIVE_HEAD}{"kind":"`,
    filler: "x",
    megabytes: 200,
    error: /line 2.*bytes/,
  },
  {
    name: "an archive's nested lists",
    head: `${ARCHIVE_HEAD}{"a":`,
    filler: "[",
    megabytes: 10,
    tail: "\n",
    error: /line 2.*deep/,
  },
];

async function writeFile(path: string, file: HostileFile): Promise<void> {
  const piece = file.filler.repeat(Math.ceil(MEGABYTE / file.filler.length));
  async function* pieces() {
    yield file.head;
    for (let index = 0; index < file.megabytes; index++) yield piece;
    yield file.tail ?? "";
  }
  const output = createWriteStream(path);
  await (file.gzip ? pipeline(pieces, createGzip({ level: 1 }), output) : pipeline(pieces, output));
}

interface Outcome {
  code: string;
  message: string;
  records: number;
  peakMb: number;
}

async function drain(path: string): Promise<Outcome> {
  const command = new Deno.Command(Deno.execPath(), { args: ["run", "--allow-all", SCRIPT, path] });
  const { stdout, stderr } = await command.output();
  assert.equal(new TextDecoder().decode(stderr), "");
  return JSON.parse(new TextDecoder().decode(stdout));
}

const noProc = Deno.build.os === "linux" ? undefined : "peak memory is read from /proc";

for (const file of HOSTILE) {
  Deno.test({
    name: `a hostile file is refused in bounded memory: ${file.name}`,
    ignore: noProc !== undefined,
    async fn() {
      await inTemporaryFolder(async (folder) => {
        const path = `${folder}/file`;
        await writeFile(path, file);
        const { code, message, peakMb } = await drain(path);
        assert.equal(code, "FILE_INVALID", message);
        assert.match(message, file.error);
        assert.ok(peakMb < LIMIT_MB, `${peakMb} MB`);
      });
    },
  });
}
