import assert from "node:assert/strict";
import { relationship } from "../../../tests/fixtures/graph.ts";
import { failsWith } from "../../../tests/conformance/suite.ts";
import { falkorDialect } from "../falkordb/dialect.ts";
import { CypherCodec } from "./codec.ts";
import { type Driver, RowCountError, type WritePart } from "./driver.ts";
import { RelationshipFinder } from "./finder.ts";
import { RelationshipWriter } from "./relationship_writer.ts";
import type { StoredRelationship } from "./values.ts";

const [old, wanted] = [relationship("r", ["a", "b"]), relationship("r", ["b", "a"])];
const codec = new CypherCodec(falkorDialect.storable);

/** A database that holds `old`, known there by 7, and that says `internalId` of it. */
function faultyDriver(internalId: string) {
  const written: WritePart[][] = [];
  const stored: StoredRelationship = {
    internalId,
    type: old.type,
    from: old.fromId,
    to: old.toId,
    properties: codec.encodeRelationship(old),
  };
  const driver: Partial<Driver> = {
    maxRows: 1000,
    internalId: (variable) => `id(${variable})`,
    internalIdParameter: (id) => BigInt(id),
    relationships: (match) => Promise.resolve(match.includes("r.id = ref.i") ? [] : [stored]),
    relationshipsById: () => Promise.resolve([stored]),
    rows: (_, parameters) => Promise.resolve((parameters!.ids as string[]).map((id) => [id])),
    write(parts, { repeatable }) {
      const deletes = parts.find(({ text }) => text.includes("DELETE"))!;
      const n = deletes.rows.filter((row) => (row as { n: bigint }).n === 7n).length;
      if (deletes.expected !== n) return Promise.reject(new RowCountError("rows are missing"));
      assert.equal(repeatable, false);
      written.push([...parts]);
      return Promise.resolve();
    },
  };
  const finder = new RelationshipFinder(driver as Driver, codec);
  const location = { backend: "falkordb", display: "here", identity: "here" };
  const parts = { driver: driver as Driver, dialect: falkorDialect as never, codec, location };
  return { writer: new RelationshipWriter(parts, finder), written };
}

Deno.test("a relationship that takes another's place is written along with that one's end, or not at all", async () => {
  const sound = faultyDriver("7");
  await sound.writer.write([wanted], true);
  assert.equal(sound.written[0]!.length, 2);

  const damaged = faultyDriver("8");
  await failsWith("TRANSIENT", () => damaged.writer.write([wanted], true));
  await failsWith("TRANSIENT", () => damaged.writer.delete([old]));
  assert.deepEqual(damaged.written, []);
});
