/**
 * Writes docs/EXAMPLE.md: an agent's session with the real server. It remembers, relates and recalls, then
 * migrates to FalkorDBLite and goes on there. Ids, times and paths are replaced, so that only what the server
 * does differently changes the file.
 */
import { join } from "node:path";
import { connect, type Session } from "../tests/support/mcp.ts";
import { falkorDbEngine } from "./servers/mod.ts";

const { redisServer, module } = await falkorDbEngine();
const home = await Deno.makeTempDir({ prefix: "memorygraph-example-" });
const engine = { MEMORYGRAPH_REDIS_SERVER: redisServer, MEMORYGRAPH_FALKORDB_MODULE: module };
const lines: string[] = [];
const names = new Map<string, string>();

const say = (text: string) => lines.push(text, "");

/** Replaces what differs from run to run. */
function steady(text: string): string {
  let result = text.replaceAll(home, "~");
  for (const [id, name] of names) result = result.replaceAll(id, name);
  return result
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)/g, "2026-01-02T03:04:05.678901+00:00")
    .replace(/\d{8}-\d{6}-[0-9a-f]{4}/g, "20260102-030405-1a2b")
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "(a relationship's id)")
    .replace(/"(duration_)?seconds": [\d.]+/g, '"$1seconds": 0.1')
    .replace(/"digest": "[0-9a-f]+"/g, '"digest": "(SHA-256)"');
}

async function call(session: Session, name: string, args: Record<string, unknown>, remember?: string) {
  const { isError, value, text } = await session.call(name, args);
  const id = value?.memory_id;
  if (remember && typeof id === "string") names.set(id, remember);
  const given = JSON.stringify(args, null, 2);
  lines.push(
    "```jsonc",
    `// ${name}`,
    steady(given),
    "// answers",
    steady(isError ? text : brief(value)),
    "```",
    "",
  );
  if (isError) throw new Error(text);
  return value as Record<string, never>;
}

/** The answer without what is long and says little here. */
function brief(value: Record<string, unknown>): string {
  const omitted = new Set(["phases", "plan", "conflicts", "foreign", "warnings", "rejected", "notes"]);
  return JSON.stringify(value, (key, item) => omitted.has(key) ? undefined : item, 2);
}

say("# An agent's session");
say("Made by `deno run -A scripts/example.ts` against the real server; ids, times and paths are replaced.");
{
  const asked: string[] = [];
  await using session = await connect({
    home,
    args: ["serve", "--profile", "extended"],
    env: engine,
    answer: (message) => (asked.push(message), "accept"),
  });
  say("## Remember");
  const problem = (await call(session, "store_memory", {
    type: "problem",
    title: "Requests to the cache time out at night",
    content:
      "Between two and three in the morning every tenth request to Redis takes longer than two seconds.",
    tags: ["Redis", "timeout"],
    context: { project_path: "/srv/shop" },
  }, "problem-1")).memory_id;
  const solution = (await call(session, "store_memory", {
    type: "solution",
    title: "Raise the Redis timeout during the backup",
    content: "The nightly backup saturates the disk. A timeout of thirty seconds bridges it.",
    tags: ["redis"],
    importance: 0.8,
    context: { project_path: "/srv/shop" },
  }, "solution-1")).memory_id;
  say("## Relate");
  await call(session, "create_relationship", {
    from_memory_id: solution,
    to_memory_id: problem,
    relationship_type: "SOLVES",
    context: "only in production, verified by load tests",
  });
  say("## Recall, in a later session");
  await call(session, "recall_memories", { query: "why do redis requests timing out?" });
  say("## Validate a migration");
  const target = { target_backend: "falkordblite", target_config: { path: "graph.db" } };
  await call(session, "validate_migration", target);
  say("## Migrate to FalkorDBLite");
  const at = lines.length;
  await call(session, "migrate_database", target);
  lines.splice(at, 0, `The server asks the user first: "${steady(asked.at(-1)!)}", and the user agrees.`, "");
  say(
    "Every record was read back from the target and compared, field by field: that is the verification above.",
  );
}
{
  say("## Continue there");
  await using session = await connect({
    home,
    args: [
      "serve",
      "--profile",
      "extended",
      "--backend",
      "falkordblite",
      "--path",
      join(home, ".memorygraph", "graph.db"),
    ],
    env: engine,
  });
  await call(session, "get_memory_statistics", {});
  await call(session, "search_memories", { query: "timeout", relationship_filter: ["SOLVES"] });
}
await Deno.remove(home, { recursive: true });
await Deno.writeTextFile(
  join(import.meta.dirname!, "..", "docs", "EXAMPLE.md"),
  lines.join("\n").trimEnd() + "\n",
);
