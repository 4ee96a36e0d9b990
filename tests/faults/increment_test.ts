/** Migrations of less than everything: `--since last`, `--mirror`, `--tenant`, on every backend. */
import assert from "node:assert/strict";
import type { Backend } from "../../src/backends/backend.ts";
import { sqliteHarness } from "../../src/backends/sqlite/harness.ts";
import { sqlite } from "../../src/backends/sqlite/mod.ts";
import type { GraphStore } from "../../src/store/store.ts";
import { context, memory, relationship } from "../fixtures/graph.ts";
import { cli } from "../support/cli.ts";
import { digestOfGraph, type Graph, readGraph, writeGraph } from "../support/graph.ts";
import type { Harness, Settings } from "../support/harness.ts";
import { registerUnavailable, selectHarnesses } from "../support/harnesses.ts";
import { endOf } from "./child.ts";

const MEMORIES = 60;
const id = (index: number) => `memory ${index % MEMORIES}`;
const BASE: Graph = {
  memories: Array.from({ length: MEMORIES }, (_, index) => memory(id(index))),
  relationships: Array.from(
    { length: MEMORIES - 1 },
    (_, index) => relationship(`relationship ${index}`, [id(index), id(index + 1)]),
  ),
};

for (const harness of selectHarnesses()) {
  const name = `since last and mirror, ${harness.name}`;
  if (harness.unavailable) {
    registerUnavailable(name, harness.unavailable);
    continue;
  }
  for (const isTarget of [true, false]) {
    Deno.test(`${name} as ${isTarget ? "target" : "source"}: exactly what changed is moved`, async () => {
      await withEnds(harness, isTarget, async ({ source, target, argv, env }) => {
        await withStore(source, "create", (store) => writeGraph(store, BASE));
        assert.equal((await run(argv, env)).written.memories, MEMORIES);

        await withStore(source, "write", change);
        const since = await run([...argv, "--since", "last", "--keep-undo"], env);
        assert.deepEqual(since.written, { memories: 12, relationships: 6 });
        assert.deepEqual(since.plan.create, { memories: 8, relationships: 2 });
        assert.deepEqual(since.plan.overwrite, { memories: 4, relationships: 4 });
        assert.deepEqual(since.plan.delete, { memories: 0, relationships: 0 });

        const before = await withStore(target, "read", digest);
        const mirrored = await run([...argv, "--since", "last", "--mirror", "--keep-undo"], env);
        assert.deepEqual(mirrored.plan.delete, { memories: 1, relationships: 1 });
        assert.deepEqual(mirrored.written, { memories: 0, relationships: 0 });
        assert.equal(await withStore(target, "read", digest), await withStore(source, "read", digest));

        await run(["rollback", mirrored.id], env);
        assert.equal(await withStore(target, "read", digest), before);
      });
    });
  }
}

