/** Walking along relationships, a step for all memories of a distance at a time. */
import { throwIfInterrupted } from "../errors.ts";
import type { Memory } from "../model/memory.ts";
import type { Relationship } from "../model/relationship.ts";
import type { GraphStore } from "../store/store.ts";
import { relationshipsOf } from "./queries.ts";
import { isCurrent, isValidAt } from "./temporal.ts";

/** Which relationships a walk follows. */
export interface WalkOptions {
  readonly maxDepth: number;
  readonly types?: readonly string[];
  /** Default: both. */
  readonly direction?: "outgoing" | "both";
  /** Follow what was valid at this instant, an `instantKey`, instead of what is current. */
  readonly at?: string;
  readonly signal?: AbortSignal;
}

/** A memory that a walk reached, and the relationship over which it did. */
export interface Reached {
  readonly id: string;
  /** The memory it was reached from. */
  readonly from: string;
  readonly relationship: Relationship;
  /** The weaker ones that lead to it over as many steps, the strongest first. */
  readonly others: readonly Relationship[];
  /** Relationships from the start. */
  readonly depth: number;
}

/**
 * Walks from memories outwards, and yields what is reached at each distance: every memory once, over the
 * strongest relationship of those that lead to it on the shortest way.
 */
export async function* walk(
  store: GraphStore,
  start: readonly string[],
  options: WalkOptions,
): AsyncGenerator<Reached[]> {
  const { maxDepth, signal } = options;
  const seen = new Set(start);
  let frontier = new Set(start);
  for (let depth = 1; depth <= maxDepth && frontier.size > 0; depth++) {
    throwIfInterrupted(signal);
    const followed = (await relationshipsOf(store, [...frontier])).filter((item) =>
      isFollowed(item, options)
    );
    const reached = new Map<string, Reached & { others: Relationship[] }>();
    for (const relationship of followed.sort(byStrength)) {
      for (const [from, id] of stepsOver(relationship, options)) {
        if (!frontier.has(from) || seen.has(id)) continue;
        const known = reached.get(id);
        if (known) known.others.push(relationship);
        else reached.set(id, { id, from, relationship, others: [], depth });
      }
    }
    if (reached.size === 0) return;
    yield [...reached.values()];
    frontier = new Set(reached.keys());
    for (const id of frontier) seen.add(id);
  }
}

function isFollowed(relationship: Relationship, { types, at }: WalkOptions): boolean {
  if (types?.length && !types.includes(relationship.type)) return false;
  return at === undefined ? isCurrent(relationship) : isValidAt(relationship, at);
}

function stepsOver({ fromId, toId }: Relationship, { direction }: WalkOptions): [string, string][] {
  return direction === "outgoing" ? [[fromId, toId]] : [[fromId, toId], [toId, fromId]];
}

/** The strongest first, then by id, so that every backend takes the same. */
export function byStrength(a: Relationship, b: Relationship): number {
  return b.strength - a.strength || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** A shortest way between two memories as its steps; undefined when there is none, empty when they are one. */
export async function findPath(
  store: GraphStore,
  [from, to]: readonly [string, string],
  options: WalkOptions,
): Promise<Reached[] | undefined> {
  if (from === to) return [];
  const steps = new Map<string, Reached>();
  for await (const reached of walk(store, [from], options)) {
    for (const step of reached) steps.set(step.id, step);
    if (!steps.has(to)) continue;
    const path: Reached[] = [];
    for (let step = steps.get(to); step; step = steps.get(step.from)) path.unshift(step);
    return path;
  }
  return undefined;
}

/** Memories by id. */
export async function memoriesById(
  store: GraphStore,
  ids: readonly string[],
): Promise<Map<string, Memory>> {
  return new Map((await store.readMemories(ids)).map((memory) => [memory.id, memory]));
}
