import * as z from "zod";
import { GraphError } from "../errors.ts";
import { addRecord, requireMemory } from "../memory/records.ts";
import { storedContext } from "../memory/relationship_context.ts";
import { findPath } from "../memory/traverse.ts";
import { currentTimestamp } from "../model/instant.ts";
import { type Relationship, RELATIONSHIP_TYPES, RelationshipSchema } from "../model/relationship.ts";
import type { Environment } from "../state.ts";
import type { GraphStore } from "../store/store.ts";
import { storeFields } from "./ends.ts";
import { openMemories } from "./memory_stores.ts";
import { RelationshipViewSchema, viewRelationship } from "./memory_views.ts";
import { defineOperation } from "./operation.ts";

const { type, strength, confidence } = RelationshipSchema.shape;

/** Relates two memories. */
export const linkMemories = defineOperation({
  name: "link",
  summary: "Relate one memory to another",
  positionals: ["fromMemoryId", "toMemoryId", "relationshipType"],
  input: () =>
    z.object({
      fromMemoryId: z.string().min(1).describe("The memory that solves, causes, requires ...").meta({
        value: "id",
      }),
      toMemoryId: z.string().min(1).describe("The memory that is solved, caused, required ...").meta({
        value: "id",
      }),
      relationshipType: type.describe("How the first relates to the second"),
      strength: strength.unwrap().optional().describe("0 to 1 (default: by the type)"),
      confidence: confidence.unwrap().optional().describe("0 to 1 (default: by the type)"),
      context: z.string().max(10_000).optional()
        .describe("When and why it holds, such as 'partially, only in production, verified by load tests'"),
      ...storeFields,
    }),
  output: () => z.object({ relationshipId: z.string(), relationship: RelationshipViewSchema }),
  holdsRecords: true,
  tool: {
    name: "create_relationship",
    profile: "core",
    title: "Relate two memories",
    effect: "add",
    description:
      `Relates two memories. Common types: SOLVES (solution to problem), CAUSES (cause to effect), ADDRESSES (fix to
error), REQUIRES, DEPENDS_ON, USED_IN, RELATED_TO (anything). Cycles and self-loops are allowed.
Example: create_relationship(from_memory_id="sol-1", to_memory_id="prob-1", relationship_type="SOLVES", context="verified by integration tests")`,
  },
  examples: [{
    command: "memorygraph link SOLUTION_ID PROBLEM_ID SOLVES",
    does: "Say what solves a problem",
  }],
  async run(input, context) {
    await using store = await openMemories(input, context, "write");
    const { fromMemoryId: fromId, toMemoryId: toId, relationshipType } = input;
    await requireMemory(store, fromId, "fromMemoryId");
    await requireMemory(store, toId, "toMemoryId");
    await assertNoCycle(store, { fromId, toId, type: relationshipType }, context);
    const defaults = RELATIONSHIP_TYPES[relationshipType];
    const now = currentTimestamp();
    const relationship: Relationship = RelationshipSchema.parse({
      id: crypto.randomUUID(),
      fromId,
      toId,
      type: relationshipType,
      strength: input.strength ?? defaults.strength,
      confidence: input.confidence ?? defaults.confidence,
      context: input.context ? storedContext(input.context) : undefined,
      createdAt: now,
      lastValidated: now,
      validFrom: now,
      recordedAt: now,
    });
    await addRecord(store, { kind: "relationship", item: relationship }, context.signal);
    return { relationshipId: relationship.id, relationship: viewRelationship(relationship) };
  },
  render: ({ relationshipId, relationship }) =>
    `related ${relationship.fromMemoryId} ${relationship.type} ${relationship.toMemoryId} (${relationshipId})`,
});

/** Upstream refuses cycles unless MEMORY_ALLOW_CYCLES is true; here they are refused only where it is false. */
async function assertNoCycle(
  store: GraphStore,
  { fromId, toId, type }: Pick<Relationship, "fromId" | "toId" | "type">,
  { env, signal }: { env: Environment; signal: AbortSignal },
): Promise<void> {
  if (!/^(false|0|no|off)$/i.test(env.MEMORY_ALLOW_CYCLES ?? "")) return;
  const back = fromId === toId ? [] : await findPath(store, [toId, fromId], {
    maxDepth: Infinity,
    types: [type],
    direction: "outgoing",
    signal,
  });
  if (back === undefined) return;
  throw new GraphError(
    "RECORD_INVALID",
    `${type} from ${JSON.stringify(fromId)} to ${JSON.stringify(toId)} would close a cycle ` +
      "(cycles are refused because MEMORY_ALLOW_CYCLES is false)",
    { details: { field: "toMemoryId" } },
  );
}
