/** What a work file says of a record. */
import type { Memory } from "../model/memory.ts";
import { type GraphRecord, RECORD_KINDS, type RecordKind } from "../model/record.ts";
import type { Relationship, RelationshipRef } from "../model/relationship.ts";
import type { EncodedRecord } from "../store/store.ts";

/** How a kind is kept in the column of that name: its place in RECORD_KINDS. */
export const kindCode = (kind: RecordKind): number => RECORD_KINDS.indexOf(kind);

/**
 * What is to be done with a record in the target. The source's records: `create`; `same`, already there;
 * `overwrite`; `keep`, the target's other version stays; `unchanged` since the instant from which on records are
 * moved; `excluded`, another tenant's. The target's own: `delete`.
 */
export type Plan = "create" | "same" | "overwrite" | "keep" | "delete" | "unchanged" | "excluded";
/** All plans, each in the place of its code. */
export const PLANS: readonly Plan[] = [
  "create",
  "same",
  "overwrite",
  "keep",
  "delete",
  "unchanged",
  "excluded",
];
/** How a plan is kept in the column of that name. */
export const planCode = (plan: Plan): number => PLANS.indexOf(plan);
/** Plans of the records that a migration carries: the snapshot as its digest and its export see it. */
export const CARRIED: readonly Plan[] = ["create", "same", "overwrite", "keep"];
/** Plans of the source's records. */
export const OF_SOURCE: readonly Plan[] = [...CARRIED, "unchanged", "excluded"];
/** Plans that change the target. */
export const WRITING: readonly Plan[] = ["create", "overwrite", "delete"];

/** How far a record has come; `intended` means that a write was about to start, so it may have happened. */
export type RecordState = "exported" | "intended" | "written";
/** All states, each in the place of its code. */
export const STATES: readonly RecordState[] = ["exported", "intended", "written"];
/** How a state is kept in the column of that name. */
export const stateCode = (state: RecordState): number => STATES.indexOf(state);

/** Something wrong with a record. An error keeps it from being carried; a warning does not. */
export interface Problem {
  readonly severity: "error" | "warning";
  readonly kind: RecordKind;
  readonly id: string;
  readonly field?: string;
  readonly reason: string;
}

/** What the work file knows of a record without its text: enough to look it up and to compare it. */
export interface WorkRef {
  /** Its place in the order in which the source gave it. */
  readonly seq: number;
  /** Ends and type are empty for a memory. */
  readonly ref: RelationshipRef;
  readonly hash: string;
  readonly plan: Plan;
  readonly state: RecordState;
}

/** How far a record in the work file has come. */
export interface WorkItem {
  readonly seq: number;
  /** Of its text in the work file, in UTF-16 units. */
  readonly length: number;
  readonly plan: Plan;
  readonly state: RecordState;
}

/** A record in the work file. */
export interface WorkRecord<Kind extends RecordKind = RecordKind> extends WorkItem {
  readonly record: Kind extends "memory" ? Memory : Relationship;
}

/** A record that enters the work file. */
export interface NewWorkRecord {
  readonly record: GraphRecord;
  readonly hash: string;
  /** Default: `create`. */
  readonly plan?: Plan;
  /** The record as the target takes it, where it is to be created there. */
  readonly encoded?: EncodedRecord;
}

/** Which records a scan gives. */
export interface Selection {
  /** Default: those of all records that are carried. */
  readonly plans?: readonly Plan[];
  readonly states?: readonly RecordState[];
}
