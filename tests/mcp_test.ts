/** The MCP server from outside, with the official clients of both generations. */
import assert from "node:assert/strict";
import { allTools } from "../src/mcp/tools.ts";
import { PROFILES } from "../src/operations/operation.ts";
import {
  connect,
  type Generation,
  GENERATIONS,
  serverCommand,
  type Session,
  testSession,
} from "./support/mcp.ts";

/** Stores a memory and returns its id. */
async function store(session: Session, given: Record<string, unknown> = {}): Promise<string> {
  const { isError, value, text } = await session.call("store_memory", {
    type: "solution",
    title: "A title",
    content: "Some content",
    ...given,
  });
  assert(!isError, text);
  return value.memory_id as string;
}

/** The error of a failed call. */
function errorOf({ isError, value, text }: Awaited<ReturnType<Session["call"]>>) {
  assert(isError, text);
  // SDK 1 would hold it against the output schema.
  assert.equal(value, undefined);
  return JSON.parse(text).error as {
    code: string;
    message: string;
    field?: string;
    advice?: string;
    retry: boolean;
  };
}

const binary = Deno.env.get("MEMORYGRAPH_TEST_BINARY");

for (const generation of GENERATIONS) {
  everyTool(generation);
  if (binary) everyTool(generation, binary);
}

if (binary) {
  testSession("the executable lists every tool as the source does", async () => {
    const listed = async (program?: string) => {
      await using session = await connect({ args: ["--profile", "full"], program });
      return (await session.client.listTools()).tools;
    };
    assert.deepEqual(await listed(binary), await listed());
  });
}

