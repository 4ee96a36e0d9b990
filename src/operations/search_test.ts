import assert from "node:assert/strict";
import { renderPage } from "./search.ts";

Deno.test("a page says how to see more, also where there is no next page to ask for", () => {
  const memory = { id: "a", type: "task", title: "A", snippet: "a", tags: [], importance: 0.5, score: 0 };
  const match = { quality: "none" as const, fields: [], terms: [] };
  const page = { count: 1, offset: 0, hasMore: true, memories: [{ ...memory, match }] };
  const lastLine = (nextOffset?: number) => renderPage({ ...page, nextOffset }, {}).split("\n").at(-1);
  assert.equal(lastLine(1), "more with --offset 1");
  assert.equal(lastLine(), "and more (raise --limit)");
});
