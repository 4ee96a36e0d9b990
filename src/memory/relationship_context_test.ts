import assert from "node:assert/strict";
import { matchesContext, parseRelationshipContext, storedContext } from "./relationship_context.ts";

// Upstream's search finds each of these by each of these components.
const COMPONENTS: Record<string, string[]> = {
  "partially implements auth module": ["auth", "auth module"],
  "fixes memory leak in worker threads": ["memory leak", "worker threads", "leak"],
  "Implements retry logic with backoff": ["retry logic", "logic"],
  "handles JWT-based sessions as of version 2.0": ["jwt-based sessions", "sessions"],
  "the database layer causes timeouts": ["database layer", "the database"],
  "breaks all auth services": ["auth service"],
  "das Größen System": ["größen system"],
};

for (const [text, components] of Object.entries(COMPONENTS)) {
  Deno.test(`the components of "${text}" are found`, () => {
    const context = parseRelationshipContext(text);
    for (const component of components) {
      assert(matchesContext(context, { components: [component] }), `${component}: ${context.components}`);
    }
    assert(!matchesContext(context, { components: ["billing"] }));
  });
}

Deno.test("storedContext() keeps text, and keeps upstream from taking it for something else", () => {
  for (const text of ["only in production", "{broken", "2024-03", '{"text":"x","scope":"full"}']) {
    assert.equal(storedContext(text), text);
  }
  for (const text of ["2024", "true", "null", "NaN", '"quoted"', "[1]"]) {
    const stored = storedContext(text);
    assert.deepEqual(JSON.parse(stored), { text });
    assert.equal(parseRelationshipContext(stored).text, text);
  }
});
