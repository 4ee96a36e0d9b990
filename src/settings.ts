/** A store's connection settings: what the user gave, else the environment, else the backend's default. */
import { resolve } from "node:path";
import type { z } from "zod";
import type { Backend, ConnectionSetting } from "./backends/backend.ts";
import { backendNamed, BACKENDS } from "./backends/mod.ts";
import { GraphError } from "./errors.ts";
import type { Logger } from "./log.ts";
import { kebabCase } from "./model/fields.ts";
import {
  declarePublicWords,
  redact,
  redactUris,
  registerSecret,
  registerUriSecrets,
  splitUri,
} from "./redact.ts";
import { type SchemaMeta, unwrap } from "./schema.ts";
import { readPasswordFile, runPasswordCommand } from "./secrets.ts";
import { type Environment, expandHome } from "./state.ts";

/** Which store an operation means: the ends of a migration, or the one store of any other operation. */
export type WhichEnd = "source" | "target" | "current";

/** How a user names a store, before the environment fills the gaps. */
export interface EndInput {
  readonly backend?: string;
  readonly path?: string;
  readonly uri?: string;
  readonly user?: string;
  readonly database?: string;
  readonly passwordFile?: string;
  readonly passwordCommand?: string;
}

/** What resolving needs of an operation's context. */
export interface ResolveContext {
  readonly env: Environment;
  readonly log?: Logger;
  readonly signal?: AbortSignal;
}

/** A backend and the settings to open it with. */
export interface ResolvedEnd {
  readonly backend: Backend;
  /** For `backend.open`. Credentials are never part of `uri` but in `user` and `password`. */
  readonly settings: Readonly<Record<string, string>>;
}

/** A setting as `config` shows it. */
export interface SettingView {
  readonly name: string;
  /** Undefined where it is not set; for a secret, only ever "set". */
  readonly value?: string;
  /** The flag or variable it comes from, or "default". */
  readonly origin?: string;
  /** The variables it is read from, in order. */
  readonly variables: readonly string[];
}

const PREFIXES = { source: "from", target: "to", current: "" } as const;
const PASSWORD_VARIABLES = {
  source: "MEMORYGRAPH_SOURCE_PASSWORD",
  target: "MEMORYGRAPH_TARGET_PASSWORD",
  current: undefined,
} as const;
const BACKEND_VARIABLE = "MEMORY_BACKEND";
const DEFAULT_BACKEND = "sqlite";

declarePublicWords(BACKENDS.map((backend) => backend.name));

interface Found {
  value: string;
  origin: string;
}

/**
 * Resolves the store that a user means. Precedence, for each setting: the flag; `MEMORYGRAPH_SOURCE_PASSWORD`
 * or `MEMORYGRAPH_TARGET_PASSWORD`; the backend's variables, in order; its default. A password inside a URI
 * counts where the URI was given: before the variables for a flag, after them for a variable.
 * Throws USAGE for a setting that the backend does not take and for a password that cannot be read.
 */
export async function resolveEnd(
  input: EndInput,
  which: WhichEnd,
  context: ResolveContext,
): Promise<ResolvedEnd> {
  const backend = chosenBackend(input, which, context.env);
  if (input.backend === undefined) {
    for (const text of backendWarnings(context.env)) {
      context.log?.warn(text);
    }
  }
  return { backend, settings: await resolveSettings(backend, input, { which, ...context }) };
}

/** The settings for a known backend; see `resolveEnd`. */
export async function resolveSettings(
  backend: Backend,
  input: EndInput,
  { which, ...context }: ResolveContext & { which: WhichEnd },
): Promise<Record<string, string>> {
  const found = collect(backend, input, { which, env: context.env });
  const password = await givenPassword(input, which, context);
  if (password !== undefined) found.password = { value: password, origin: "flag" };
  registerSecret(found.password?.value);
  return valuesOf(found);
}

/** Upstream's word for the backend that has been configured. */
export const AUTO = "auto";
/** The settings that say so, in upstream's order. */
const AUTO_SIGNS = [["neo4j", "password"], ["memgraph", "uri"]] as const;

