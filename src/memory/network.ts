/** The graph as a network of memories: current relationships, without direction. Holds ids, no texts. */
import { throwIfInterrupted } from "../errors.ts";
import type { GraphStore } from "../store/store.ts";
import { isCurrent } from "./temporal.ts";

/** Who is related to whom, and how strongly altogether. */
export type Network = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** Reads the network of a store, isolated memories included. Relationships to oneself are left out. */
export async function readNetwork(store: GraphStore, signal?: AbortSignal): Promise<Network> {
  const network = new Map<string, Map<string, number>>();
  for await (const batch of store.read({ signal })) {
    throwIfInterrupted(signal);
    if (batch.kind === "memory") { for (const { id } of batch.items) network.set(id, new Map()); }
    else {
      for (const item of batch.items) {
        const [from, to] = [network.get(item.fromId), network.get(item.toId)];
        if (!isCurrent(item) || !from || !to || from === to) continue;
        from.set(item.toId, (from.get(item.toId) ?? 0) + item.strength);
        to.set(item.fromId, (to.get(item.fromId) ?? 0) + item.strength);
      }
    }
  }
  return network;
}

/** A group of memories. */
export interface Cluster {
  /** In the order of their ids. */
  readonly ids: readonly string[];
  /** Pairs that are related, of all pairs there are: 0 to 1. */
  readonly density: number;
}

/** Rounds of label propagation after which it is cut off; real graphs settle in about ten. */
const MAX_ROUNDS = 50;

/**
 * Groups of memories that are related more to one another than to others, by label propagation: every memory
 * takes the label that is strongest among its neighbours until nothing changes. Ties go to the smaller label,
 * so that the same graph has the same clusters everywhere. The largest first; every memory is in one.
 */
export function findClusters(network: Network): Cluster[] {
  const labels = propagateLabels(network);
  const groups = new Map<string, string[]>();
  for (const id of [...network.keys()].sort()) {
    const label = labels.get(id)!;
    const group = groups.get(label);
    if (group) group.push(id);
    else groups.set(label, [id]);
  }
  return [...groups.values()].map((ids) => ({ ids, density: densityOf(ids, network) }))
    .sort((a, b) => b.ids.length - a.ids.length || (a.ids[0]! < b.ids[0]! ? -1 : 1));
}

function propagateLabels(network: Network): Map<string, string> {
  // Sums of strengths must not depend on the order in which a backend gives relationships.
  const ids = [...network.keys()].sort();
  const labels = new Map(ids.map((id) => [id, id]));
  for (let round = 0, isChanged = true; isChanged && round < MAX_ROUNDS; round++) {
    isChanged = false;
    for (const id of ids) {
      const weights = new Map<string, number>();
      for (const neighbour of [...network.get(id)!.keys()].sort()) {
        const label = labels.get(neighbour)!;
        weights.set(label, (weights.get(label) ?? 0) + Math.round(network.get(id)!.get(neighbour)! * 1e6));
      }
      let best = labels.get(id)!;
      for (const [label, weight] of weights) {
        const known = weights.get(best) ?? 0;
        if (weight > known || (weight === known && label < best)) best = label;
      }
      if (best === labels.get(id)) continue;
      labels.set(id, best);
      isChanged = true;
    }
  }
  return labels;
}

function densityOf(ids: readonly string[], network: Network): number {
  const inside = new Set(ids);
  let ends = 0;
  for (const id of ids) for (const neighbour of network.get(id)!.keys()) if (inside.has(neighbour)) ends++;
  const pairs = ids.length * (ids.length - 1);
  return pairs === 0 ? 0 : ends / pairs;
}

/** The connected parts of the network, the largest first. */
export function findComponents(network: Network): string[][] {
  const seen = new Set<string>();
  const components: string[][] = [];
  for (const start of network.keys()) {
    if (seen.has(start)) continue;
    seen.add(start);
    const component = [start];
    for (const id of component) {
      for (const neighbour of network.get(id)!.keys()) {
        if (seen.has(neighbour)) continue;
        seen.add(neighbour);
        component.push(neighbour);
      }
    }
    components.push(component);
  }
  return components.sort((a, b) => b.length - a.length);
}

/** Memories without which a part of the network would fall apart (articulation points, by Tarjan). */
export function findCutPoints(network: Network): Set<string> {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const cutPoints = new Set<string>();
  for (const root of network.keys()) {
    if (order.has(root)) continue;
    let rootChildren = 0;
    // With a stack of its own: a chain of 100,000 memories is deeper than calls may be.
    const stack = [enter(root, undefined)];
    while (stack.length > 0) {
      const { id, parent, rest } = stack.at(-1)!;
      const next = rest.next();
      if (!next.done) {
        if (!order.has(next.value)) stack.push(enter(next.value, id));
        else if (next.value !== parent) low.set(id, Math.min(low.get(id)!, order.get(next.value)!));
        continue;
      }
      stack.pop();
      if (parent === undefined) continue;
      low.set(parent, Math.min(low.get(parent)!, low.get(id)!));
      if (parent === root) rootChildren++;
      else if (low.get(id)! >= order.get(parent)!) cutPoints.add(parent);
    }
    if (rootChildren > 1) cutPoints.add(root);
  }
  return cutPoints;

  function enter(id: string, parent: string | undefined) {
    order.set(id, order.size);
    low.set(id, order.get(id)!);
    return { id, parent, rest: network.get(id)!.keys()[Symbol.iterator]() };
  }
}