function everyTool(generation: Generation, program?: string): void {
  const name = program ? `${generation}, compiled` : generation;
  testSession(`${name}: every tool works on real data, with a text copy`, async () => {
    await using session = await connect({ generation, program, answer: () => "accept" });
    const tools = (await session.client.listTools()).tools.map(({ name }) => name);
    const called = new Set<string>();
    // deno-lint-ignore no-explicit-any -- the assertions below say what is expected of each
    const call = async (name: string, args: Record<string, unknown> = {}): Promise<Record<string, any>> => {
      called.add(name);
      const { isError, value, text } = await session.call(name, args);
      assert(!isError, `${name}: ${text}`);
      assert.deepEqual(JSON.parse(text), value, name);
      return value;
    };

    const context = { project_path: "/app", additional_metadata: { ticket: 7 } };
    const solution = await call("store_memory", {
      type: "solution",
      title: "Redis timeouts fixed",
      content: "Raised the timeout to thirty seconds",
      tags: ["Redis"],
      context,
    });
    assert.deepEqual(solution.memory.tags, ["redis"]);
    const [a, b] = [
      solution.memory_id,
      await store(session, { type: "problem", title: "Requests time out" }),
    ];
    const c = await store(session, { type: "task", title: "Watch the latency" });
    const link = await call("create_relationship", {
      from_memory_id: a,
      to_memory_id: b,
      relationship_type: "SOLVES",
      context: "verified by load tests, only in production",
    });
    const second = await call("create_relationship", {
      from_memory_id: b,
      to_memory_id: c,
      relationship_type: "LEADS_TO",
      strength: 0.3,
      confidence: 0.4,
    });
    const found = await call("search_memories", { query: "timeout", tags: ["redis"], project_path: "/app" });
    assert.deepEqual(found.memories.map(({ id }: { id: string }) => id), [a]);
    const recalled = await call("recall_memories", { query: "how did we fix the redis timeouts" });
    assert.deepEqual(recalled.memories[0]?.relationships, {
      SOLVES: ["Requests time out"],
    });
    assert.equal((await call("get_memory", { memory_id: a })).relationship_count, 1);
    assert.equal((await call("update_memory", { memory_id: a, importance: 0.9 })).updated, true);
    assert.equal((await call("get_related_memories", { memory_id: a, max_depth: 2 })).count, 2);
    assert.equal((await call("get_recent_activity", { days: 1, project: "/app" })).total_count, 1);
    assert.equal((await call("get_memory_statistics")).total_memories, 3);
    assert.equal(
      (await call("search_relationships_by_context", { conditions: ["production"], has_evidence: true }))
        .count,
      1,
    );
    assert.equal((await call("contextual_search", { memory_id: a, query: "latency" })).count, 1);
    assert.equal((await call("find_memory_path", { from_memory_id: a, to_memory_id: c })).hops, 2);
    await call("analyze_memory_clusters", { min_cluster_size: 2 });
    await call("find_bridge_memories");
    await call("analyze_graph_metrics");
    await call("suggest_relationship_type", { from_memory_id: a, to_memory_id: b });
    await call("reinforce_relationship", { from_memory_id: a, to_memory_id: b, success: true });
    assert.equal((await call("get_relationship_types_by_category", { category: "causal" })).count, 5);
    await call("query_as_of", { memory_id: a, as_of: new Date().toISOString() });
    await call("what_changed", { since: "2025-01-01T00:00:00Z" });
    await call("invalidate_relationship", {
      relationship_id: second.relationship_id,
      invalidated_by: link.relationship_id,
    });
    assert.equal((await call("get_relationship_history", { memory_id: b })).current, 1);

    const target = { target_backend: "sqlite", target_config: { path: "copy.db" } };
    const validated = await call("validate_migration", target);
    assert.deepEqual([validated.dry_run, validated.imported_memories], [true, 0]);
    const migrated = await call("migrate_database", target);
    assert.deepEqual(
      [
        migrated.success,
        migrated.source_backend,
        migrated.imported_memories,
        migrated.imported_relationships,
      ],
      [true, "sqlite", 3, 2],
    );
    assert.equal(migrated.verification.valid, true);
    const { jobs } = await call("migration_status", { job_id: migrated.job_id });
    assert.equal(jobs[0]?.state, "done");
    await call("rollback_migration", { job_id: migrated.job_id });
    const { jobs: [undone] } = await call("migration_status", { job_id: migrated.job_id });
    assert.deepEqual([undone.state, undone.undoable], ["rolled back", false]);
    await call("export_memories", { path: "graph.json" });
    const imported = await call("import_memories", { path: "graph.json" });
    assert.deepEqual([imported.imported_memories, imported.skipped_memories], [0, 3]);
    await call("delete_memory", { memory_id: c });
    // A migration has to be running, or to have broken off, for the first two.
    for (const name of ["cancel_migration", "resume_migration", "rollback_migration", "migration_status"]) {
      called.add(name);
      const { code, field, advice } = errorOf(await session.call(name, { job_id: "20250101-000000-0000" }));
      assert.deepEqual([code, field], ["NOT_FOUND", "job_id"], name);
      assert.match(advice!, /migration_status/);
    }
    const again = errorOf(await session.call("rollback_migration", { job_id: migrated.job_id }));
    assert.deepEqual([again.code, again.field], ["NOT_SUPPORTED", "job_id"]);
    const missing = errorOf(await session.call("import_memories", { path: "none.json" }));
    assert.deepEqual([missing.code, missing.field], ["NOT_FOUND", "path"]);
    const twice = errorOf(await session.call("export_memories", { path: "graph.json" }));
    assert.deepEqual([twice.code, twice.field, twice.advice], ["USAGE", "path", "choose another path"]);
    const nameless = errorOf(await session.call("export_memories", { path: "graph" }));
    assert.deepEqual([nameless.code, nameless.field, nameless.advice], [
      "USAGE",
      "format",
      "give the format: json, jsonl, markdown",
    ]);
    assert.deepEqual([...called].sort(), tools.sort());
  });
}

