/** The agents' clients that a server can be installed in: where each keeps its configuration, and how. */
import { join } from "node:path";
import { GraphError } from "../errors.ts";
import { isJsonObject, type JsonObject } from "../model/json.ts";
import { type Environment, homeDirectory } from "../state.ts";

/** How a client starts the server. */
export interface ServerEntry {
  readonly command: string;
  readonly args: readonly string[];
}

/** A client's configuration file. */
export interface AgentClient {
  readonly title: string;
  /** Where the file is. */
  file(env: Environment): string;
  /** The file's text with the server in it, in place of an entry of the same name. Throws FILE_INVALID. */
  merge(text: string, name: string, entry: ServerEntry): string;
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
  return (text, name, { command, args }) => {
    const document = text.trim() === "" ? {} : parse(text);
    const servers = isJsonObject(document[member]) ? document[member] : {};
    const entry = { ...more, command, args: [...args] };
    return JSON.stringify({ ...document, [member]: { ...servers, [name]: entry } }, null, 2) + "\n";
  };
}

function parse(text: string): JsonObject {
  try {
    const document = JSON.parse(text);
    if (isJsonObject(document)) return document;
  } catch {
    // Told below.
  }
  throw new GraphError(
    "FILE_INVALID",
    "The client's configuration is not plain JSON, perhaps because of comments (add what is printed without --write by hand)",
  );
}

/** A table of its own at the end; tables of other servers, comments and all else stay as they are. */
function mergeToml(text: string, name: string, { command, args }: ServerEntry): string {
  const header = `[mcp_servers.${name}`;
  let isOurs = false;
  const others = text.split("\n").filter((line) => {
    if (line.trimStart().startsWith("[")) {
      isOurs = [`${header}]`, `${header}.`].some((start) => line.trim().startsWith(start));
    }
    return !isOurs;
  });
  const kept = others.join("\n").trimEnd();
  // JSON's strings are TOML's basic strings.
  const table = [
    `${header}]`,
    `command = ${JSON.stringify(command)}`,
    `args = [${args.map((arg) => JSON.stringify(arg)).join(", ")}]`,
  ];
  return [...(kept ? [kept, ""] : []), ...table, ""].join("\n");
}
