/**
 * How fast the program is: export, import and migrate against a plain loop that reads the same rows and
 * inserts them with prepared statements, in the same run. `deno task bench [--sizes 1000,10000]`.
 */
import { parseArgs } from "node:util";
import { join } from "node:path";
import { generateGraph } from "../tests/fixtures/generated.ts";
import { backendNamed } from "../src/backends/mod.ts";
import { batchesOf } from "../tests/support/graph.ts";
import { measure, type Measured } from "./bench/measure.ts";

const RELATIONSHIPS_PER_MEMORY = 2;

const { values } = parseArgs({
  options: {
    sizes: { type: "string", default: "1000,10000,100000" },
    repeat: { type: "string", default: "3" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) {
  console.log("deno task bench [--sizes 1000,10000,100000] [--repeat 3] [--json]");
} else {
  await run(values.sizes.split(",").map(Number), Number(values.repeat));
}

async function run(sizes: number[], repeat: number): Promise<void> {
  const rows: Row[] = [];
  const folder = await Deno.makeTempDir({ prefix: "memorygraph-bench-" });
  try {
    for (const size of sizes) rows.push(...await benchSize(folder, size, repeat));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  console.log(values.json ? JSON.stringify(rows, undefined, 2) : table(rows));
}

interface Row extends Measured {
  size: number;
  action: string;
  /** Seconds divided by the plain loop's. */
  ratio: number;
}

async function benchSize(folder: string, size: number, repeat: number): Promise<Row[]> {
  const source = join(folder, `source-${size}.db`);
  await seed(source, size);
  const records = size * (1 + RELATIONSHIPS_PER_MEMORY);
  const archive = join(folder, `graph-${size}.jsonl`);
  const target = join(folder, "target.db");
  const state = join(folder, "state");
  const actions: Record<string, { script: string; args: string[]; removes: string }> = {
    "plain loop": { script: "plain_loop.ts", args: [source, target], removes: target },
    "migrate, verified": {
      script: "command.ts",
      args: ["migrate", "--from", "sqlite", "--from-path", source, "--to", "sqlite", "--to-path", target],
      removes: target,
    },
    "export to JSON Lines": {
      script: "command.ts",
      args: ["export", archive, "--overwrite", "--backend", "sqlite", "--path", source],
      removes: "",
    },
    "import, verified": {
      script: "command.ts",
      args: ["import", archive, "--to", "sqlite", "--to-path", target],
      removes: target,
    },
  };
  const rows: Row[] = [];
  for (const [action, { script, args, removes }] of Object.entries(actions)) {
    const runs: Measured[] = [];
    for (let run = 0; run < repeat; run++) {
      for (const suffix of removes ? ["", "-wal", "-shm"] : []) {
        await Deno.remove(removes + suffix).catch(() => {});
      }
      runs.push(await measure(script, args, { records, env: { MEMORYGRAPH_STATE_DIR: state } }));
    }
    // The quickest run is the one least disturbed by whatever else the machine does.
    const best = runs.reduce((a, b) => (b.seconds < a.seconds ? b : a));
    rows.push({ ...best, size, action, ratio: best.seconds / (rows[0]?.seconds ?? best.seconds) });
  }
  return rows;
}

async function seed(path: string, size: number): Promise<void> {
  await using store = await backendNamed("sqlite").open({ path }, { mode: "create" });
  await store.ensureSchema();
  const graph = generateGraph({ memories: size, relationships: size * RELATIONSHIPS_PER_MEMORY });
  for (const batch of batchesOf(graph, 1000)) await store.write(batch, { mode: "fail" });
  await store.finishLoad();
}

function table(rows: Row[]): string {
  const lines = rows.map(({ size, action, seconds, records, peakMegabytes, ratio }) => [
    size.toLocaleString("en"),
    action,
    seconds.toFixed(2),
    Math.round(records / seconds).toLocaleString("en"),
    ratio.toFixed(2),
    Math.round(peakMegabytes).toString(),
  ]);
  const head = ["memories", "what", "seconds", "records/s", "x plain loop", "peak MB"];
  const format = (cells: string[]) => `| ${cells.join(" | ")} |`;
  return [format(head), format(head.map(() => "---")), ...lines.map(format)].join("\n");
}
