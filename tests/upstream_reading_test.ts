/** Upstream's own server opens the databases that we write, and reads every record that it knows how to. */
import assert from "node:assert/strict";
import { splitUri } from "../src/redact.ts";
import { sqlite } from "../src/backends/sqlite/mod.ts";
import type { Memory } from "../src/model/memory.ts";
import { MEMORY_TYPES } from "../src/model/memory.ts";
import { type Relationship, RELATIONSHIP_TYPES } from "../src/model/relationship.ts";
import { context, memory, relationship } from "./fixtures/graph.ts";
import { assertSameGraph, type Graph, readGraph, writeGraph } from "./support/graph.ts";
import { registerUnavailable, selectHarnesses } from "./support/harnesses.ts";
import type { Settings } from "./support/harness.ts";
import { runUpstream, whyNoUpstream } from "./support/upstream.ts";

// Its server makes its schema too, and chooses its database's class by the environment. No Neo4j parses the one
// query of 0.12.4 for relationships, which uses a name in the clause that defines it: that is put right on its way.
const READ = `
import asyncio, json, logging, sys
from memorygraph.server import ClaudeMemoryServer
logging.disable(logging.CRITICAL)

def repair(query):
    return query.replace("Node(rel)", "Node(r[0])")

async def main():
    server = ClaudeMemoryServer()
    await server.initialize()
    execute = server.db_connection.execute_query
    server.db_connection.execute_query = lambda query, *rest, **more: execute(repair(query), *rest, **more)
    memories, relationships = [], []
    for id in json.load(open(sys.argv[1])):
        found = await server.memory_db.get_memory(id)
        memories.append(found.model_dump(mode="json") if found else None)
        for memory, relationship in await server.memory_db.get_related_memories(id, max_depth=1):
            relationships.append({"seen_from": id, "other": memory.id, **relationship.model_dump(mode="json")})
    await server.cleanup()
    print(json.dumps({"memories": memories, "relationships": relationships}))

asyncio.run(main())
`;

/** What upstream makes of a record, as far as it tells. */
interface Read {
  memories: (Record<string, unknown> | null)[];
  relationships: {
    seen_from: string;
    other: string;
    id: string | null;
    from_memory_id: string;
    to_memory_id: string;
    type: string;
    properties: Record<string, unknown>;
  }[];
}

/** How upstream's environment names a store of ours. */
const ENVIRONMENTS: Record<string, (settings: Settings) => Record<string, string>> = {
  sqlite: ({ path }) => ({ MEMORY_BACKEND: "sqlite", MEMORY_SQLITE_PATH: path! }),
  neo4j: (settings) => {
    const { uri, user, password } = { ...settings, ...splitUri(settings.uri!) };
    return {
      MEMORY_BACKEND: "neo4j",
      MEMORY_NEO4J_URI: uri,
      MEMORY_NEO4J_USER: user!,
      MEMORY_NEO4J_PASSWORD: password!,
    };
  },
};

const reason = await whyNoUpstream();

for (const harness of selectHarnesses()) {
  const environmentOf = ENVIRONMENTS[harness.name];
  if (!environmentOf) continue;
  const name = `upstream reads what was written to ${harness.name}`;
  const missing = harness.unavailable ?? reason;
  if (missing !== undefined) {
    registerUnavailable(name, missing);
    continue;
  }
  Deno.test(name, async () => {
    for (const graph of [everything(), await upstreamsOwn()]) {
      await using opened = await harness.open();
      await writeGraph(opened.store, graph);
      await opened.close();
      const ids = graph.memories.map(({ id }) => id);
      const file = await Deno.makeTempFile({ prefix: "memorygraph-ids-" });
      try {
        await Deno.writeTextFile(file, JSON.stringify(ids));
        const env = environmentOf(opened.settings);
        // Its class for Neo4j leaves the ids of relationships out.
        const hasIds = harness.name === "sqlite";
        assertRead(JSON.parse(await runUpstream(READ, { args: [file], env })), graph, hasIds);
      } finally {
        await Deno.remove(file);
      }
      // Having been open there has changed nothing.
      assertSameGraph(await readGraph(await opened.reopen("read")), graph);
    }
  });
}

