/** What callers of the library give, checked: types say nothing to JavaScript, and nothing about a range. */
import * as z from "zod";
import type { Backend } from "./backends/backend.ts";
import { backendNamed } from "./backends/mod.ts";
import { GraphError } from "./errors.ts";
import { EXPORT_FORMATS } from "./formats/format.ts";
import { instantKey } from "./model/instant.ts";
import { writingFields } from "./operations/migrate.ts";
import { scopeFields } from "./operations/scope.ts";
import { timeField } from "./operations/time_field.ts";
import { CONFLICT_POLICIES } from "./pipeline/plan.ts";
import type { ExportGraphOptions, MigrationOptions, RunOptions, StoreConfig } from "./mod.ts";

const flag = z.boolean().optional();
const callback = <T>() =>
  z.custom<T>((value) => typeof value === "function", "must be a function").optional();

const RUN_OPTIONS = {
  signal: z.instanceof(AbortSignal).optional(),
  onProgress: callback<NonNullable<RunOptions["onProgress"]>>(),
  log: z.custom<NonNullable<RunOptions["log"]>>((value) => typeof value === "object" && value !== null)
    .optional(),
  stateDirectory: z.string().min(1).optional(),
} satisfies Record<keyof RunOptions, z.ZodType>;

const MigrateOptionsSchema = z.strictObject(
  {
    ...RUN_OPTIONS,
    dryRun: flag,
    verify: flag,
    rollbackOnFailure: flag,
    onConflict: z.enum(CONFLICT_POLICIES).optional(),
    scope: z.strictObject({
      since: timeField("Any ISO 8601 time").transform(instantKey).optional(),
      tenants: z.instanceof(Set<string>).optional(),
      tenantNames: z.instanceof(Map<string, string>).optional(),
    }).optional(),
    mirror: z.strictObject({ maxDeletePercent: scopeFields.maxDelete.unwrap() }).optional(),
    skipInvalid: flag,
    keepUndo: flag,
    batchSize: writingFields.batchSize.unwrap().optional(),
    onSnapshot: callback<NonNullable<MigrationOptions["onSnapshot"]>>(),
  } satisfies Record<keyof (MigrationOptions & RunOptions), z.ZodType>,
);

const ExportOptionsSchema = z.strictObject(
  {
    ...RUN_OPTIONS,
    format: z.enum(EXPORT_FORMATS).optional(),
    overwrite: flag,
    skipInvalid: flag,
  } satisfies Record<keyof ExportGraphOptions, z.ZodType>,
);

/** Options of `migrate` and `importGraph`, `since` as the pipeline compares it. Throws USAGE naming the option. */
export function parseMigrateOptions(options: unknown): MigrationOptions & RunOptions {
  return parse(MigrateOptionsSchema, options, "Options");
}

/** Options of `exportGraph`. Throws USAGE naming the option. */
export function parseExportOptions(options: unknown): ExportGraphOptions {
  return parse(ExportOptionsSchema, options, "Options");
}

/**
 * A backend and the settings to open it with. Throws USAGE also for a setting that the backend does not take:
 * with a mistyped `path`, the default database would be meant.
 */
export function parseConfig({ backend: name, ...settings }: StoreConfig) {
  const backend: Backend = backendNamed(name);
  parse(backend.config.strict(), settings, `Backend ${name}`);
  return { backend, settings };
}

function parse<Schema extends z.ZodType>(schema: Schema, given: unknown, what: string): z.output<Schema> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const unknown = issue.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
  const field = [...issue.path, ...unknown].join(".");
  throw new GraphError("USAGE", `${what}: ${field}: ${issue.message}`, { details: { field } });
}