for (const generation of GENERATIONS) {
  testSession(`${generation}: a migration runs only if the user agrees`, async () => {
    const asked: string[] = [];
    let answer: "accept" | "decline" = "decline";
    await using session = await connect({
      generation,
      answer: (message) => (asked.push(message), answer),
    });
    await store(session);
    const migrate = () =>
      session.call("migrate_database", {
        target_backend: "sqlite",
        target_config: { path: "to.db", password: undefined },
      });
    assert.equal(errorOf(await migrate()).code, "PERMISSION_DENIED");
    assert.match(asked[0]!, /memory\.db to sqlite at .*to\.db\?$/);
    assert.equal(await exists(`${session.home}/.memorygraph/to.db`), false);
    answer = "accept";
    assert.equal((await migrate()).value.success, true);
    assert.equal(asked.length, 2);
  });

  testSession(`${generation}: progress is reported, and a cancelled call stops`, async () => {
    await using session = await connect({
      generation,
      args: ["serve", "--profile", "extended", "--allow-migrations"],
    });
    await fill(session, 3000);
    const seen: number[] = [];
    const result = await session.call("validate_migration", {
      target_backend: "sqlite",
      target_config: { path: "b.db" },
    }, {
      onprogress: ({ progress }) => seen.push(progress),
    });
    assert(!result.isError, result.text);
    assert(seen.length >= 3, `only ${seen.length} notifications`);
    assert.deepEqual(seen, seen.toSorted((x, y) => x - y));

    const controller = new AbortController();
    const call = session.call("migrate_database", {
      target_backend: "sqlite",
      target_config: { path: "c.db" },
    }, {
      signal: controller.signal,
      onprogress: () => controller.abort("enough"),
    });
    await assert.rejects(call);
    // The server goes on, and knows how the migration ended.
    const { value } = await session.call("migration_status");
    const [job] = value.jobs as { state: string }[];
    assert(
      job && ["running", "interrupted", "unfinished", "failed"].includes(job.state),
      JSON.stringify(job),
    );
  });

  testSession(`${generation}: arguments that do not fit are named, and the server goes on`, async () => {
    await using session = await connect({ generation });
    const missing = errorOf(await session.call("store_memory", { type: "solution", title: "x" }));
    assert.deepEqual([missing.code, missing.field], ["USAGE", "content"]);
    assert.ok(missing.advice);
    const wrong: [string, Record<string, unknown>, string][] = [
      ["store_memory", { type: "novel", title: "x", content: "y" }, "type"],
      ["store_memory", { type: "task", title: "x".repeat(201), content: "y" }, "title"],
      ["store_memory", { type: "task", title: "x", content: "y", importance: 2 }, "importance"],
      ["search_memories", { memory_types: ["task", "novel"] }, "memory_types.1"],
      ["search_memories", { limit: 0 }, "limit"],
      ["search_memories", { relationship_filter: ["SOLVES", "ponders"] }, "relationship_filter.1"],
      ["get_related_memories", { memory_id: "x", max_depth: 6 }, "max_depth"],
      ["get_memory", {}, "memory_id"],
      ["search_memories", { created_after: "2030-02-31T25:00:00Z" }, "created_after"],
      ["search_memories", { created_before: "yesterday" }, "created_before"],
      ["query_as_of", { memory_id: "x", as_of: "2025-04-31" }, "as_of"],
      ["what_changed", { since: "" }, "since"],
      ["migrate_database", { target_backend: "oracle" }, "target_backend"],
      [
        "migrate_database",
        { target_backend: "sqlite", target_config: { file: "x.db" } },
        "target_config.file",
      ],
      [
        "validate_migration",
        { target_backend: "sqlite", target_config: { uri: "bolt://localhost" } },
        "target_config.uri",
      ],
      [
        "validate_migration",
        { target_backend: "neo4j", target_config: { path: "x.db" } },
        "target_config.path",
      ],
    ];
    for (const [name, args, field] of wrong) {
      const error = errorOf(await session.call(name, args));
      assert.deepEqual([error.code, error.field], ["USAGE", field], name);
    }
    for (const since of ["2020-01-01", "2020-01-01T00:00:00+01:00"]) {
      const { isError, text } = await session.call("what_changed", { since });
      assert(!isError, text);
    }
    const unknown = errorOf(await session.call("get_memory", { memory_id: "none" }));
    assert.deepEqual([unknown.code, unknown.field], ["NOT_FOUND", "memory_id"]);
    await assert.rejects(session.call("no_such_tool"), /no_such_tool/);
    // Null is how some clients leave an argument out.
    const id = await store(session, { summary: null, tags: null });
    assert.equal((await session.call("get_memory", { memory_id: id })).isError, false);
    // Empty text is how others do.
    const taken: [string, Record<string, unknown>][] = [
      ["search_memories", { query: "", terms: [""], tags: [""], project_path: "" }],
      ["contextual_search", { memory_id: id, query: "" }],
      // Upstream's search gives types in small letters, and filters by them.
      ["search_memories", { relationship_filter: ["solves"] }],
      ["get_related_memories", { memory_id: id, relationship_types: ["Solves"] }],
    ];
    for (const [name, args] of taken) {
      const { isError, text } = await session.call(name, args);
      assert(!isError, text);
    }
    assert.equal((await session.call("search_memories", { terms: ["", " "] })).value.count, 1);
  });

  testSession(`${generation}: a megabyte of arguments, and a hundred calls at once`, async () => {
    await using session = await connect({ generation });
    const content = 'é\u0000\n"'.repeat(262_144);
    const id = await store(session, { content });
    const { value } = await session.call("get_memory", { memory_id: id });
    assert.equal((value.memory as { content: string }).content, content);
    const ids = await Promise.all(
      Array.from({ length: 100 }, (_, index) => store(session, { title: `Number ${index}` })),
    );
    assert.equal(new Set(ids).size, 100);
    const { value: statistics } = await session.call("get_memory_statistics");
    assert.equal(statistics.total_memories, 101);
  });
}

