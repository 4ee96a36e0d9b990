import * as z from "zod";
import { GraphError } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { GraphRecord, RecordKind } from "../model/record.ts";
import type { EncodedRecord, GraphStore, OpenMode, StoreLocation } from "../store/store.ts";

/** Options given to every backend's `open`. */
export interface OpenOptions {
  readonly mode: OpenMode;
  readonly signal?: AbortSignal;
  /** At level debug, receives each statement's text and duration; never its parameters. */
  readonly log?: Logger;
}

/**
 * A connection's settings by common name, whatever the backend: what flags, environment and tool arguments
 * are translated to. Each backend's `config` schema picks and requires its own.
 */
export type ConnectionSetting = "path" | "uri" | "user" | "password" | "database";

/** A database product that graphs can be kept in. */
export interface Backend {
  readonly name: string;
  readonly summary: string;
  /** Whether a database that one process has open to write cannot be opened by another one. */
  readonly isExclusive: boolean;
  /** Settings; each member has `.describe()` and, in its meta, `env`: the variables it is read from in order. */
  readonly config: z.ZodObject;
  /** Opens a store. `settings` is parsed with `config` first; what does not fit is a USAGE error. */
  open(settings: unknown, options: OpenOptions): Promise<GraphStore>;
  /** Where an open store would be, without connecting. */
  locate(settings: unknown): StoreLocation;
  /** Throws PERMISSION_DENIED or ENGINE_MISSING when the database could not be written. Changes nothing. */
  checkWritable(settings: unknown): Promise<void>;
  /** Why no record with this id can be kept, as the end of a sentence about it; undefined where it can. */
  whyIdRefused(id: string): string | undefined;
  /**
   * A record for `writeEncoded` of the backend's stores; undefined where its id, or that of an end, is refused. Absent
   * where they have none.
   */
  readonly encode?: (kind: RecordKind, record: GraphRecord) => EncodedRecord | undefined;
  /** Removes a database without records that `open` in mode `create` made. */
  discard(settings: unknown): Promise<void>;
}

/** A backend as its author writes it: functions receive parsed settings. */
export interface BackendDefinition<Config extends z.ZodObject> {
  name: string;
  summary: string;
  /** False where it is absent. */
  isExclusive?: boolean;
  config: Config;
  open(config: z.output<Config>, options: OpenOptions): Promise<GraphStore>;
  locate(config: z.output<Config>): Omit<StoreLocation, "backend">;
  /** Absent where only writing can tell. */
  checkWritable?(config: z.output<Config>): Promise<void>;
  /** Absent where any id can be kept. */
  whyIdRefused?(id: string): string | undefined;
  /** See {@linkcode Backend.encode}. */
  encode?: Backend["encode"];
  /** Absent where an empty database is nothing to remove, such as a server's. */
  discard?(config: z.output<Config>): Promise<void>;
}

/**
 * Makes a backend out of its definition.
 *
 * @example
 * ```ts
 * export const sqlite = defineBackend({
 *   name: "sqlite",
 *   summary: "A SQLite file",
 *   config: z.object({ path: z.string().describe("Database file").meta({ env: ["MEMORY_SQLITE_PATH"] }) }),
 *   open: (config, options) => openSqliteStore(config.path, options),
 *   locate: ({ path }) => ({ display: path, identity: identityOf(path) }),
 * });
 * ```
 */
export function defineBackend<Config extends z.ZodObject>(definition: BackendDefinition<Config>): Backend {
  const { name, summary, isExclusive = false, config } = definition;
  const parse = (settings: unknown): z.output<Config> => {
    const result = config.safeParse(settings);
    if (result.success) return result.data;
    const issue = result.error.issues[0]!;
    throw new GraphError("USAGE", `Backend ${name}: ${issue.path.join(".") || "settings"}: ${issue.message}`);
  };
  return {
    name,
    summary,
    isExclusive,
    config,
    open: async (settings, options) => await definition.open(parse(settings), options),
    locate: (settings) => ({ backend: name, ...definition.locate(parse(settings)) }),
    checkWritable: async (settings) => await definition.checkWritable?.(parse(settings)),
    whyIdRefused: (id) => definition.whyIdRefused?.(id),
    encode: definition.encode,
    discard: async (settings) => await definition.discard?.(parse(settings)),
  };
}
