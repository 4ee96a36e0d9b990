import * as z from "zod";
import { GraphError } from "../errors.ts";
import { relationshipsOf } from "../memory/queries.ts";
import { changeRelationship, requireMemory } from "../memory/records.ts";
import { isCurrent } from "../memory/temporal.ts";
import { byStrength } from "../memory/traverse.ts";
import { currentTimestamp } from "../model/instant.ts";
import type { Relationship } from "../model/relationship.ts";
import type { GraphStore } from "../store/store.ts";
import { storeFields } from "./ends.ts";
import { openMemories } from "./memory_stores.ts";
import { RelationshipViewSchema, viewRelationship } from "./memory_views.ts";
import { defineOperation } from "./operation.ts";

// Upstream's steps: a failure weighs half of a success.
const STEP = { strength: 0.05, confidence: 0.03 };
const FAILURE_FACTOR = -0.5;
const FLOOR = 0.1;

/** Notes that a relationship proved right, or wrong. */
export const reinforceRelationship = defineOperation({
  name: "reinforce",
  summary: "Note that a relationship proved right, or wrong",
  positionals: ["fromMemoryId", "toMemoryId"],
  input: () =>
    z.object({
      fromMemoryId: z.string().min(1).describe("The first memory").meta({ value: "id" }),
      toMemoryId: z.string().min(1).describe("The second memory").meta({ value: "id" }),
      success: z.boolean().default(true).describe("Whether it proved right"),
      ...storeFields,
    }),
  output: () => z.object({ relationship: RelationshipViewSchema, success: z.boolean() }),
  holdsRecords: true,
  tool: {
    name: "reinforce_relationship",
    profile: "extended",
    title: "Reinforce a relationship",
    effect: "change",
    isIdempotent: false,
    description:
      `Strengthens the strongest current relationship between two memories, or weakens it where success is false.`,
  },
  async run({ fromMemoryId, toMemoryId, success, ...input }, context) {
    await using store = await openMemories(input, context, "write");
    await requireMemory(store, fromMemoryId, "fromMemoryId");
    await requireMemory(store, toMemoryId, "toMemoryId");
    const relationship = await changeRelationship(
      store,
      () => strongestBetween(store, fromMemoryId, toMemoryId),
      (seen) => reinforced(seen, success),
      context.signal,
    );
    return { relationship: viewRelationship(relationship), success };
  },
  render: ({ relationship: { type, strength, confidence } }) =>
    `${type}: strength ${strength}, confidence ${confidence}`,
});

async function strongestBetween(store: GraphStore, from: string, to: string): Promise<Relationship> {
  const between = (await relationshipsOf(store, [from])).filter((item) =>
    isCurrent(item) && (item.fromId === from ? item.toId === to : item.fromId === to)
  );
  const [strongest] = between.sort(byStrength);
  if (strongest) return strongest;
  throw new GraphError(
    "NOT_FOUND",
    `Nothing relates ${JSON.stringify(from)} to ${
      JSON.stringify(to)
    } (relate them with link, or create_relationship)`,
    { details: { field: "toMemoryId" } },
  );
}

function reinforced(seen: Relationship, success: boolean): Relationship {
  const factor = success ? 1 : FAILURE_FACTOR;
  const moved = (value: number, step: number) =>
    Math.round(Math.min(1, Math.max(FLOOR, value + step * factor)) * 1e6) / 1e6;
  const validationCount = seen.validationCount + (success ? 1 : 0);
  const counterEvidenceCount = seen.counterEvidenceCount + (success ? 0 : 1);
  return {
    ...seen,
    strength: moved(seen.strength, STEP.strength),
    confidence: moved(seen.confidence, STEP.confidence),
    evidenceCount: seen.evidenceCount + 1,
    validationCount,
    counterEvidenceCount,
    successRate: validationCount / (validationCount + counterEvidenceCount),
    lastValidated: currentTimestamp(),
  };
}