testSession(
  "a migration that was cancelled is found by the next server, and finished or undone there",
  async () => {
    const home = await Deno.makeTempDir({ prefix: "memorygraph-mcp-" });
    const args = ["serve", "--profile", "extended", "--allow-migrations"];
    // So many that the import is not done before it hears of being cancelled.
    const memories = 60_000;
    const target = (path: string) => ({ target_backend: "sqlite", target_config: { path } });
    const resumed = await cancelInImport("resumed.db");
    const undone = await cancelInImport("undone.db");
    {
      await using session = await connect({ home, args });
      const { value } = await session.call("migration_status", { job_id: resumed });
      assert.equal((value.jobs as { state: string }[])[0]?.state, "unfinished");
      const { value: finished, text } = await session.call("resume_migration", { job_id: resumed });
      assert.equal(finished?.success, true, text);
      const again = await session.call("migrate_database", target("resumed.db"));
      assert.deepEqual(
        [again.value.imported_memories, again.value.skipped_memories],
        [0, memories + 1],
        again.text,
      );
      const rollback = await session.call("rollback_migration", { job_id: undone });
      assert(!rollback.isError, rollback.text);
      assert.equal(await exists(`${home}/.memorygraph/undone.db`), false);
    }
    await Deno.remove(home, { recursive: true });

    async function cancelInImport(path: string): Promise<string> {
      await using session = await connect({ home, args });
      if (path === "resumed.db") await fill(session, memories);
      const controller = new AbortController();
      await assert.rejects(session.call("migrate_database", target(path), {
        signal: controller.signal,
        onprogress: ({ message }) => {
          if (/^import: [1-9]/.test(message ?? "")) controller.abort("enough");
        },
      }));
      const { value } = await session.call("migration_status");
      return (value.jobs as { job_id: string }[])[0]!.job_id;
    }
  },
);

testSession("profiles hold upstream's tools, and read-only servers only what changes nothing", async () => {
  const namesWith = async (args: string[], env = {}) => {
    await using session = await connect({ args, env });
    return (await session.client.listTools()).tools;
  };
  const names = (tools: { name: string }[]) => tools.map(({ name }) => name);
  const core = names(await namesWith([]));
  assert.deepEqual(core.toSorted(), CORE.toSorted());
  const extended = names(await namesWith(["--profile", "standard"]));
  for (const name of [...CORE, ...EXTENDED]) assert(extended.includes(name), name);
  assert.deepEqual(names(await namesWith([], { MEMORY_TOOL_PROFILE: "extended" })), extended);
  const full = await namesWith(["serve", "--profile", "full"]);
  assert.deepEqual(names(full).toSorted(), allTools().map(({ tool }) => tool.name).toSorted());
  const readOnly = await namesWith(["serve", "--profile", "full", "--read-only"]);
  assert.deepEqual(names(readOnly), names(full.filter(({ annotations }) => annotations?.readOnlyHint)));
  for (const tool of full) {
    assert.ok(tool.title && tool.description && tool.outputSchema, tool.name);
    const isRead = tool.annotations?.readOnlyHint === true;
    assert.equal(tool.annotations?.destructiveHint && isRead, false, tool.name);
  }
});

// As in memorygraphmcp 0.12.4.
const CORE = [
  "recall_memories",
  "store_memory",
  "get_memory",
  "search_memories",
  "update_memory",
  "delete_memory",
  "create_relationship",
  "get_related_memories",
  "get_recent_activity",
];
// Upstream's three, and its analyses, which no profile of its own offers.
const EXTENDED = [
  "get_memory_statistics",
  "search_relationships_by_context",
  "contextual_search",
  "find_memory_path",
  "analyze_memory_clusters",
  "find_bridge_memories",
  "suggest_relationship_type",
  "reinforce_relationship",
  "get_relationship_types_by_category",
  "analyze_graph_metrics",
];

