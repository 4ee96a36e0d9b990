/**
 * memorygraph as a library: open a graph wherever it is kept, migrate, export and import it.
 *
 * @example
 * ```ts
 * import { migrate } from "memorygraph";
 *
 * const result = await migrate(
 *   { backend: "sqlite", path: "memory.db" },
 *   { backend: "neo4j", uri: "bolt://localhost:7687", user: "neo4j", password },
 * );
 * console.log(result.digest, result.verification);
 * ```
 */
import type { ConnectionSetting } from "./backends/backend.ts";
import type { Logger } from "./log.ts";
import { type ExportFormat, formatOf } from "./formats/format.ts";
import { parseConfig, parseExportOptions, parseMigrateOptions } from "./library_input.ts";
import { fileSource } from "./operations/import.ts";
import { storeSource, storeTarget } from "./operations/open_ends.ts";
import type { ExportReport } from "./pipeline/export.ts";
import { exportToFile } from "./pipeline/export_file.ts";
import { runMigration } from "./pipeline/migration.ts";
import type { MigrationOptions, MigrationResult } from "./pipeline/migration_types.ts";
import type { ProgressSink } from "./pipeline/progress.ts";
import { resolveEnd } from "./settings.ts";
import { type Environment, stateDirectory } from "./state.ts";
import type { GraphStore, OpenMode } from "./store/store.ts";

export type { ConnectionSetting } from "./backends/backend.ts";
export { type End, type ErrorCode, ERRORS, GraphError, type GraphErrorOptions } from "./errors.ts";
export type { ExportFormat } from "./formats/format.ts";
export type { Logger, LogLevel } from "./log.ts";
export { canonicalMemory, canonicalRelationship, hashMemory, hashRelationship } from "./model/canonical.ts";
export { type Memory, MEMORY_TYPES, type MemoryContext, MemorySchema } from "./model/memory.ts";
export type { Extra } from "./model/fields.ts";
export type { JsonObject, JsonValue } from "./model/json.ts";
export type { GraphRecord, RecordKind } from "./model/record.ts";
export {
  type Relationship,
  RELATIONSHIP_TYPES,
  type RelationshipRef,
  RelationshipSchema,
} from "./model/relationship.ts";
export type { Difference } from "./pipeline/differences.ts";
export type { ExportReport } from "./pipeline/export.ts";
export type { MigrationOptions, MigrationResult, Snapshot } from "./pipeline/migration_types.ts";
export type { ConflictPolicy } from "./pipeline/plan.ts";
export type { Phase, ProgressEvent, ProgressSink } from "./pipeline/progress.ts";
export type { Scope } from "./pipeline/scope.ts";
export type { SearchQuery } from "./search/query.ts";
export type { Tolerance, WordQuery } from "./search/words.ts";
export type { LeaseBoard, LeaseRecord } from "./store/leases.ts";
export type { GraphStatistics, IndexedMemory, StoreQueries, TextIndex } from "./store/queries.ts";
export type {
  Batch,
  Capabilities,
  Counts,
  GraphStore,
  OpenMode,
  ReadOptions,
  RecordCounts,
  Reject,
  StoreHealth,
  StoreLocation,
  WriteMode,
  WriteOptions,
} from "./store/store.ts";
export type { Plan, Problem } from "./workfile/work_record.ts";
export { BACKEND_NAMES } from "./backends/mod.ts";

/** A store by its backend's name and its settings. */
export type StoreConfig = { backend: string } & Partial<Record<ConnectionSetting, string>>;

/** What a library call needs beside its data; every member has a default. */
export interface RunOptions {
  /** Aborting it stops the call at a batch boundary; it then throws INTERRUPTED. */
  signal?: AbortSignal;
  /** Called with the start, the batches and the end of each phase. */
  onProgress?: ProgressSink;
  /** Default: nothing is logged. */
  log?: Logger;
  /** Where work files, locks and history are. Default: as for the command line. */
  stateDirectory?: string;
}

/** The store that the environment variables name, as for the command line. Throws USAGE. */
export async function configFromEnv(
  env: Environment = Deno.env.toObject(),
): Promise<StoreConfig> {
  const { backend, settings } = await resolveEnd({}, "current", { env });
  return { backend: backend.name, ...settings };
}

/**
 * Opens a store. Own it with `await using`. Throws USAGE for a setting that the backend does not take.
 *
 * @param mode `read` (the default) never changes or creates anything; `create` makes what is missing.
 */
export async function openStore(config: StoreConfig, mode: OpenMode = "read"): Promise<GraphStore> {
  const { backend, settings } = parseConfig(config);
  return await backend.open(settings, { mode });
}

/**
 * Copies a graph and verifies every field of every record. Throws GraphError; after a failure the target is
 * as it was, unless `rollbackOnFailure` is off. `scope.since` may be any ISO 8601 time, or a date.
 */
export async function migrate(
  source: StoreConfig,
  target: StoreConfig,
  options: MigrationOptions & RunOptions = {},
): Promise<MigrationResult> {
  const parsed = parseMigrateOptions(options);
  const context = contextOf(parsed);
  return await runMigration(
    storeSource(parseConfig(source), context),
    storeTarget(parseConfig(target), context),
    parsed,
    context,
  );
}

/** Options of {@linkcode exportGraph}. */
export interface ExportGraphOptions extends RunOptions {
  /** Default: by the file's name. */
  format?: ExportFormat;
  /** Replace the file if it exists. */
  overwrite?: boolean;
  /** Leave out records that cannot be carried instead of failing, and keep them in `<file>.rejects.jsonl`. */
  skipInvalid?: boolean;
}

/** Writes a graph to a file, all of it or nothing. Throws GraphError. */
export async function exportGraph(
  source: StoreConfig,
  file: string,
  options: ExportGraphOptions = {},
): Promise<ExportReport> {
  const { format, overwrite, skipInvalid, onProgress: progress, signal, log } = parseExportOptions(options);
  const { backend, settings } = parseConfig(source);
  const fileFormat = formatOf(file, format);
  await using store = await backend.open(settings, { mode: "read", signal, log });
  return await exportToFile(store, file, { ...fileFormat, overwrite, skipInvalid, signal, progress });
}

/** Reads an export file into a store, as `migrate` would from another store. Throws GraphError. */
export async function importGraph(
  file: string,
  target: StoreConfig,
  options: MigrationOptions & RunOptions = {},
): Promise<MigrationResult> {
  const parsed = parseMigrateOptions(options);
  const context = contextOf(parsed);
  return await runMigration(fileSource(file), storeTarget(parseConfig(target), context), parsed, context);
}

function contextOf({ signal, onProgress, log, stateDirectory: directory }: RunOptions) {
  return {
    signal,
    progress: onProgress,
    log,
    stateDirectory: directory ?? stateDirectory(Deno.env.toObject()),
  };
}
