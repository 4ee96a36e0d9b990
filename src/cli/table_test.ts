import assert from "node:assert/strict";
import stringWidth from "string-width";
import type { Cell, Column } from "../operations/operation.ts";
import { createTable } from "./table.ts";

const columns: Column[] = [
  { name: "id" },
  { name: "title", least: 8 },
  { name: "score", isExtra: true },
  { name: "created", isExtra: true },
];
const rows: Cell[][] = [
  ["a1", "a title that is long enough to be cut", 0.5, "2026-01-02"],
  ["b22", "日本語のとても長い題名です 👩‍👩‍👧", 12, undefined],
  ["c", "two\nlines\x1b[2J", undefined, "2026-01-02"],
];

Deno.test("a table has its columns under one another, numbers to the right", () => {
  assert.deepEqual(createTable(80)(columns, rows).split("\n"), [
    "id   title                                  score  created",
    "a1   a title that is long enough to be cut    0.5  2026-01-02",
    "b22  日本語のとても長い題名です 👩‍👩‍👧             12",
    "c    two lines\\u001b[2J                            2026-01-02",
  ]);
});

Deno.test("a table fits its width: what can be cut is cut, and then extra columns are left out", () => {
  assert.deepEqual(createTable(40)(columns, rows).split("\n"), [
    "id   title             score  created",
    "a1   a title that is…    0.5  2026-01-02",
    "b22  日本語のとても…      12",
    "c    two lines\\u001b…         2026-01-02",
  ]);
  assert.equal(createTable(22)(columns, rows).split("\n")[0], "id   title       score");
  assert.equal(createTable(14)(columns, rows).split("\n")[1], "a1   a title…");
  for (let width = 1; width < 100; width++) {
    for (const line of createTable(width)(columns, rows).split("\n")) {
      assert(stringWidth(line) <= width, `${width}: ${line}`);
    }
  }
});
