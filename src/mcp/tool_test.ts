import assert from "node:assert/strict";
import { storeMemory } from "../operations/store.ts";
import { type ToolSource, unknownArguments } from "./tool.ts";
import { makeToolSchemas } from "./tool_schemas.ts";

Deno.test("arguments that a tool does not have are named, also inside another one", () => {
  const tool = makeToolSchemas(storeMemory as unknown as ToolSource);
  const given = {
    title: "t",
    colour: "red",
    context: { project_path: "/app", mood: "good", additional_metadata: { any: 1 } },
  };
  assert.deepEqual(unknownArguments(tool, given), ["colour", "context.mood"]);
  assert.deepEqual(unknownArguments(tool, undefined), []);
});
