import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { GraphError } from "../errors.ts";
import { asWriteError } from "../formats/atomic_file.ts";
import { snakeCase } from "../model/fields.ts";
import { realPathOf } from "../paths.ts";
import { redact, splitUri } from "../redact.ts";
import { chosenBackend, type EndInput, keepableSettings, viewSettings } from "../settings.ts";
import { type Environment, expandHome } from "../state.ts";
import { AGENT_CLIENTS, type AgentClientName, type ServerEntry } from "./agent_clients.ts";
import { storeFields, storeOf } from "./ends.ts";
import { defineOperation, PROFILE_NAMES } from "./operation.ts";

const NAME = "memorygraph";
const CLIENTS = Object.keys(AGENT_CLIENTS) as [AgentClientName, ...AgentClientName[]];

/** Shows or writes an agent client's configuration for the server. */
export const install = defineOperation({
  name: "install",
  summary: "Show how an agent's client starts the server, or write it into the client's configuration",
  positionals: ["client"],
  input: () =>
    z.object({
      client: z.enum(CLIENTS).describe("The agent's client"),
      write: z.boolean().default(false).describe("Write it, after a backup of the file"),
      profile: z.enum(PROFILE_NAMES).optional().describe("Tools to offer (default: core)"),
      readOnly: z.boolean().default(false).describe("Offer only tools that change nothing"),
      ...storeFields,
    }),
  output: () =>
    z.object({
      client: z.string(),
      file: z.string().describe("The client's configuration file"),
      command: z.string(),
      args: z.array(z.string()),
      env: z.record(z.string(), z.string()).describe("Variables that the entry sets"),
      notWritten: z.array(z.string()).describe(
        "Variables that hold a password of the store",
      ),
      configuration: z.string().describe("What the file has to have"),
      written: z.boolean(),
      backup: z.string().optional().describe("The file as it was before"),
    }),
  examples: [
    { command: "memorygraph install claude-code", does: "Show the configuration" },
    { command: "memorygraph install cursor --write --profile extended", does: "Write it, with more tools" },
  ],
  async run({ client, write, profile, readOnly, ...input }, { env }) {
    const { file: fileOf, merge } = AGENT_CLIENTS[client];
    const file = fileOf(env);
    const flags = { ...portable(storeOf(input), env), profile };
    const { variables, notWritten } = variablesFor(storeOf(input), env);
    const entry = entryFor([...flagsFor(flags), ...(readOnly ? ["--read-only"] : [])], variables);
    const configuration = await merge("", NAME, entry);
    const answer = { client, file, ...entry, args: [...entry.args], notWritten, configuration };
    if (!write) return { ...answer, written: false };
    try {
      const before = existsSync(file) ? readText(file) : undefined;
      const after = await merge(before ?? "", NAME, entry);
      if (after === before) return { ...answer, written: false };
      return { ...answer, written: true, backup: replace(file, after) };
    } catch (error) {
      throw notWrittenError(error, file);
    }
  },
  render: ({ client, file, configuration, written, backup, notWritten }, { input: { write } }) =>
    [
      written
        ? `wrote ${file}${backup ? ` (as it was: ${backup})` : ""}; restart ${
          AGENT_CLIENTS[client as AgentClientName].title
        }`
        : write
        ? `${file} has it already; nothing was written`
        : `${file}:\n\n${configuration}`,
      ...notWritten.map((name) =>
        `The password in ${name} is not written: give the client that variable, or use --password-file`
      ),
    ].join("\n"),
});

// Names of settings whose value is a path.
const PATHS = new Set(["path", "passwordFile", "caFile"]);

/** Settings that mean the same in whatever folder the client starts the server. Throws USAGE for a password. */
function portable(settings: EndInput, env: Environment): EndInput {
  const { uri } = settings;
  if (uri !== undefined && (splitUri(uri).password !== undefined || redact(uri) !== uri)) {
    throw new GraphError(
      "USAGE",
      "The password in --uri would be written into the client's configuration: use --password-file or --password-command",
    );
  }
  return absolute(settings, env);
}

function absolute<T extends object>(settings: T, env: Environment): T {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      name,
      PATHS.has(name) && value !== undefined ? resolve(expandHome(value, env)) : value,
    ]),
  ) as T;
}

/**
 * What the environment says about the store, for a client that does not start the server from this shell. A
 * variable that is not set is left out, so that the client's own value counts.
 */
function variablesFor(given: EndInput, env: Environment) {
  const backend = chosenBackend(given, "current", env);
  const views = viewSettings(backend, given, env)
    .filter(({ origin, value }) => value !== undefined && origin !== "default" && !origin?.startsWith("--"));
  const settings = Object.fromEntries(views.map(({ name, value }) => [name, value!]));
  const kept = absolute(keepableSettings(backend, settings), env);
  const isBackendGiven = given.backend !== undefined;
  return {
    variables: {
      ...(env.MEMORY_BACKEND && !isBackendGiven && { MEMORY_BACKEND: backend.name }),
      // The first variable of a setting is the one that wins.
      ...Object.fromEntries(
        views.filter(({ name }) => name in kept).map(({ name, variables }) => [variables[0]!, kept[name]!]),
      ),
    } as Record<string, string>,
    notWritten: views.filter(({ name }) => !(name in kept)).map(({ origin }) => origin!),
  };
}

function flagsFor(settings: object): string[] {
  return Object.entries(settings)
    .flatMap(([key, value]) =>
      value === undefined ? [] : [`--${snakeCase(key).replaceAll("_", "-")}`, value]
    );
}

/** This program, so that the client needs nothing on its PATH. */
function entryFor(flags: readonly string[], env: Record<string, string>) {
  const serve = ["serve", ...flags];
  if (Deno.build.standalone) return { command: Deno.execPath(), args: serve, env } satisfies ServerEntry;
  const args = ["run", "-qA", fileURLToPath(Deno.mainModule), ...serve];
  return { command: Deno.execPath(), args, env } satisfies ServerEntry;
}

/** Why a client's file stays as it is. Names the file, which the user did not. */
function notWrittenError(error: unknown, file: string): unknown {
  if (!(error instanceof GraphError)) return asWriteError(error, file);
  const reason = error.message.replace(/^[A-Z]/, (letter) => letter.toLowerCase());
  return new GraphError(error.code, `Nothing was written to "${file}": ${reason}`, { cause: error });
}

/** A file's text without a byte order mark. Throws FILE_INVALID. */
function readText(file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new GraphError("FILE_INVALID", "The client's configuration is not UTF-8 text");
  }
}

/** Puts a text in place of a file at once, and returns the copy of what was there. */
function replace(file: string, text: string): string | undefined {
  const isThere = existsSync(file);
  // A link stays one: the file that it leads to is replaced.
  const real = realPathOf(file);
  const backup = isThere ? `${file}.before-${NAME}-${Date.now()}` : undefined;
  if (backup) copyFileSync(real, backup);
  mkdirSync(dirname(real), { recursive: true });
  const temporary = `${real}.${crypto.randomUUID()}.tmp`;
  try {
    writeFileSync(temporary, text, { mode: 0o600, flag: "wx" });
    if (isThere) chmodSync(temporary, statSync(real).mode & 0o777);
    renameSync(temporary, real);
  } finally {
    rmSync(temporary, { force: true });
  }
  return backup;
}
