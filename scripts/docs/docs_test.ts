import assert from "node:assert/strict";
import { join } from "node:path";
import { findDocuments, updateDocuments } from "./documents.ts";
import { fillMarkers } from "./markers.ts";
import { TABLES } from "./tables.ts";

const root = join(import.meta.dirname!, "..", "..");

Deno.test("the tables in the documents are what the code says (else run: deno task docs)", async () => {
  assert.deepEqual(await updateDocuments(root, { check: true }), []);
});

Deno.test("every table but those of a command's flags is in a document", async () => {
  const texts = await Promise.all((await findDocuments(root)).map((path) => Deno.readTextFile(path)));
  const isShown = (name: string) => texts.some((text) => text.includes(`<!-- generated: ${name} -->`));
  const names = Object.keys(TABLES).filter((name) => !name.startsWith("flags:"));
  assert.deepEqual(names.filter((name) => !isShown(name)), []);
});

Deno.test("text outside the markers stays as it is, and a second time changes nothing", () => {
  const text = "a\n<!-- generated: x -->\nold\n<!-- end generated -->\nb\n";
  const filled = fillMarkers(text, { x: () => "| $& |" });
  assert.equal(filled, "a\n<!-- generated: x -->\n\n| $& |\n\n<!-- end generated -->\nb\n");
  assert.equal(fillMarkers(filled, { x: () => "| $& |" }), filled);
  assert.equal(fillMarkers("no markers", {}), "no markers");
});

Deno.test("an unknown table is an error", () => {
  const text = "<!-- generated: y -->\n<!-- end generated -->";
  assert.throws(() => fillMarkers(text, { x: () => "" }), /no table "y" \(known: x\)/);
});

Deno.test("stale documents are found, and updated unless checking", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "README.md");
    await Deno.writeTextFile(path, "<!-- generated: errors -->\n<!-- end generated -->\n");
    assert.deepEqual(await updateDocuments(folder, { check: true }), [path]);
    assert.doesNotMatch(await Deno.readTextFile(path), /UNREACHABLE/);
    assert.deepEqual(await updateDocuments(folder, { check: false }), [path]);
    assert.match(await Deno.readTextFile(path), /\| `UNREACHABLE` +\| 3 or 4 +\| yes +\|/);
    assert.deepEqual(await updateDocuments(folder, { check: true }), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("every table is a table, without this machine's paths", () => {
  const home = Deno.env.get("HOME")!;
  for (const [name, generate] of Object.entries(TABLES)) {
    const lines = generate().split("\n");
    assert.ok(lines.length > 2, name);
    const columns = new Set(lines.map((line) => line.split(/(?<!\\)\|/).length));
    assert.equal(columns.size, 1, name);
    assert.ok(!lines.join().includes(`${home}/`), name);
  }
});
