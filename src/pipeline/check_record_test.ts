import assert from "node:assert/strict";
import { context as contextOf, memory, relationship } from "../../tests/fixtures/graph.ts";
import { checkMemory, checkRelationship } from "./check_record.ts";

Deno.test("every time without a zone is named, whatever field it is in", () => {
  const naive = "2026-01-02T03:04:05.678901";
  const context = contextOf({ timestamp: naive });
  const problems = [
    ...checkMemory(memory("a", { createdAt: naive, updatedAt: naive, lastAccessed: naive, context })),
    ...checkRelationship(relationship("r", ["a", "b"], {
      createdAt: naive,
      lastValidated: naive,
      validFrom: naive,
      validUntil: naive,
      recordedAt: naive,
    })),
  ];
  assert.deepEqual(problems.map(({ field, reason }) => `${field} ${reason}`), [
    "created_at has no time zone",
    "updated_at has no time zone",
    "last_accessed has no time zone",
    "context_timestamp has no time zone",
    "created_at has no time zone",
    "last_validated has no time zone",
    "valid_from has no time zone",
    "valid_until has no time zone",
    "recorded_at has no time zone",
  ]);
});
