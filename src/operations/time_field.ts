import * as z from "zod";
import { isInstant } from "../model/instant.ts";

const DATE = /^\d{4}-\d\d-\d\d$/;

/** The time that is meant by a plain date: midnight UTC. Any other text is returned as it is. */
export function withTime(text: string): string {
  return DATE.test(text) ? `${text}T00:00:00Z` : text;
}

/**
 * A time that the caller means. Stricter than what stored records may hold: a time that does not exist would
 * be no filter at all.
 */
export function timeField(description: string) {
  return z.string().overwrite(withTime)
    .refine(isInstant, "must be a time that exists, such as 2025-12-01 or 2025-12-01T10:30:00Z")
    .describe(description).meta({ value: "time" });
}
