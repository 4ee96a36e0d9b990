/**
 * How fast the program is, as ratios in one run: for SQLite, export, import and migrate against a plain loop
 * that reads the same rows and inserts them with prepared statements; for the graph databases, import and
 * export against their plain clients. `deno task bench --help`.
 */
import { parseArgs } from "node:util";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { generateGraph } from "../tests/fixtures/generated.ts";
import { backendNamed } from "../src/backends/mod.ts";
import { batchesOf } from "../tests/support/graph.ts";
import { measure, type Measured } from "./bench/measure.ts";
import { benchServer, SERVER_BACKENDS, type ServerRows } from "./bench/servers.ts";

const RELATIONSHIPS_PER_MEMORY = 2;

const USAGE = `Usage: deno task bench [options]

  --sizes N,N        numbers of memories, each with twice as many relationships (default: 1000,10000,100000)
  --backends A,B     of sqlite, ${SERVER_BACKENDS.join(", ")} (default: all)
  --server-sizes N   numbers of memories for the graph databases (default: 10000)
  --repeat N         runs of each, of which the quickest counts (default: 3)
  --json             print JSON
  --help             show this`;

if (import.meta.main) Deno.exit(await main());

async function main(): Promise<number> {
  let values: ReturnType<typeof readOptions>;
  try {
    values = readOptions();
  } catch (error) {
    console.error(`error: ${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    return 2;
  }
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  await run(values);
  return 0;
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      "sizes": { type: "string", default: "1000,10000,100000" },
      "backends": { type: "string", default: ["sqlite", ...SERVER_BACKENDS].join() },
      "server-sizes": { type: "string", default: "10000" },
      "repeat": { type: "string", default: "3" },
      "json": { type: "boolean", default: false },
      "help": { type: "boolean", default: false },
    },
  });
  const numbers = (name: "sizes" | "server-sizes" | "repeat") =>
    values[name].split(",").map((text) => {
      const number = Number(text);
      if (Number.isInteger(number) && number > 0) return number;
      throw new TypeError(`--${name}: "${text}" is no number above 0`);
    });
  const backends = values.backends.split(",");
  const unknown = backends.find((name) => !["sqlite", ...SERVER_BACKENDS].includes(name));
  if (unknown !== undefined) throw new TypeError(`--backends: there are no rates for "${unknown}"`);
  const [repeat] = numbers("repeat") as [number];
  const { json, help } = values;
  return { sizes: numbers("sizes"), serverSizes: numbers("server-sizes"), backends, repeat, json, help };
}

async function run({ sizes, serverSizes, backends, repeat, json }: ReturnType<typeof readOptions>) {
  const rows: Row[] = [];
  const servers: ServerRows[] = [];
  const folder = await Deno.makeTempDir({ prefix: "memorygraph-bench-" });
  try {
    for (const size of backends.includes("sqlite") ? sizes : []) {
      rows.push(...await benchSize(folder, size, repeat));
    }
    for (const backend of SERVER_BACKENDS.filter((name) => backends.includes(name))) {
      for (const size of serverSizes) {
        const source = join(folder, `source-${size}.db`);
        if (!existsSync(source)) await seed(source, size);
        servers.push(await benchServer(backend, { source, size, repeat, folder }));
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  if (json) return console.log(JSON.stringify({ sqlite: rows, servers }, undefined, 2));
  if (rows.length > 0) console.log(sqliteTable(rows));
  if (servers.length > 0) console.log(`\n${serverTable(servers)}\n\n${migrateTable(servers)}`);
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
  await store.ensureSchema({ forLoad: true });
  const graph = generateGraph({ memories: size, relationships: size * RELATIONSHIPS_PER_MEMORY });
  for (const batch of batchesOf(graph, 1000)) await store.write(batch, { mode: "fail" });
  await store.finishLoad();
}

function sqliteTable(rows: Row[]): string {
  const head = ["memories", "what", "seconds", "records/s", "x plain loop", "peak MB"];
  return table(
    head,
    rows.map(({ size, action, seconds, records, peakMegabytes, ratio }) => [
      size.toLocaleString("en"),
      action,
      seconds.toFixed(2),
      perSecond(records, seconds),
      ratio.toFixed(2),
      Math.round(peakMegabytes).toString(),
    ]),
  );
}

function serverTable(servers: ServerRows[]): string {
  const head = ["backend", "memories", "what", "records/s", "plain client", "share"];
  return table(
    head,
    servers.flatMap(({ backend, size, rows }) =>
      rows.map(({ what, records, ours, plain }) => [
        backend,
        size.toLocaleString("en"),
        what,
        perSecond(records, ours),
        perSecond(records, plain),
        `${Math.round((100 * plain) / ours)} %`,
      ])
    ),
  );
}

function migrateTable(servers: ServerRows[]): string {
  const head = [
    "SQLite to",
    "memories",
    "seconds, verified",
    "peak MB",
    "the plain client was quickest with",
  ];
  return table(
    head,
    servers.map(({ backend, size, migrate, best }) => [
      backend,
      size.toLocaleString("en"),
      migrate.seconds.toFixed(2),
      Math.round(migrate.peakMegabytes).toString(),
      best,
    ]),
  );
}

function perSecond(records: number, seconds: number): string {
  return Math.round(records / seconds).toLocaleString("en");
}

function table(head: string[], lines: string[][]): string {
  const format = (cells: string[]) => `| ${cells.join(" | ")} |`;
  return [format(head), format(head.map(() => "---")), ...lines.map(format)].join("\n");
}