testSession("a read-only server changes nothing, not even the file that it searches", async () => {
  const home = await Deno.makeTempDir({ prefix: "memorygraph-mcp-" });
  try {
    {
      await using session = await connect({ home });
      await store(session, { title: "Redis timeouts" });
    }
    const path = `${home}/.memorygraph/memory.db`;
    const before = await Deno.readFile(path);
    await using session = await connect({ home, args: ["serve", "--read-only"] });
    const { value } = await session.call("recall_memories", { query: "timeout" });
    assert.equal(value.count, 1);
    assert.deepEqual(await Deno.readFile(path), before);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

testSession("a model cannot make the server reach other hosts or files without its user", async () => {
  const folder = await Deno.makeTempDir({ prefix: "memorygraph-mcp-folder-" });
  await using session = await connect({ args: ["serve", "--profile", "full", "--allow-folder", folder] });
  await store(session);
  const codeOf = async (name: string, args: Record<string, unknown>) =>
    errorOf(await session.call(name, args)).code;
  const secret = "hunter22-secret";
  for (
    const uri of ["bolt://10.1.2.3:7687", "bolt://localhost.evil.example", `bolt://u:${secret}@evil.example`]
  ) {
    const target = { target_backend: "neo4j", target_config: { uri, username: "neo4j", password: secret } };
    for (const name of ["validate_migration", "migrate_database"]) {
      const result = await session.call(name, target);
      assert.equal(errorOf(result).code, "PERMISSION_DENIED", uri);
      assert.doesNotMatch(result.text, new RegExp(secret));
    }
  }
  for (
    const path of [
      "/etc/graph.json",
      "../graph.json",
      "a/../../graph.json",
      `${folder}/link/graph.json`,
      folder,
    ]
  ) {
    if (path.includes("/link/")) await Deno.symlink("/etc", `${folder}/link`);
    assert.equal(await codeOf("export_memories", { path }), "PERMISSION_DENIED", path);
    assert.equal(await codeOf("import_memories", { path }), "PERMISSION_DENIED", path);
    const target = { target_backend: "sqlite", target_config: { path } };
    assert.equal(await codeOf("validate_migration", target), "PERMISSION_DENIED", path);
  }
  const inside = await session.call("export_memories", { path: `${folder}/graph.jsonl.gz` });
  assert(!inside.isError, inside.text);
  assert.equal(await codeOf("import_memories", { path: `${folder}/graph.jsonl.gz` }), "PERMISSION_DENIED");
  const dryRun = await session.call("import_memories", { path: `${folder}/graph.jsonl.gz`, dry_run: true });
  assert(!dryRun.isError, dryRun.text);
  await Deno.remove(folder, { recursive: true });
});

testSession("what is stored after the database file was deleted or replaced is in the new file", async () => {
  await using session = await connect({ args: ["serve", "--profile", "full", "--allow-migrations"] });
  const folder = `${session.home}/.memorygraph`;
  await store(session, { title: "The first" });
  const titles = async () => {
    const { value } = await session.call("search_memories");
    return (value.memories as { title: string }[]).map(({ title }) => title).sort();
  };
  const copied = await session.call("migrate_database", {
    target_backend: "sqlite",
    target_config: { path: "backup.db" },
  });
  assert(!copied.isError, copied.text);
  const removeFiles = async () => {
    for await (const { name } of Deno.readDir(folder)) {
      if (name.startsWith("memory.db")) await Deno.remove(`${folder}/${name}`);
    }
  };
  await removeFiles();
  await store(session, { title: "After the deletion" });
  assert.equal(await exists(`${folder}/memory.db`), true);
  assert.deepEqual(await titles(), ["After the deletion"]);
  await removeFiles();
  await Deno.rename(`${folder}/backup.db`, `${folder}/memory.db`);
  await store(session, { title: "After the restoration" });
  assert.deepEqual(await titles(), ["After the restoration", "The first"]);
  const { sqlite } = await import("../src/backends/sqlite/mod.ts");
  await using file = await sqlite.open({ path: `${folder}/memory.db` }, { mode: "read" });
  assert.equal((await file.count()).memories, 2);
});

testSession(
  "who reads goes on during an import, who writes waits, and an export makes its folder",
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "memorygraph-mcp-folder-" });
    const args = ["serve", "--profile", "full", "--allow-migrations", "--path", `${folder}/served.db`];
    await using session = await connect({ args, generation: "client 2 with 2025" });
    const id = await store(session);
    await fill(session, 5000, `${folder}/served.db`);
    const exported = await session.call("export_memories", { path: "graph.jsonl" });
    assert(!exported.isError, exported.text);
    for (const path of ["bad\0.json", `${folder}/a\0b.json`]) {
      const error = errorOf(await session.call("export_memories", { path }));
      assert.deepEqual([error.code, error.field], ["USAGE", "path"]);
    }
    await session.call("delete_memory", { memory_id: id });
    let isDone = false;
    const answered: Record<string, boolean[]> = { read: [], written: [] };
    const calls: Promise<unknown>[] = [];
    const stored: string[] = [];
    const imported = await session.call("import_memories", { path: "graph.jsonl" }, {
      onprogress: () => {
        calls.push(
          session.call("search_memories", { limit: 1 }).then(({ isError, text }) => {
            assert(!isError, text);
            answered.read!.push(isDone);
          }),
          store(session, { title: `Meanwhile ${calls.length}` }).then((made) => {
            stored.push(made);
            answered.written!.push(isDone);
          }),
        );
      },
    });
    isDone = true;
    assert.equal(imported.value?.imported_memories, 1, imported.text);
    await Promise.all(calls);
    assert(answered.read!.includes(false), "who reads waited until the import was done");
    assert(answered.written!.every(Boolean), "something was written while the import might be undone");
    for (const made of stored) assert(!(await session.call("get_memory", { memory_id: made })).isError);
    await Deno.remove(folder, { recursive: true });
  },
);