/** The backend named by the input, else the current one from the environment, in any case. Throws USAGE. */
export function chosenBackend(input: EndInput, which: WhichEnd, env: Environment): Backend {
  if (input.backend !== undefined) return backendNamed(input.backend);
  const name = currentName(env);
  if (name === AUTO) return backendNamed(autoChoice(env).name);
  if (!name) return backendNamed(DEFAULT_BACKEND);
  const backend = BACKENDS.find((candidate) => candidate.name === name);
  if (backend) return backend;
  throw new GraphError(
    "USAGE",
    `${BACKEND_VARIABLE} names an unknown backend "${name}" (set it to one of ` +
      `${BACKENDS.map((known) => known.name).join(", ")}, or use ${flagOf(which, "backend")})`,
  );
}

/**
 * What `auto` means. Upstream takes the next backend where it cannot connect to one; a memory graph in another
 * place each time is none, so that is an error here.
 */
function autoChoice(env: Environment): { name: string; reason: string } {
  for (const [name, setting] of AUTO_SIGNS) {
    const variable = variablesOf(backendNamed(name), setting).find((variable) => env[variable]);
    if (variable) return { name, reason: `since ${variable} is set` };
  }
  const names = AUTO_SIGNS.map(([name, setting]) => variablesOf(backendNamed(name), setting)[0]);
  return { name: DEFAULT_BACKEND, reason: `since neither ${names.join(" nor ")} is set` };
}

function currentName(env: Environment): string | undefined {
  return env[BACKEND_VARIABLE]?.trim().toLowerCase();
}

/** What may be meant otherwise by the variable that names the current backend. */
export function backendWarnings(env: Environment): string[] {
  if (currentName(env) !== AUTO) return [];
  const { name, reason } = autoChoice(env);
  return [`${BACKEND_VARIABLE} is "${AUTO}": taking ${name}, ${reason}`];
}

/** Every setting of a backend with its origin, without reading a password file or running a command. */
export function viewSettings(backend: Backend, input: EndInput, env: Environment): SettingView[] {
  const found = collect(backend, input, { which: "current", env });
  const passwordFlag = givenPasswordFlag(input, "current");
  if (passwordFlag) found.password = { value: "set", origin: passwordFlag };
  return Object.entries(backend.config.shape).map(([name, schema]) => {
    const variables = variablesOf(backend, name);
    const { value, origin } = found[name] ??
      { value: unwrap(schema as z.ZodType).fallback, origin: "default" };
    if (value === undefined) return { name, variables };
    return { name, value: isSecret(backend, name) ? "set" : String(value), origin, variables };
  });
}

/** Checks a backend's settings, but for a password that is in a file or a command. Throws USAGE. */
export function checkSettings(backend: Backend, input: EndInput, env: Environment): void {
  backend.locate(valuesOf(collect(backend, input, { which: "current", env })));
}

/** Variables of a known backend's prefix that nothing reads, with those that are read. */
export function unreadVariables(env: Environment): { name: string; read: string[] }[] {
  return BACKENDS.flatMap((backend) => {
    const prefix = `MEMORY_${backend.name.toUpperCase()}_`;
    const read = Object.keys(backend.config.shape).flatMap((setting) => variablesOf(backend, setting));
    const names = Object.keys(env).filter((name) => name.startsWith(prefix) && !read.includes(name));
    return names.map((name) => ({ name, read }));
  });
}

/** The variables that a backend's setting is read from, in order. */
function variablesOf(backend: Backend, setting: string): readonly string[] {
  return metaOf(backend, setting).env ?? [];
}

/** Makes every password in the environment known to `redact`, also of backends that are not used. */
export function registerEnvironmentSecrets(env: Environment): void {
  registerSecret(env[PASSWORD_VARIABLES.source]);
  registerSecret(env[PASSWORD_VARIABLES.target]);
  for (const backend of BACKENDS) {
    for (const setting of Object.keys(backend.config.shape)) {
      for (const variable of variablesOf(backend, setting)) {
        if (isSecret(backend, setting)) registerSecret(env[variable]);
        if (setting === "uri" && env[variable]) registerUriSecrets(env[variable]);
      }
    }
  }
}

/**
 * Settings that can be kept on disk: without a secret, and with a path that means the same everywhere. A URI
 * with a secret in its parameters is left out. A path is no secret, even where a password is a part of it.
 */