Deno.test("a mirror that would delete more than it may is refused, and nothing is written", async () => {
  await using opened = await sqliteHarness.open();
  await writeGraph(opened.store, BASE);
  await opened.close();
  await withFolder(async (folder, env) => {
    const source = `${folder}/source.db`;
    const few = { memories: BASE.memories.slice(0, 30), relationships: BASE.relationships.slice(0, 29) };
    await withStore(
      { backend: sqlite, settings: { path: source } },
      "create",
      (store) => writeGraph(store, few),
    );
    const argv = ["migrate", "--from-path", source, ...endOf("to", sqlite, opened.settings).args, "--mirror"];
    const refused = await cli([...argv, "--json"], { env });
    assert.equal(refused.code, 7);
    assert.match(refused.stdout, /would delete 60 of the target's 119 records, more than 10 per cent/);
    assert.equal(await digest(await opened.reopen("read")), digestOfGraph(BASE));
    await opened.close();
    const allowed = await run([...argv, "--max-delete", "60"], env);
    assert.deepEqual(allowed.plan.delete, { memories: 30, relationships: 30 });
    assert.equal(await digest(await opened.reopen("read")), digestOfGraph(few));
  });
});

Deno.test("one tenant is moved, under another name, without what leads to the others", async () => {
  await withFolder(async (folder, env) => {
    const owned = (name: string, tenantId?: string) =>
      memory(name, { context: context(tenantId === undefined ? {} : { tenantId }) });
    const graph = {
      memories: [owned("a1", "a"), owned("a2", "a"), owned("b1", "b"), owned("none")],
      relationships: [
        relationship("within", ["a1", "a2"]),
        relationship("crossing", ["a1", "b1"]),
        relationship("other", ["b1", "none"]),
      ],
    };
    const ends = { from: `${folder}/from.db`, to: `${folder}/to.db` };
    const store = (path: string) => ({ backend: sqlite, settings: { path } });
    await withStore(store(ends.from), "create", (open) => writeGraph(open, graph));
    const argv = ["migrate", "--from-path", ends.from, "--to", "sqlite", "--to-path", ends.to];
    const result = await run([...argv, "--tenant", "a", "--map-tenant", "a=acme"], env);
    assert.deepEqual(result.plan.excluded, { memories: 2, relationships: 2 });
    assert.match(result.notes.join(), /Left out 1 relationships that lead to another tenant/);
    assert.equal(
      await withStore(store(ends.to), "read", digest),
      digestOfGraph({
        memories: [owned("a1", "acme"), owned("a2", "acme")],
        relationships: [relationship("within", ["a1", "a2"])],
      }),
    );
    const nobody = await run([...argv, "--tenant", "nobody", "--tenant", "none", "--dry-run"], env);
    assert.match(nobody.notes.join(), /The source has no memory of tenant "nobody", "none"/);
    assert.match(
      (await cli([...argv, "--tenant", "nobody", "--no-verify"], { env })).stdout,
      /\nnothing to write\nof other tenants/,
    );
    // A mirror of one tenant leaves the others alone.
    await withStore(store(ends.to), "write", async (open) => {
      const items = [owned("a3", "acme"), owned("b9", "b")];
      await open.write({ kind: "memory", items }, { mode: "fail" });
    });
    const scope = ["--tenant", "a", "--map-tenant", "a=acme", "--mirror", "--max-delete", "50"];
    assert.deepEqual((await run([...argv, ...scope], env)).plan.delete, { memories: 1, relationships: 0 });
    const left = await withStore(store(ends.to), "read", readGraph);
    assert.deepEqual(left.memories.map((item) => item.id).sort(), ["a1", "a2", "b9"]);
  });
});

/** 10 new, 5 changed and 3 invalidated records, and 2 deleted ones. */
async function change(store: GraphStore): Promise<void> {
  const now = new Date().toISOString().replace("Z", "000+00:00");
  const late = { createdAt: now, updatedAt: now };
  const added = Array.from({ length: 8 }, (_, index) => memory(`new ${index}`, late));
  const changed = [1, 2, 3, 4].map((index) => memory(id(index), { title: "Changed", updatedAt: now }));
  await store.write({ kind: "memory", items: [...added, ...changed] }, { mode: "overwrite" });
  const [joined, leading] = ["new 0", "new 1"] as const;
  const links = [
    // An end that did not change must not be written again.
    relationship("new a", [joined, id(20)], { createdAt: now, recordedAt: now }),
    relationship("new b", [joined, leading], { createdAt: now, recordedAt: now }),
    { ...BASE.relationships[10]!, strength: 0.9, lastValidated: now },
    ...[11, 12, 13].map((index) => ({
      ...BASE.relationships[index]!,
      validUntil: now,
      invalidatedBy: "new a",
    })),
  ];
  await store.write({ kind: "relationship", items: links }, { mode: "overwrite" });
  await store.deleteRelationships([BASE.relationships.at(-1)!]);
  await store.deleteMemories([id(MEMORIES - 1)]);
}

interface End {
  backend: Backend;
  settings: Settings;
}

interface Ends {
  source: End;
  target: End;
  argv: string[];
  env: Record<string, string>;
}

async function withEnds(
  harness: Harness,
  isTarget: boolean,
  body: (ends: Ends) => Promise<void>,
): Promise<void> {
  await using opened = await harness.open();
  await opened.close();
  await withFolder(async (folder, env) => {
    const file = { backend: sqlite, settings: { path: `${folder}/other.db` } };
    const end = { backend: harness.backend, settings: opened.settings };
    const [source, target] = isTarget ? [file, end] : [end, file];
    const from = endOf("from", source.backend, source.settings);
    const to = endOf("to", target.backend, target.settings);
    const argv = ["migrate", ...from.args, ...to.args];
    await body({ source, target, argv, env: { ...env, ...from.env, ...to.env } });
  });
}

async function withStore<T>(
  { backend, settings }: End,
  mode: "create" | "write" | "read",
  action: (store: GraphStore) => Promise<T>,
): Promise<T> {
  await using store = await backend.open(settings, { mode });
  return await action(store);
}

const digest = async (store: GraphStore) => digestOfGraph(await readGraph(store));

async function run(argv: string[], env: Record<string, string>) {
  const { code, stdout } = await cli([...argv, "--json"], { env });
  assert.equal(code, 0, stdout);
  return JSON.parse(stdout);
}

async function withFolder(
  body: (folder: string, env: Record<string, string>) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "memorygraph-increment-" });
  try {
    await body(folder, { MEMORYGRAPH_STATE_DIR: `${folder}/state` });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