testSession("resources and prompts", async () => {
  await using session = await connect({ answer: () => "accept" });
  const [a, b] = [await store(session), await store(session, { title: "Other ü/%" })];
  await session.call("create_relationship", {
    from_memory_id: a,
    to_memory_id: b,
    relationship_type: "CAUSES",
  });
  const read = async (uri: string) => {
    const { contents: [content] } = await session.client.readResource({ uri });
    return JSON.parse((content as { text: string }).text);
  };
  assert.equal((await read(`memorygraph://memory/${a}`)).memory.id, a);
  assert.equal((await read(`memorygraph://subgraph/${a}`)).related[0].memory.id, b);
  assert.equal((await read("memorygraph://statistics")).total_memories, 2);
  await assert.rejects(read("memorygraph://memory/none"));
  await assert.rejects(read("memorygraph://memory/100%"), /no memory with the id "100%"/);
  const { value } = await session.call("migrate_database", {
    target_backend: "sqlite",
    target_config: { path: "x.db" },
  });
  const { resources } = await session.client.listResources();
  assert(resources.some(({ uri }) => uri === `memorygraph://migration/${value.job_id}`));
  assert.equal((await read(`memorygraph://migration/${value.job_id}`)).jobs[0].state, "done");
  const { prompts } = await session.client.listPrompts();
  assert.deepEqual(prompts.map(({ name }) => name), ["session_start", "session_end", "migrate"]);
  const { messages } = await session.client.getPrompt({
    name: "session_start",
    arguments: { task: "the cache" },
  });
  assert.match(JSON.stringify(messages), /recall_memories.*the cache/);
});

testSession("a memory that happens to hold a password is given, and stored again, as it is", async () => {
  const password = "tiger-password";
  await using session = await connect({ env: { MEMORY_NEO4J_PASSWORD: password } });
  const [title, content] = [`A ${password} reset`, `Reset the ${password} under settings`];
  const id = await store(session, { title, content, tags: [password], context: { project_path: password } });
  const { value } = await session.call("get_memory", { memory_id: id });
  const memory = value.memory as { title: string; content: string; tags: string[] };
  assert.deepEqual([memory.title, memory.content, memory.tags], [title, content, [password]]);
  for (const [name, args] of [["recall_memories", {}], ["get_recent_activity", {}]] as const) {
    assert.doesNotMatch((await session.call(name, args)).text, /\*\*\*/, name);
  }
  for (const uri of [`memorygraph://memory/${id}`, `memorygraph://subgraph/${id}`]) {
    assert.doesNotMatch(JSON.stringify(await session.client.readResource({ uri })), /\*\*\*/, uri);
  }
  // What is not the user's data is masked still.
  const target = { target_backend: "sqlite", target_config: { path: `${password}.db` } };
  const result = await session.call("validate_migration", target);
  assert(!result.isError, result.text);
  assert.doesNotMatch(result.text, new RegExp(password));
});

