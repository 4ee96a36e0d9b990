import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { snakeCase } from "../model/fields.ts";
import { AGENT_CLIENTS, type AgentClientName, type ServerEntry } from "./agent_clients.ts";
import { storeFields, storeOf } from "./ends.ts";
import { defineOperation, PROFILES } from "./operation.ts";

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
      profile: z.enum(PROFILES).optional().describe("Tools to offer (default: core)"),
      readOnly: z.boolean().default(false).describe("Offer only tools that change nothing"),
      ...storeFields,
    }),
  output: () =>
    z.object({
      client: z.string(),
      file: z.string().describe("The client's configuration file"),
      command: z.string(),
      args: z.array(z.string()),
      configuration: z.string().describe("What the file has to have"),
      written: z.boolean(),
      backup: z.string().optional().describe("The file as it was before"),
    }),
  examples: [
    { command: "memorygraph install claude-code", does: "Show the configuration" },
    { command: "memorygraph install cursor --write --profile extended", does: "Write it, with more tools" },
  ],
  run({ client, write, profile, readOnly, ...input }, { env }) {
    const { file: fileOf, merge } = AGENT_CLIENTS[client];
    const file = fileOf(env);
    const entry = entryFor([
      ...flagsFor({ ...storeOf(input), profile }),
      ...(readOnly ? ["--read-only"] : []),
    ]);
    const answer = { client, file, ...entry, args: [...entry.args], configuration: merge("", NAME, entry) };
    if (!write) return Promise.resolve({ ...answer, written: false });
    const before = existsSync(file) ? readFileSync(file, "utf8") : undefined;
    const after = merge(before ?? "", NAME, entry);
    if (after === before) return Promise.resolve({ ...answer, written: false });
    const backup = before === undefined ? undefined : `${file}.before-${NAME}-${Date.now()}`;
    if (backup) copyFileSync(file, backup);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.tmp`, after, { mode: 0o600 });
    renameSync(`${file}.tmp`, file);
    return Promise.resolve({ ...answer, written: true, backup });
  },
  render: ({ client, file, configuration, written, backup }) =>
    written
      ? `wrote ${file}${backup ? ` (as it was: ${backup})` : ""}; restart ${
        AGENT_CLIENTS[client as AgentClientName].title
      }`
      : `${file}:\n\n${configuration}`,
});

function flagsFor(settings: Record<string, string | undefined>): string[] {
  return Object.entries(settings)
    .flatMap(([key, value]) =>
      value === undefined ? [] : [`--${snakeCase(key).replaceAll("_", "-")}`, value]
    );
}

/** This program, so that the client needs nothing on its PATH. */
function entryFor(flags: readonly string[]): ServerEntry {
  const serve = ["serve", ...flags];
  if (Deno.build.standalone) return { command: Deno.execPath(), args: serve };
  return { command: Deno.execPath(), args: ["run", "-qA", fileURLToPath(Deno.mainModule), ...serve] };
}