export function keepableSettings(
  backend: Backend,
  settings: Readonly<Record<string, string>>,
): Record<string, string> {
  const kept = Object.entries(settings)
    .filter(([name, value]) =>
      !isSecret(backend, name) && (name === "path" || redactUris(redact(value)) === value)
    )
    .map(([name, value]) => [name, name === "path" ? resolve(value) : value]);
  return Object.fromEntries(kept);
}

function collect(
  backend: Backend,
  input: EndInput,
  { which, env }: { which: WhichEnd; env: Environment },
): Record<string, Found> {
  const found: Record<string, Found> = {};
  for (const setting of Object.keys(backend.config.shape)) {
    const variable = variablesOf(backend, setting).find((name) => env[name]);
    if (variable) found[setting] = { value: env[variable]!, origin: variable };
  }
  const end = PASSWORD_VARIABLES[which];
  if (end && env[end] && takes(backend, "password")) found.password = { value: env[end], origin: end };
  takeCredentials(found, (setting) => found[setting] === undefined);
  for (const setting of ["path", "uri", "user", "database"] as const) {
    const value = input[setting];
    if (value === undefined) continue;
    requireSetting(backend, setting, which);
    found[setting] = { value, origin: flagOf(which, setting) };
  }
  if (input.uri !== undefined) {
    takeCredentials(found, (setting) => setting === "password" || input.user === undefined);
  }
  if (givenPasswordFlag(input, which)) requireSetting(backend, "password", which);
  if (found.path) found.path.value = expandHome(found.path.value, env);
  return found;
}

function valuesOf(found: Record<string, Found>): Record<string, string> {
  return Object.fromEntries(Object.entries(found).map(([name, { value }]) => [name, value]));
}

/** Moves user and password out of the URI, to where they count if `wins` says so. */
function takeCredentials(found: Record<string, Found>, wins: (setting: "user" | "password") => boolean) {
  if (!found.uri) return;
  registerUriSecrets(found.uri.value);
  const { origin } = found.uri;
  const { uri, user, password } = splitUri(found.uri.value);
  found.uri = { value: uri, origin };
  if (user !== undefined && wins("user")) found.user = { value: user, origin };
  if (password !== undefined && wins("password")) found.password = { value: password, origin };
}

async function givenPassword(
  input: EndInput,
  which: WhichEnd,
  { env, log, signal }: ResolveContext,
): Promise<string | undefined> {
  const origin = givenPasswordFlag(input, which);
  if (origin === undefined) return undefined;
  if (input.passwordFile !== undefined) {
    return await readPasswordFile(expandHome(input.passwordFile, env), { origin, log });
  }
  return await runPasswordCommand(input.passwordCommand!, { origin, log, signal });
}

function givenPasswordFlag(input: EndInput, which: WhichEnd): string | undefined {
  const given = (["passwordFile", "passwordCommand"] as const).filter((name) => input[name] !== undefined);
  const flags = given.map((name) => flagOf(which, name));
  if (flags.length > 1) throw new GraphError("USAGE", `Give either ${flags.join(" or ")}, not both`);
  return flags[0];
}

function requireSetting(backend: Backend, setting: ConnectionSetting, which: WhichEnd): void {
  if (takes(backend, setting)) return;
  const given = flagOf(which, setting);
  const instead = ({ path: "uri", uri: "path" } as const)[setting as "path" | "uri"];
  const way = instead && takes(backend, instead) ? `use ${flagOf(which, instead)}` : `leave ${given} out`;
  throw new GraphError("USAGE", `Backend ${backend.name} takes no ${setting}: ${way}`);
}

function takes(backend: Backend, setting: string): boolean {
  return setting in backend.config.shape;
}

function isSecret(backend: Backend, setting: string): boolean {
  return setting === "password" || metaOf(backend, setting).secret === true;
}

function metaOf(backend: Backend, setting: string): SchemaMeta {
  return unwrap(backend.config.shape[setting] as z.ZodType).meta;
}

/** The flag of a setting at an end, such as `--from-path`; a message names it. */
function flagOf(which: WhichEnd, setting: keyof EndInput | "password"): string {
  const prefix = PREFIXES[which];
  if (setting === "backend") return `--${prefix || setting}`;
  const name = setting === "password" ? "passwordFile" : setting;
  const kebab = kebabCase(name);
  return prefix ? `--${prefix}-${kebab}` : `--${kebab}`;
}
