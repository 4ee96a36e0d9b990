import * as z from "zod";
import { addRecord } from "../memory/records.ts";
import { stringifyJson } from "../model/json.ts";
import { currentTimestamp, pythonTimestamp } from "../model/instant.ts";
import { ContextSchema, type Memory, MemorySchema, normalizeTags } from "../model/memory.ts";
import { storeFields } from "./ends.ts";
import { openMemories } from "./memory_stores.ts";
import { MemoryViewSchema, viewMemory } from "./memory_views.ts";
import { defineOperation } from "./operation.ts";
import { timeField } from "./time_field.ts";

const { type, title, content, summary, importance } = MemorySchema.shape;

/** Fields of a memory that are written by `store` and `update`. */
export const contentFields = {
  title: title.describe("Short title, up to 200 characters"),
  content: content.describe("The content, as long as it needs to be"),
  summary: summary.describe("One or two sentences, up to 500 characters"),
  tags: z.array(z.string()).optional().describe("Tags; kept in lower case").meta({ value: "tag" }),
  importance: importance.describe("How much it matters, 0 to 1"),
};

const ContextInput = ContextSchema.partial().extend({
  timestamp: timeField("The time that it is about, such as 2025-12-01T10:30:00Z (default: now)").optional(),
  additionalMetadata: z.union([z.string(), z.record(z.string(), z.unknown())]).optional()
    .describe("Further facts, as a JSON object"),
}).describe("Where the memory comes from: project, files, languages, git branch and so on, as a JSON object");

/** Stores a new memory. */
export const storeMemory = defineOperation({
  name: "store",
  summary: "Store a new memory",
  positionals: ["content"],
  stdin: "content",
  input: () =>
    z.object({
      content: contentFields.content,
      type: type.describe("What kind of memory it is"),
      title: contentFields.title,
      summary: contentFields.summary,
      tags: contentFields.tags,
      importance: contentFields.importance,
      context: ContextInput.optional(),
      ...storeFields,
    }),
  output: () => z.object({ memoryId: z.string(), memory: MemoryViewSchema }),
  holdsRecords: true,
  tool: {
    name: "store_memory",
    profile: "core",
    title: "Store a memory",
    effect: "add",
    description:
      `Stores something worth remembering in a later session: a solution, a problem, an error, a decision, a pattern.
Needs type, title and content. Always tag acronyms and product names (["jwt", "auth"]): a tag is found exactly.
Returns the memory's id; link it to what it solves or depends on with create_relationship.
Example: store_memory(type="solution", title="Fixed Redis timeout", content="Raised the timeout to 30 s because ...", tags=["redis"], importance=0.8)`,
  },
  examples: [
    {
      command:
        'memorygraph store "Raised the timeout to 30 s" --type solution --title "Redis timeout" --tags redis',
      does: "Store a memory in the current backend",
    },
    {
      command: "git log -1 --format=%B | memorygraph store --type general --title commit",
      does: "Take it from stdin",
    },
  ],
  async run(input, context) {
    await using store = await openMemories(input, context, "create");
    const now = currentTimestamp();
    const { type, title, content, summary, importance } = input;
    const memory: Memory = MemorySchema.parse({
      id: crypto.randomUUID(),
      type,
      title,
      content,
      summary: summary || undefined,
      tags: normalizeTags(input.tags ?? []),
      importance,
      createdAt: now,
      updatedAt: now,
      context: input.context && completeContext(input.context, now),
    });
    await addRecord(store, { kind: "memory", item: memory }, context.signal);
    return { memoryId: memory.id, memory: viewMemory(memory) };
  },
  render: ({ memoryId, memory }) => `stored ${memory.type} ${memoryId}`,
});

function completeContext(given: z.output<typeof ContextInput>, now: string): Memory["context"] {
  const { additionalMetadata = "{}", timestamp = now, ...rest } = given;
  return ContextSchema.parse({
    ...rest,
    timestamp: pythonTimestamp(timestamp),
    additionalMetadata: typeof additionalMetadata === "string"
      ? additionalMetadata
      : stringifyJson(additionalMetadata),
  });
}