/** Every type, every field, odd texts, and doubles of 17 digits. Upstream shows 20 relationships of a memory at most. */
function everything(): Graph {
  const texts = [
    `it's "quoted" \\ and \`more\``,
    "🧠 שלום e\u0301",
    "NUL \0 inside",
    "line\nbreak",
    "[1]",
    "'}) DELETE n //",
  ];
  const memories = MEMORY_TYPES.map((type, index) => {
    const text = texts[index % texts.length]!;
    return memory(`${type} ${text}`, {
      type,
      title: `${type} ${text}`,
      content: `${text} ${index}`,
      summary: index % 2 ? text : undefined,
      tags: ["a tag", text.toLowerCase()],
      importance: Math.random(),
      confidence: Math.random(),
      effectiveness: index % 3 ? Math.random() : undefined,
      usageCount: index,
      context: context({
        projectPath: `/home/${text}`,
        languages: ["python", text],
        additionalMetadata: `{"deep": {"list": [1, 2.5, null]}}`,
      }),
    });
  });
  const relationships = Object.keys(RELATIONSHIP_TYPES).map((type, index) => {
    const end = (offset: number) => memories[(index + offset) % memories.length]!.id;
    return relationship(`of type ${type}`, [end(0), end(1)], {
      type,
      strength: Math.random(),
      confidence: Math.random(),
      context: texts[index % texts.length],
      evidenceCount: index,
    });
  });
  return { memories, relationships };
}

/** A graph that upstream wrote, of which it shows what is current. */
async function upstreamsOwn(): Promise<Graph> {
  const path = new URL("fixtures/upstream/python/full.db", import.meta.url).pathname;
  await using store = await sqlite.open({ path }, { mode: "read" });
  const { memories, relationships } = await readGraph(store);
  return { memories, relationships: relationships.filter(({ validUntil }) => validUntil === undefined) };
}

function assertRead(read: Read, { memories, relationships }: Graph, hasIds: boolean): void {
  assert.deepEqual(read.memories.map((found) => found && pickMemory(found)), memories.map(expectedMemory));
  // Each is seen from both its ends.
  const seen = read.relationships.map(({ seen_from, other, ...found }) => {
    assert.deepEqual([seen_from, other].sort(), [found.from_memory_id, found.to_memory_id].sort());
    return pickRelationship(found);
  });
  const expected = relationships.map((given) => expectedRelationship(given, hasIds)).flatMap((
    one,
  ) => [one, one]);
  assert.deepEqual(seen.map(text).sort(), expected.map(text).sort());
}

const text = (value: unknown) => JSON.stringify(value);

function pickMemory(found: Record<string, unknown>) {
  const { id, type, title, content, summary, tags, importance, confidence, effectiveness, usage_count } =
    found;
  const { project_path, languages, additional_metadata } = (found.context ?? {}) as Record<string, unknown>;
  return {
    ...{ id, type, title, content, summary, tags, importance, confidence, effectiveness, usage_count },
    ...{ project_path, languages, additional_metadata },
    created_at: new Date(found.created_at as string),
    updated_at: new Date(found.updated_at as string),
  };
}

function expectedMemory(given: Memory) {
  const { id, type, title, content, summary, tags, importance, confidence, effectiveness, usageCount } =
    given;
  const { context } = given;
  return {
    ...{ id, type, title, content, summary: summary ?? null, tags, importance, confidence },
    ...{ effectiveness: effectiveness ?? null, usage_count: usageCount },
    project_path: context ? context.projectPath ?? null : undefined,
    languages: context?.languages,
    additional_metadata: context && JSON.parse(context.additionalMetadata!),
    created_at: new Date(given.createdAt!),
    updated_at: new Date(given.updatedAt!),
  };
}

type ReadRelationship = Omit<Read["relationships"][number], "seen_from" | "other">;

function pickRelationship({ id, from_memory_id, to_memory_id, type, properties }: ReadRelationship) {
  const { strength, confidence, context, evidence_count } = properties;
  return { id, from_memory_id, to_memory_id, type, strength, confidence, context, evidence_count };
}

function expectedRelationship(given: Relationship, hasId: boolean) {
  const { fromId, toId, type, strength, confidence, context = null, evidenceCount } = given;
  return {
    ...{
      id: hasId ? given.id : null,
      from_memory_id: fromId,
      to_memory_id: toId,
      type,
      strength,
      confidence,
    },
    ...{ context, evidence_count: evidenceCount },
  };
}
