import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { defineHarness } from "../../../tests/support/harness.ts";
import { sqlite } from "./mod.ts";

const BROKEN = `
  INSERT INTO nodes (id, label, properties) VALUES
    ('broken text', 'Memory', 'not JSON'), ('broken list', 'Memory', '[]'), ('', 'Memory', '{}');
  INSERT INTO relationships (id, from_id, to_id, rel_type, properties)
    VALUES ('broken relationship', 'broken text', 'broken text', 'SOLVES', '{');`;

/** A file in a folder of its own. */
export const sqliteHarness = defineHarness({
  backend: sqlite,
  async prepare() {
    const folder = await Deno.makeTempDir({ prefix: "memorygraph-test-sqlite-" });
    const path = `${folder}/memory.db`;
    const withFile = <T>(action: (database: DatabaseSync) => T): Promise<T> =>
      Promise.resolve().then(() => {
        const database = new DatabaseSync(path, { enableForeignKeyConstraints: false, timeout: 5000 });
        try {
          return action(database);
        } finally {
          database.close();
        }
      });
    return {
      settings: { path },
      async empty() {
        for await (const { name } of Deno.readDir(folder)) await Deno.remove(`${folder}/${name}`);
      },
      remove: () => Deno.remove(folder, { recursive: true }),
      describeSchema: () =>
        withFile((database) =>
          JSON.stringify(database.prepare("SELECT type, name, sql FROM sqlite_master ORDER BY name").all())
        ),
      addForeign: (memoryId) =>
        withFile((database) => {
          const node = database.prepare(
            "INSERT INTO nodes (id, label, properties) VALUES (?, 'Entity', '{}')",
          );
          node.run("foreign 1");
          node.run("foreign 2");
          const relationship = database.prepare(
            "INSERT INTO relationships (id, from_id, to_id, rel_type, properties) VALUES (?, ?, ?, 'ABOUT', '{}')",
          );
          relationship.run("foreign 1-2", "foreign 1", "foreign 2");
          relationship.run("foreign 1-memory", "foreign 1", memoryId);
        }),
      addBroken: () =>
        withFile((database) => {
          database.exec(BROKEN);
          return [
            { kind: "memory", id: "broken text" },
            { kind: "memory", id: "broken list" },
            { kind: "memory", id: "" },
            { kind: "relationship", id: "broken relationship" },
          ];
        }),
      addDuplicate: (memoryId) =>
        withFile((database) => {
          database.prepare("INSERT INTO nodes (id, label, properties) VALUES (?, 'Memory', '{}')").run(
            memoryId,
          );
        }),
    };
  },
  async missing() {
    const folder = await Deno.makeTempDir({ prefix: "memorygraph-test-sqlite-" });
    const path = `${folder}/sub/missing.db`;
    return {
      settings: { path },
      exists: () => Promise.resolve(existsSync(`${folder}/sub`)),
      [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
    };
  },
});
