/** The input fields that name a store, defined once for every operation that opens one. */
import * as z from "zod";
import { BACKEND_NAMES } from "../backends/mod.ts";
import type { EndInput } from "../settings.ts";

/** A backend's name, one of the registry's. */
export const BackendNameSchema = z.enum(BACKEND_NAMES);

type SettingName = Exclude<keyof EndInput, "backend">;

// What is shown in place of the value in `--help`, and the text; `%s` is the end, such as "the source".
const SETTINGS: Record<SettingName, { value: string; text: string }> = {
  path: { value: "file", text: "Database file of %s (SQLite, FalkorDBLite)" },
  uri: { value: "uri", text: "Address of %s (Neo4j, Memgraph, FalkorDB)" },
  user: { value: "name", text: "User name at %s" },
  database: { value: "name", text: "Database (Neo4j, Memgraph) or graph (FalkorDB) of %s" },
  passwordFile: { value: "file", text: "File that holds the password of %s" },
  passwordCommand: { value: "command", text: "Command that prints the password of %s" },
};

const capitalize = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

// The heading of each end's flags in help.
const GROUPS: Record<string, string> = { from: "Source", to: "Target", "": "Store" };

function setting(name: SettingName, prefix: string, end: string) {
  const { value, text } = SETTINGS[name];
  return z.string().min(1, "must not be empty").optional()
    .meta({ description: text.replace("%s", end), value, group: GROUPS[prefix] });
}

type Setting = ReturnType<typeof setting>;
type Prefixed<Prefix extends string> = {
  [Name in SettingName as Prefix extends "" ? Name : `${Prefix}${Capitalize<Name>}`]: Setting;
};

function settingFields<Prefix extends string>(prefix: Prefix, end: string): Prefixed<Prefix> {
  const names = Object.keys(SETTINGS) as SettingName[];
  return Object.fromEntries(
    names.map((name) => [prefix === "" ? name : prefix + capitalize(name), setting(name, prefix, end)]),
  ) as Prefixed<Prefix>;
}

/** `from`, `fromPath`, `fromUri`, ...: where a migration reads. Spread into an operation's input. */
export const sourceFields = {
  from: BackendNameSchema.optional()
    .describe("Backend to read from (default: the current one, MEMORY_BACKEND or sqlite)")
    .meta({ value: "backend", group: GROUPS.from }),
  ...settingFields("from", "the source"),
};

/** `to` (required), `toPath`, `toUri`, ...: where a migration writes. */
export const targetFields = {
  to: BackendNameSchema.describe("Backend to write to").meta({ value: "backend", group: GROUPS.to }),
  ...settingFields("to", "the target"),
};

/** `backend`, `path`, `uri`, ...: the one store of an operation such as export, import or health. */
export const storeFields = {
  backend: BackendNameSchema.optional()
    .describe("Backend to use (default: the current one, MEMORY_BACKEND or sqlite)")
    .meta({ value: "backend", group: GROUPS[""] }),
  ...settingFields("", "the store"),
};

/** The source as named by `sourceFields`. */
export function sourceOf(input: z.output<z.ZodObject<typeof sourceFields>>): EndInput {
  return {
    backend: input.from,
    path: input.fromPath,
    uri: input.fromUri,
    user: input.fromUser,
    database: input.fromDatabase,
    passwordFile: input.fromPasswordFile,
    passwordCommand: input.fromPasswordCommand,
  };
}

/** The target as named by `targetFields`. */
export function targetOf(input: Partial<z.output<z.ZodObject<typeof targetFields>>>): EndInput {
  return {
    backend: input.to,
    path: input.toPath,
    uri: input.toUri,
    user: input.toUser,
    database: input.toDatabase,
    passwordFile: input.toPasswordFile,
    passwordCommand: input.toPasswordCommand,
  };
}

/** The store as named by `storeFields`. */
export function storeOf(input: z.output<z.ZodObject<typeof storeFields>>): EndInput {
  const { backend, path, uri, user, database, passwordFile, passwordCommand } = input;
  return { backend, path, uri, user, database, passwordFile, passwordCommand };
}
