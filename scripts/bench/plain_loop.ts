/** What anyone would write by hand: read every row, insert it with a prepared statement, in one transaction. */
import { DatabaseSync } from "node:sqlite";
import { CREATE_RELATIONSHIP_INDEXES, CREATE_TABLES } from "../../src/backends/sqlite/schema.ts";
import { report } from "./measure.ts";

const [source, target] = Deno.args as [string, string];
const start = performance.now();
const from = new DatabaseSync(source, { readOnly: true });
const to = new DatabaseSync(target, { enableForeignKeyConstraints: false });
to.exec(CREATE_TABLES + CREATE_RELATIONSHIP_INDEXES);
to.exec("BEGIN");
for (
  const [table, columns] of [
    ["nodes", "id, label, properties"],
    [
      "relationships",
      "id, from_id, to_id, rel_type, properties, valid_from, valid_until, recorded_at, invalidated_by",
    ],
  ]
) {
  const names = columns!.split(", ");
  const insert = to.prepare(`INSERT INTO ${table} (${columns}) VALUES (${names.map(() => "?").join(", ")})`);
  for (const row of from.prepare(`SELECT ${columns} FROM ${table}`).iterate()) {
    insert.run(...names.map((name) => row[name]!));
  }
}
to.exec("COMMIT");
to.close();
from.close();
report(start);
