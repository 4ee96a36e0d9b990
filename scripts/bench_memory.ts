/**
 * How fast an agent is answered, through the official client: store, get, search, recall on a large graph, and
 * the start of the server. `deno run -A scripts/bench_memory.ts [--size 100000] [--program dist/memorygraph]`.
 */
import { parseArgs } from "node:util";
import { sqlite } from "../src/backends/sqlite/mod.ts";
import { type CorpusQuery, MEMORIES, QUERIES } from "../tests/fixtures/search/corpus.ts";
import { memory } from "../tests/fixtures/graph.ts";
import { connect } from "../tests/support/mcp.ts";

const { values } = parseArgs({
  options: { size: { type: "string", default: "100000" }, program: { type: "string" } },
});
const RUNS = 100;
const WORDS_EACH = 120;

const home = await Deno.makeTempDir({ prefix: "memorygraph-bench-" });
try {
  const path = `${home}/.memorygraph/memory.db`;
  await seed(path, Number(values.size));
  await using session = await connect({ home, program: values.program });
  const call = async (name: string, args: Record<string, unknown>) => {
    const { isError, value, text } = await session.call(name, args);
    if (isError) throw new Error(text);
    return value;
  };
  const index = performance.now();
  await call("search_memories", { query: "index" });
  console.log(`first search, which builds the index: ${((performance.now() - index) / 1000).toFixed(1)} s`);

  const spelled = QUERIES.filter(({ isTypo }) => !isTypo);
  const pick = (index: number): CorpusQuery => spelled[(index * 7) % spelled.length]!;
  await report(
    "store",
    (index) =>
      call("store_memory", {
        type: "task",
        title: `Title ${index}`,
        content: MEMORIES[index % MEMORIES.length]!.content,
      }),
  );
  await report("get", (index) => call("get_memory", { memory_id: `m${index * 31}` }));
  await report("search", (index) => call("search_memories", { query: pick(index).query, limit: 20 }));
  await report(
    "search, all words",
    (index) => call("search_memories", { query: pick(index).query, match_mode: "all", limit: 20 }),
  );
  await report(
    "search, fuzzy",
    (index) => call("search_memories", { query: pick(index).query, search_tolerance: "fuzzy", limit: 20 }),
  );
  await report(
    "search by tag",
    (index) => call("search_memories", { tags: [MEMORIES[index % MEMORIES.length]!.tags[0]!], limit: 20 }),
  );
  await report(
    "recall",
    (index) => call("recall_memories", { query: `how did we handle ${pick(index).query}` }),
  );
  await report("start to tools/list", async () => {
    await using started = await connect({
      home,
      program: values.program,
      args: ["serve"],
      generation: "client 2 with 2025",
    });
    await started.client.listTools();
    return performance.now();
  }, 10);
} finally {
  await Deno.remove(home, { recursive: true });
}

/** Prints the median and the slowest; an action may return when it was done, where ending it takes time. */
async function report(name: string, action: (index: number) => Promise<unknown>, runs = RUNS): Promise<void> {
  const times: number[] = [];
  for (let index = 0; index < runs; index++) {
    const start = performance.now();
    const end = await action(index);
    times.push((typeof end === "number" ? end : performance.now()) - start);
  }
  times.sort((a, b) => a - b);
  const [median, slowest] = [times[times.length >> 1]!, times.at(-1)!];
  console.log(`${name}: median ${median.toFixed(1)} ms, slowest ${slowest.toFixed(1)} ms`);
}

/** Memories whose words are as unevenly spread as those of a language: half of a text are the commonest hundred. */
async function seed(path: string, size: number): Promise<void> {
  const common = [...new Set(MEMORIES.flatMap(({ title, content }) => `${title} ${content}`.split(/\W+/)))];
  let state = 1;
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
  const word = () => {
    const rank = Math.floor(20_000 ** random());
    return common[rank] ?? `word${rank.toString(36)}`;
  };
  const text = (words: number) => Array.from({ length: words }, word).join(" ");
  await using store = await sqlite.open({ path }, { mode: "create" });
  await store.ensureSchema();
  for (let at = 0; at < size; at += 2000) {
    const items = Array.from({ length: Math.min(2000, size - at) }, (_, index) =>
      memory(`m${at + index}`, {
        title: text(6),
        content: text(WORDS_EACH),
        tags: MEMORIES[(at + index) % MEMORIES.length]!.tags,
        importance: Math.round(random() * 100) / 100,
      }));
    await store.write({ kind: "memory", items }, { mode: "fail" });
  }
  await store.finishLoad();
}
