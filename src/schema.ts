/** What a zod schema says about itself, whatever it is wrapped in: read by flags, settings, fields and documents. */
import type { z } from "zod";

/** Facts kept in a schema's meta, beside its description. */
export interface SchemaMeta {
  readonly description?: string;
  /** `json` where a text is opaque JSON. */
  readonly kind?: "json";
  /** Variables that a backend's setting is read from, in order. */
  readonly env?: readonly string[];
  /** Whether the value must never be shown. A setting named `password` is secret anyway. */
  readonly secret?: boolean;
  /** What help shows in place of the value, such as `file`. */
  readonly value?: string;
  /** What a flag given without a value stands for; without it a flag needs one. */
  readonly bare?: string;
  /** The flag, without its dashes, by which an argument can be given as well: upstream's spelling. */
  readonly alias?: string;
  /** The heading that the flag stands under in help. */
  readonly group?: string;
}

/** A schema without its wrappers. */
export interface Unwrapped {
  readonly inner: z.core.$ZodType;
  readonly meta: SchemaMeta;
  /** Whether a value may be left out. */
  readonly optional: boolean;
  /** What a value that is left out becomes. */
  readonly fallback?: unknown;
}

/** Takes optional, default, nullable and transforming wrappers off; an outer wrapper's meta wins. */
export function unwrap(schema: z.ZodType): Unwrapped {
  const layers = [schema as z.core.$ZodType];
  for (let next = innerOf(schema); next; next = innerOf(next)) layers.push(next);
  const meta = Object.assign({}, ...layers.map((layer) => (layer as z.ZodType).meta?.()).reverse());
  const absent = schema.safeParse(undefined);
  return { inner: layers.at(-1)!, meta, optional: absent.success, fallback: absent.data };
}

function innerOf(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  const { type, innerType, in: first, out } = schema._zod.def as z.core.$ZodTypeDef & {
    innerType?: z.core.$ZodType;
    in?: z.core.$ZodType;
    out?: z.core.$ZodType;
  };
  if (type !== "pipe") return innerType;
  // What prepares a value says nothing of it.
  return first?._zod.def.type === "transform" ? out : first;
}
