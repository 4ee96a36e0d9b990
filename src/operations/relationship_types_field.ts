import * as z from "zod";
import { RELATIONSHIP_TYPE_NAMES } from "../model/relationship.ts";

/** Relationship types to filter by, in any case: upstream's search takes them in small letters. */
export function relationshipTypesField(description: string) {
  const upperCase = (given: unknown) => typeof given === "string" ? given.toUpperCase() : given;
  return z.array(z.preprocess(upperCase, z.enum(RELATIONSHIP_TYPE_NAMES))).default([])
    .describe(description).meta({ value: "type" });
}
