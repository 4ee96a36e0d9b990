/** The agents' clients that a server can be installed in: where each keeps its configuration, and how. */
import { join } from "node:path";
import { GraphError } from "../errors.ts";
import { isJsonObject, type JsonObject, parseJson, stringifyJson } from "../model/json.ts";
import { type Environment, homeDirectory } from "../state.ts";
import { replaceEntry } from "./toml_entry.ts";

/** How a client starts the server. */
export interface ServerEntry {
  readonly command: string;
  readonly args: readonly string[];
  /** Variables that the server needs, beside those that the client's user set. */
  readonly env: Readonly<Record<string, string>>;
}

/** A client's configuration file. */
export interface AgentClient {
  readonly title: string;
  /** Where the file is. */
  file(env: Environment): string;
  /**
   * The file's text with the server in it. An entry of the same name starts the server in the new way, and keeps
   * all else that it has, such as its variables. Throws FILE_INVALID.
   */
  merge(text: string, name: string, entry: ServerEntry): Promise<string>;
}

/** A folder for application data, which every system has elsewhere. */
function applicationData(env: Environment): string {
  const home = homeDirectory(env);
  switch (Deno.build.os) {
    case "darwin":
      return join(home, "Library", "Application Support");
    case "windows":
      return env.APPDATA ?? join(home, "AppData", "Roaming");
    default:
      return env.XDG_CONFIG_HOME || join(home, ".config");
  }
}

/** Every client, by its name on the command line. */
export const AGENT_CLIENTS = {
  "claude-code": {
    title: "Claude Code",
    file: (env) => join(homeDirectory(env), ".claude.json"),
    merge: mergeJson("mcpServers"),
  },
  "claude-desktop": {
    title: "Claude Desktop",
    file: (env) => join(applicationData(env), "Claude", "claude_desktop_config.json"),
    merge: mergeJson("mcpServers"),
  },
  "cursor": {
    title: "Cursor",
    file: (env) => join(homeDirectory(env), ".cursor", "mcp.json"),
    merge: mergeJson("mcpServers"),
  },
  "vscode": {
    title: "VS Code",
    file: (env) => join(applicationData(env), "Code", "User", "mcp.json"),
    merge: mergeJson("servers", { type: "stdio" }),
  },
  "codex": {
    title: "Codex",
    file: (env) => join(homeDirectory(env), ".codex", "config.toml"),
    merge: mergeToml,
  },
} as const satisfies Record<string, AgentClient>;

/** A client's name. */
export type AgentClientName = keyof typeof AGENT_CLIENTS;

function mergeJson(member: string, more: JsonObject = {}): AgentClient["merge"] {
  return (text, name, entry) => {
    const document = text.trim() === "" ? {} : parse(text);
    const servers = memberOf(document, member);
    const server = { ...changed(memberOf(servers, name), entry), ...more };
    return Promise.resolve(indented({ ...document, [member]: { ...servers, [name]: server } }) + "\n");
  };
}

function mergeToml(text: string, name: string, entry: ServerEntry): Promise<string> {
  return replaceEntry(text, ["mcp_servers", name], (old) => changed(old, entry));
}

function changed(old: JsonObject, { command, args, env }: ServerEntry): JsonObject {
  const variables = { ...(isJsonObject(old.env) && old.env), ...env };
  return { ...old, command, args: [...args], ...(Object.keys(env).length > 0 && { env: variables }) };
}

function parse(text: string): JsonObject {
  try {
    // `parseJson` understands more than the clients do.
    JSON.parse(text);
    const document = parseJson(text);
    if (isJsonObject(document)) return document;
  } catch {
    // Told below.
  }
  throw invalid("is not plain JSON, perhaps because of comments");
}

function memberOf(parent: JsonObject, name: string): JsonObject {
  const member = Object.hasOwn(parent, name) ? parent[name] : {};
  if (isJsonObject(member)) return member;
  throw invalid(`has something else than an object as "${name}"`);
}

function invalid(reason: string): GraphError {
  return new GraphError(
    "FILE_INVALID",
    `The client's configuration ${reason} (add what is printed without --write by hand)`,
  );
}

// TypeScript 6 does not declare it (ES2026).
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/** JSON over several lines, every number exactly as `parseJson` read it. */
function indented(document: JsonObject): string {
  const exact = (_key: string, value: unknown) =>
    typeof value === "number" || typeof value === "bigint" ? rawJSON(stringifyJson(value)) : value;
  return JSON.stringify(document, exact, 2);
}