testSession(
  "stdout carries the protocol only; a bad line does not end the server, the end of stdin does",
  async () => {
    const home = await Deno.makeTempDir({ prefix: "memorygraph-mcp-" });
    const { command, args } = serverCommand(["serve"]);
    const lines = [
      '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}',
      "not JSON at all",
      '{"jsonrpc":"2.0","method":"notifications/initialized"}',
      '{"a":1}',
      "[]",
      '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"recall_memories","arguments":{}}}',
      `{"jsonrpc":"2.0","id":9,"method":"ping","params":{"x":"${"a".repeat(65 * 1024 * 1024)}"}}`,
      '[{"jsonrpc":"2.0","id":4,"method":"ping"},{"jsonrpc":"2.0","id":5,"method":"ping"}]',
      '{"jsonrpc":"2.0","id":3,"method":"no/such/method"}',
    ];
    const child = new Deno.Command(command, {
      args,
      env: { HOME: home, DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno` },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const output = child.output();
    const writer = child.stdin.getWriter();
    // The last line has no newline.
    await writer.write(new TextEncoder().encode(lines.join("\n")));
    await writer.close();
    const { code, stdout, stderr } = await output;
    assert.equal(code, 0);
    const answers = new TextDecoder().decode(stdout).trim().split("\n").map((line) => JSON.parse(line));
    const answersTo = (id: unknown) => answers.filter((answer) => answer.id === id);
    assert.deepEqual(answers.map(({ id }) => id).filter((id) => id !== null).sort(), [1, 2, 3, 4, 5]);
    assert.equal(answersTo(2)[0].result.isError, undefined);
    assert.equal(answersTo(3)[0].error.code, -32601);
    assert.deepEqual(answersTo(null).map(({ error }) => error.code), [-32700, -32600, -32600, -32600]);
    const log = new TextDecoder().decode(stderr);
    assert.match(log, /warn: MCP: A line is not JSON: .*"not JSON/);
    assert.match(log, /warn: MCP: A message of 68\d+ bytes is longer than/);
    await Deno.remove(home, { recursive: true });
  },
);

testSession("a server whose answers nobody reads any more ends", async () => {
  const home = await Deno.makeTempDir({ prefix: "memorygraph-mcp-" });
  const { command, args } = serverCommand(["serve"]);
  const child = new Deno.Command(command, {
    args,
    env: { HOME: home, DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno` },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  const ask = (id: number) =>
    writer.write(new TextEncoder().encode(`{"jsonrpc":"2.0","id":${id},"method":"tools/list"}\n`));
  const reader = child.stdout.getReader();
  await ask(1);
  await reader.read();
  await reader.cancel();
  const start = Date.now();
  for (const id of [2, 3, 4]) await ask(id);
  // Its input stays open.
  await child.status;
  assert(Date.now() - start < 8_000, `it took ${Date.now() - start} ms`);
  await writer.close().catch(() => {});
  await Deno.remove(home, { recursive: true });
});

Deno.test("every tool is in a profile, and upstream's analyses are in extended", () => {
  for (const { tool } of allTools()) assert(PROFILES.includes(tool.profile), tool.name);
  const extended = allTools().filter(({ tool }) => tool.profile !== "full").map(({ tool }) => tool.name);
  assert.deepEqual([...CORE, ...EXTENDED].filter((name) => !extended.includes(name)), []);
});

async function fill(
  session: Session,
  count: number,
  path = `${session.home}/.memorygraph/memory.db`,
): Promise<void> {
  const { sqlite } = await import("../src/backends/sqlite/mod.ts");
  const { memory } = await import("./fixtures/graph.ts");
  await store(session);
  await using file = await sqlite.open({ path }, { mode: "write" });
  const items = Array.from({ length: count }, (_, index) => memory(`m${index}`));
  await file.write({ kind: "memory", items }, { mode: "fail" });
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
