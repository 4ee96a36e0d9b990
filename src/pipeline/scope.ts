/** A migration of less than everything: what changed since an instant, or some tenants, under other names. */
import type { Memory } from "../model/memory.ts";
import type { Relationship } from "../model/relationship.ts";
import type { Plan } from "../workfile/work_record.ts";
import type { WorkFile } from "../workfile/workfile.ts";
import { lastChanged } from "./plan.ts";

/** Which records are moved, and as whose. Everything that is left out makes no difference. */
export interface Scope {
  /** Only what was created, changed or invalidated from here on; given as its `instantKey`. */
  readonly since?: string;
  /** Only these tenants' memories, by their names in the source, and relationships between them. */
  readonly tenants?: ReadonlySet<string>;
  /** New names of tenants, by their names in the source. */
  readonly tenantNames?: ReadonlyMap<string, string>;
}

/** What is to be done with a memory of the source before the target has been looked at. */
export function planOfMemory(memory: Memory, { since, tenants }: Scope): Plan {
  if (tenants && !tenants.has(memory.context?.tenantId ?? "")) return "excluded";
  return since !== undefined && lastChanged("memory", memory) < since ? "unchanged" : "create";
}

/** The same for a relationship; what its ends say comes later, by {@linkcode closeScope}. */
export function planOfRelationship(relationship: Relationship, { since }: Scope): Plan {
  return since !== undefined && lastChanged("relationship", relationship) < since ? "unchanged" : "create";
}

/** The memory under its tenant's new name. */
export function renameTenant(memory: Memory, { tenantNames }: Scope): Memory {
  const name = tenantNames?.get(memory.context?.tenantId ?? "");
  return name === undefined ? memory : { ...memory, context: { ...memory.context!, tenantId: name } };
}

/**
 * Makes the plan consistent, once all records are in: a relationship that touches another tenant's memory is
 * left out, and a memory that did not change is moved after all if a relationship that did change needs it.
 * Returns how many relationships lead out of the tenants that are moved.
 */
export function closeScope(workFile: WorkFile): number {
  return workFile.transaction(() => {
    const crossing = workFile.whole.excludeCrossing();
    workFile.whole.createEnds();
    return crossing;
  });
}
