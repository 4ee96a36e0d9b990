import assert from "node:assert/strict";
import { GraphError } from "../../errors.ts";
import { type RangeReader, readRanges } from "./falkor_scan.ts";

/** Rows of an imagined server, each with the id that ranges go by. */
function serverOf(ids: readonly number[], weight = 1) {
  const calls: { from: number; to: number; rows: number }[] = [];
  const reader: RangeReader<number> = {
    fetch: (from, to, limit) => {
      const rows = ids.filter((id) => id >= from && id < to).slice(0, limit);
      calls.push({ from, to, rows: rows.length });
      return Promise.resolve(rows);
    },
    weigh: () => weight,
  };
  return { reader, calls, last: () => Promise.resolve(ids.at(-1) ?? -1) };
}

async function read(pages: AsyncIterable<number[]>, pageSize: number): Promise<number[]> {
  const rows: number[] = [];
  for await (const page of pages) {
    assert(page.length > 0 && page.length <= pageSize);
    rows.push(...page);
  }
  return rows;
}

const dense = Array.from({ length: 5000 }, (_, id) => id);

Deno.test("readRanges() reads every row once, dense or sparse", async () => {
  for (const ids of [dense, [], [0], [7, 70_000, 70_001], dense.filter((id) => id < 900 || id > 4000)]) {
    for (const pageSize of [1, 3, 1000]) {
      const { reader, last } = serverOf(ids);
      assert.deepEqual(await read(readRanges(reader, { last, pageSize }), pageSize), ids);
    }
  }
});

Deno.test("readRanges() gets to pages near the size asked for", async () => {
  const { reader, calls, last } = serverOf(dense);
  await read(readRanges(reader, { last, pageSize: 1000 }), 1000);
  assert(calls.length < 12, `${calls.length} calls`);
});

Deno.test("readRanges() makes pages of long texts small", async () => {
  const { reader, calls, last } = serverOf(dense.slice(0, 500), 1_000_000);
  await read(readRanges(reader, { last, pageSize: 1000 }), 1000);
  for (const { rows } of calls.slice(2)) assert(rows <= 10, `${rows} rows`);
});

Deno.test("readRanges() halves a range that has too many rows, and splits a single id that has", async () => {
  const ids = [...Array(5).fill(1), ...Array(50).fill(2), ...Array(5).fill(3)];
  const { reader, last } = serverOf(ids);
  const split: RangeReader<number>["split"] = async function* (id) {
    for (let at = 0; at < 50; at += 10) yield await Promise.resolve(Array(10).fill(id));
  };
  assert.deepEqual(await read(readRanges({ ...reader, split }, { last, pageSize: 10 }), 10), ids);
});

Deno.test("readRanges() tries narrower ranges when the server gives up, and fails where it still does", async () => {
  const { reader, last } = serverOf(dense.slice(0, 100));
  const slow = (most: number): RangeReader<number> => ({
    ...reader,
    fetch: async (from, to, limit) => to - from > most ? undefined : await reader.fetch(from, to, limit),
  });
  assert.deepEqual(await read(readRanges(slow(3), { last, pageSize: 50 }), 50), dense.slice(0, 100));
  await assert.rejects(
    read(readRanges(slow(0), { last, pageSize: 50 }), 50),
    (error) => error instanceof GraphError && error.code === "STORE_FAILED",
  );
});

Deno.test("readRanges() also reads what is added behind the last row", async () => {
  const ids = [0, 1, 2];
  const { reader } = serverOf(ids);
  const seen: number[] = [];
  for await (const page of readRanges(reader, { last: () => Promise.resolve(ids.at(-1)!), pageSize: 2 })) {
    seen.push(...page);
    if (ids.length < 5) ids.push(ids.length);
  }
  assert.deepEqual(seen, [0, 1, 2, 3, 4]);
});

Deno.test("readRanges() has two requests under way while a page is awaited, and no more", async () => {
  const { reader, last } = serverOf(dense);
  let underWay = 0;
  let most = 0;
  const slow: RangeReader<number> = {
    ...reader,
    fetch: async (from, to, limit) => {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setTimeout(resolve, 1));
      underWay--;
      return await reader.fetch(from, to, limit);
    },
  };
  assert.deepEqual(await read(readRanges(slow, { last, pageSize: 1000 }), 1000), dense);
  assert.equal(most, 2);
});
