import * as z from "zod";
import { storeFields, storeOf } from "../operations/ends.ts";
import {
  defineOperation,
  type Operation,
  type Profile,
  PROFILE_ALIASES,
  PROFILE_NAMES,
  PROFILES,
} from "../operations/operation.ts";
import type { Environment } from "../state.ts";

/** Serves MCP on stdio. A command and no tool; it prints nothing when it is done. */
export const serveCommand: Operation = defineOperation({
  name: "serve",
  summary: "Serve the graph to an agent over MCP on stdio",
  input: () =>
    z.object({
      ...storeFields,
      profile: z.enum(PROFILE_NAMES).optional()
        .describe("Tools to offer: core, extended, or full (default: MEMORY_TOOL_PROFILE or core)"),
      readOnly: z.boolean().default(false).describe("Offer only tools that change nothing"),
      allowMigrations: z.boolean().default(false)
        .describe("Migrate and import without asking where the client cannot ask the user"),
      allowFolder: z.array(z.string().min(1)).default([])
        .describe("Folder that tools may read and write files in, besides ~/.memorygraph").meta({
          value: "folder",
        }),
    }),
  output: () => z.object({}),
  examples: [
    { command: "memorygraph serve", does: "Serve the current backend; an agent's client starts this" },
    { command: "memorygraph serve --profile extended --read-only", does: "More tools, but nothing changes" },
  ],
  async run({ profile, readOnly, allowMigrations, allowFolder, ...input }, { env, log, signal }) {
    // Loaded only now: the protocol's schemas are many, and no other command needs them.
    const { serve } = await import("../mcp/serve.ts");
    await serve({
      end: storeOf(input),
      profile: profileOf(profile, env),
      isReadOnly: readOnly,
      allowMigrations,
      folders: allowFolder,
      env,
      log,
      signal,
    });
    return {};
  },
  render: () => "",
}) as unknown as Operation;

/** As upstream does, an unknown name in the environment means core. */
function profileOf(name: string | undefined, env: Environment): Profile {
  const chosen = (name ?? env.MEMORY_TOOL_PROFILE ?? "").toLowerCase();
  return PROFILE_ALIASES[chosen] ?? PROFILES.find((profile) => profile === chosen) ?? "core";
}
