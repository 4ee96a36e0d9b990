/** Import files that nobody meant well with: mutations of real ones, at random. */
import assert from "node:assert/strict";
import { sqlite } from "../../src/backends/sqlite/mod.ts";
import { cli } from "../support/cli.ts";
import { digestOfGraph, readGraph, writeGraph } from "../support/graph.ts";
import { TARGET_GRAPH } from "./bench.ts";
import { random } from "./random.ts";

const MUTATIONS = 1000;
/** What the process may grow by, in bytes, over all of them: most of it is garbage not yet collected. */
const MOST_MEMORY = 300 << 20;
const seed = Number(Deno.env.get("MEMORYGRAPH_TEST_SEED") ?? Date.now() % 1e6);
const json = new URL("../fixtures/upstream/python/full.json", import.meta.url).pathname;
const database = new URL("../fixtures/upstream/python/full.db", import.meta.url).pathname;

/** What every string is replaced by, one at a time. */
const INJECTIONS = [
  "../../../../etc/passwd",
  "..\\..\\evil",
  "/dev/null",
  "'; DROP TABLE nodes; --",
  "`}) DETACH DELETE m //",
  "\" SET m.id = 'x' //",
  "$(touch injected)",
  "__proto__",
  "constructor",
  "\u0000",
  "\u001b]0;title\u0007",
  "\ud800",
  "x".repeat(100_000),
  "",
];
const NUMBERS = [
  "1e999",
  "-1e999",
  "123456789012345678901234567890",
  "-0",
  "NaN",
  "0.1e-400",
  "null",
  '"1"',
  "[]",
];

Deno.test(`${MUTATIONS} hostile files: an error or a verified import, never a crash (seed ${seed})`, async () => {
  const folder = await Deno.makeTempDir({ prefix: "memorygraph-hostile-" });
  try {
    const archive = `${folder}/source.jsonl`;
    const env = { MEMORYGRAPH_STATE_DIR: `${folder}/state` };
    assert.equal((await cli(["export", archive, "--path", database], { env })).code, 0);
    const originals = [await Deno.readTextFile(json), await Deno.readTextFile(archive)];
    const file = `${folder}/hostile.json`;
    const target = `${folder}/target.db`;
    await using store = await sqlite.open({ path: target }, { mode: "create" });
    await writeGraph(store, TARGET_GRAPH);
    const digest = async () => digestOfGraph(await readGraph(store));
    const [next, before] = [random(seed), await digest()];
    const codes = new Map<number, number>();
    const memoryBefore = Deno.memoryUsage().rss;
    for (let round = 0; round < MUTATIONS; round++) {
      const bytes = mutate(originals[round % originals.length]!, next);
      await Deno.writeFile(file, bytes);
      const argv = ["import", file, "--to", "sqlite", "--to-path", target, "--json"];
      const { code, stdout, stderr } = await cli(next() < 0.3 ? [...argv, "--skip-invalid"] : argv, { env });
      const about = () => `round ${round}: ${stderr}${new TextDecoder().decode(bytes.subarray(0, 2000))}`;
      codes.set(code, (codes.get(code) ?? 0) + 1);
      // 1 would be a failure that nobody thought of.
      assert([0, 5, 7].includes(code), about());
      assert.doesNotMatch(stderr, /\n\s+at |\.ts:\d+/, about());
      assert.equal(stdout.trim().split("\n").length, 1, about());
      assert.equal(JSON.parse(stdout).ok, code === 0);
      if (code !== 0) assert.equal(await digest(), before, about());
      else await emptyOf(store, { keep: TARGET_GRAPH });
      assert.equal(await digest(), before, about());
      assert(Deno.memoryUsage().rss - memoryBefore < MOST_MEMORY, about());
    }
    assert((codes.get(5) ?? 0) > MUTATIONS / 4, JSON.stringify([...codes]));
    assert((codes.get(0) ?? 0) > MUTATIONS / 20, JSON.stringify([...codes]));
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name.replace(/-(wal|shm)$/, ""));
    assert.deepEqual([...new Set(names)].sort(), ["hostile.json", "source.jsonl", "state", "target.db"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Takes out what an import that was accepted has put in. */
async function emptyOf(
  store: Awaited<ReturnType<typeof sqlite.open>>,
  { keep }: { keep: typeof TARGET_GRAPH },
): Promise<void> {
  const { memories, relationships } = await readGraph(store);
  const kept = new Set([...keep.memories, ...keep.relationships].map(({ id }) => id));
  await store.deleteRelationships(relationships.filter(({ id }) => !kept.has(id)));
  await store.deleteMemories(memories.map(({ id }) => id).filter((id) => !kept.has(id)), { detach: true });
}

/** One file that is not as it was, as bytes. */
function mutate(text: string, next: () => number): Uint8Array {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)]!;
  const at = (length: number) => Math.floor(next() * length);
  const replaceOne = (pattern: RegExp, replacement: () => string) => {
    const found = [...text.matchAll(pattern)];
    if (found.length === 0) return text;
    const { index, 0: old } = pick(found);
    return text.slice(0, index) + replacement() + text.slice(index + old.length);
  };
  const encode = (mutated: string) => new TextEncoder().encode(mutated);
  switch (at(9)) {
    case 0: {
      const bytes = encode(text);
      for (let count = 1 + at(4); count > 0; count--) bytes[at(bytes.length)] = at(256);
      return bytes;
    }
    case 1:
      return encode(text).subarray(0, at(text.length));
    case 2: {
      const [start, length] = [at(text.length), at(400)];
      return encode(text.slice(0, start + length) + text.slice(start));
    }
    case 3:
      return encode(replaceOne(/"(?:[^"\\]|\\.)*"/g, () => JSON.stringify(pick(INJECTIONS))));
    case 4:
      return encode(replaceOne(/(?<=: ?)-?\d+(\.\d+)?/g, () => pick(NUMBERS)));
    case 5:
      return encode(replaceOne(/"(?:[^"\\]|\\.)*"|\d+|null/g, () => nested(1 + at(20_000), next)));
    case 6:
      return encode(
        replaceOne(/\{|\}|\[|\]|,|:|"/g, () => pick(["", "{", "}", "[", "]", ",", ":", '"', "\n"])),
      );
    case 7: {
      const id = /"id": ?"([^"]+)"/.exec(text)?.[1] ?? "x";
      return encode(replaceOne(/(?<="id": ?)"[^"]*"/g, () => JSON.stringify(id)));
    }
    default:
      return encode(
        replaceOne(/"[a-z_]+"(?= ?:)/g, () => JSON.stringify(pick(["id", "type", "content", "__proto__"]))),
      );
  }
}

function nested(depth: number, next: () => number): string {
  return next() < 0.5
    ? "[".repeat(depth) + "]".repeat(depth)
    : '{"a":'.repeat(depth) + "1" + "}".repeat(depth);
}
