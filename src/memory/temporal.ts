/** Relationships in time: valid from one instant until another, and recorded at a third. */
import { instantKey } from "../model/instant.ts";
import type { Relationship } from "../model/relationship.ts";

/** Whether a relationship has not been invalidated. */
export function isCurrent({ validUntil }: Relationship): boolean {
  return validUntil === undefined;
}

/** Whether a relationship was valid at an instant, given as its `instantKey`; its end is not part of it. */
export function isValidAt({ validFrom, createdAt, validUntil }: Relationship, instant: string): boolean {
  return instantKey(validFrom ?? createdAt) <= instant &&
    (validUntil === undefined || instantKey(validUntil) > instant);
}

/** Whether a relationship became known at an instant or later. */
export function isRecordedSince({ recordedAt, createdAt }: Relationship, instant: string): boolean {
  return instantKey(recordedAt ?? createdAt) >= instant;
}

/** Whether a relationship stopped being valid at an instant or later. */
export function isInvalidatedSince({ validUntil }: Relationship, instant: string): boolean {
  return validUntil !== undefined && instantKey(validUntil) >= instant;
}
