import assert from "node:assert/strict";
import { context, memory, relationship } from "../../tests/fixtures/graph.ts";
import type { JsonValue } from "../model/json.ts";
import { MAX_RECORD_BYTES } from "./limits.ts";
import { memoryToJson, recordText, relationshipToJson, whyNotJson } from "./record.ts";

Deno.test("a memory's keys are in upstream's order, then ours", () => {
  const json = memoryToJson(memory("a", {
    effectiveness: 0.5,
    lastAccessed: "2026-01-01T00:00:00Z",
    updatedBy: "me",
    context: context({ projectPath: "/p", gitCommit: "abc", createdBy: "me" }),
    extra: { mine: 1 },
  }));
  assert.deepEqual(Object.keys(json), [
    ...["id", "type", "title", "content", "summary", "tags", "importance", "confidence"],
    ...["created_at", "updated_at", "context"],
    ...["effectiveness", "usage_count", "last_accessed", "version", "updated_by", "extra"],
  ]);
  assert.equal(json.summary, null);
  assert.deepEqual(Object.keys(json.context!), [
    ...["project_path", "files_involved", "languages", "frameworks", "technologies", "additional_metadata"],
    ...["git_commit", "visibility", "created_by"],
  ]);
});

Deno.test("a relationship's keys are in upstream's order, then ours", () => {
  const json = relationshipToJson(relationship("r", ["a", "b"], { validUntil: "2026-01-01T00:00:00Z" }));
  assert.deepEqual(Object.keys(json), ["from_memory_id", "to_memory_id", "type", "properties", "id"]);
  assert.deepEqual(Object.keys(json.properties!), [
    ...["strength", "confidence", "context", "evidence_count", "created_at", "last_validated"],
    ...[
      "validation_count",
      "counter_evidence_count",
      "valid_from",
      "valid_until",
      "recorded_at",
      "bidirectional",
    ],
  ]);
});

Deno.test("metadata is an object where that loses nothing, else its text", () => {
  const written = (additionalMetadata: string) =>
    (memoryToJson(memory("a", { context: context({ additionalMetadata }) })).context as Record<
      string,
      JsonValue
    >)
      .additional_metadata;
  assert.deepEqual(written('{ "a" : [1, {"b": null}] }'), { a: [1, { b: null }] });
  assert.deepEqual(written('{"n": 9007199254740993}'), { n: 9007199254740993n });
  for (
    const text of ["[1]", "not JSON", '{"a": NaN}', '{"a": 1e999}', '"text"', "", `{"a":${"[".repeat(5000)}`]
  ) {
    assert.equal(written(text), text);
  }
  const deep = `{"a":${"[".repeat(2000)}${"]".repeat(2000)}}`;
  assert.equal(written(deep), deep);
});

Deno.test("a record that no reader would take is not written", () => {
  const long = memoryToJson(memory("a", { content: "é".repeat(MAX_RECORD_BYTES / 2) }));
  assert.throws(() => recordText(long), { code: "RECORD_INVALID", message: /"a".* more than 16 MB/ });
  let deep: JsonValue = 0;
  for (let depth = 0; depth < 1000; depth++) deep = [deep];
  assert.throws(() => memoryToJson(memory("a", { extra: { deep } })), {
    code: "RECORD_INVALID",
    message: /"a".*"deep" that is nested more than 990 deep/,
  });
});

Deno.test("whyNotJson() tells what no file can hold", () => {
  assert.equal(whyNotJson("memory", memory("a")), undefined);
  assert.equal(whyNotJson("relationship", relationship("r", ["a", "a"])), undefined);
  const long = memory("a", { content: "é".repeat(MAX_RECORD_BYTES / 2) });
  assert.equal(whyNotJson("memory", long), "has more than 16 MB");
});
