/** The MCP server: every tool, resource and prompt over one connection. */
import { McpServer, type ServerContext, type StandardSchemaWithJSON } from "@modelcontextprotocol/server";
import { asGraphError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { stringifyJson } from "../model/json.ts";
import { maskOf, type Profile } from "../operations/operation.ts";
import type { ProgressSink } from "../pipeline/progress.ts";
import type { Environment } from "../state.ts";
import { VERSION } from "../version.ts";
import { approvalState, askApproval } from "./approval.ts";
import { toolFailure } from "./errors.ts";
import type { Jobs } from "./jobs.ts";
import { type JsonSchema, toolSchema, toToolNames } from "../operations/tool_names.ts";
import type { Policy } from "./policy.ts";
import { registerPrompts } from "./prompts.ts";
import { registerResources } from "./resources.ts";
import type { StoreSession } from "./store_session.ts";
import { annotationsOf, parseArguments, type Tool, type ToolContext, unknownArguments } from "./tool.ts";
import { toolsFor } from "./tools.ts";

/** What a server needs of its process. One for all connections. */
export interface ServerParts extends Pick<ToolContext, "end" | "current"> {
  readonly profile: Profile;
  readonly isReadOnly: boolean;
  readonly env: Environment;
  readonly log: Logger;
  readonly policy: Policy;
  readonly jobs: Jobs;
  readonly session: StoreSession;
}

const INSTRUCTIONS =
  `A lasting memory for agents: memories (solutions, problems, errors, decisions, ...) joined by typed relationships.
Recall before you start (recall_memories, get_recent_activity), store what will matter later (store_memory) and relate it
to what it solves or depends on (create_relationship). Ids come from store_memory and from every search.`;

/** Makes a server for one connection. */
export function createServer(parts: ServerParts): McpServer {
  const server = new McpServer({ name: "memorygraph", version: VERSION }, {
    capabilities: { tools: {}, resources: {}, prompts: {} },
    instructions: INSTRUCTIONS,
    requestState: { verify: approvalState.verify },
  });
  for (const tool of toolsFor(parts)) registerTool(server, tool, parts);
  registerResources(server, parts);
  registerPrompts(server);
  return server;
}

function registerTool(server: McpServer, tool: Tool, parts: ServerParts): void {
  const { source } = tool;
  const { tool: definition, summary } = source;
  server.registerTool(definition.name, {
    title: definition.title,
    description: definition.description ?? summary,
    annotations: annotationsOf(definition),
    // Checked by ourselves, for an error that names the parameter and the way out.
    inputSchema: unchecked(toolSchema(tool.inputSchema)),
    outputSchema: unchecked(toolSchema(tool.outputSchema)),
  }, async (given, call) => {
    try {
      const input = parseArguments(tool, given);
      const unknown = unknownArguments(tool, given);
      if (unknown.length > 0) parts.log.info(`${definition.name}: no such arguments: ${unknown.join(", ")}`);
      const context = contextOf(call, parts);
      const approval = await source.approve?.(input, context);
      if (approval) {
        const isAllowed = parts.policy.allowMigrations;
        const question = await askApproval(approval, {
          tool: definition.name,
          given: input,
          server,
          call,
          isAllowed,
        });
        if (question) return question;
      }
      const output = await source.run(input, context);
      return toolResult(toToolNames(maskOf(source)(output), tool.outputSchema));
    } catch (error) {
      parts.log.info(`${definition.name}: ${asGraphError(error).message}`);
      return toolFailure(error);
    }
  });
}

/** A schema that clients see, and that lets everything through. */
function unchecked(schema: JsonSchema): StandardSchemaWithJSON<Record<string, unknown>> {
  return {
    "~standard": {
      version: 1,
      vendor: "memorygraph",
      validate: (value) => ({ value: value as Record<string, unknown> }),
      jsonSchema: { input: () => ({ ...schema }), output: () => ({ ...schema }) },
    },
  };
}

function toolResult(value: unknown) {
  const text = stringifyJson(value);
  // Both come from the text, so that what JSON cannot hold is the same in both.
  return {
    content: [{ type: "text" as const, text }],
    structuredContent: JSON.parse(text) as Record<string, unknown>,
  };
}

/** What a call hands on to an operation. */
export function contextOf(call: ServerContext, parts: ServerParts): ToolContext {
  return {
    ...parts,
    signal: call.mcpReq.signal,
    progress: progressOf(call),
    memories: (purpose) => parts.session.borrow(purpose),
  };
}

/** Progress notifications at the most this often, besides the first of a phase. */
const PROGRESS_INTERVAL_MS = 100;

/** Sends progress to a client that asked for it; the number grows over all phases, as the protocol wants. */
function progressOf(call: ServerContext): ProgressSink {
  const progressToken = call.mcpReq._meta?.progressToken;
  if (progressToken === undefined) return () => {};
  let [sent, before, last, sentAt] = [-1, 0, 0, 0];
  let phase: string | undefined;
  return (event) => {
    if (event.phase !== phase) {
      before += last;
      phase = event.phase;
    } else if (event.state === "running" && Date.now() - sentAt < PROGRESS_INTERVAL_MS) return;
    last = event.done;
    const progress = Math.max(before + last, sent + 0.001);
    [sent, sentAt] = [progress, Date.now()];
    const message = `${event.phase}: ${event.done}${event.total ? ` of ${event.total}` : ""}`;
    call.mcpReq.notify({ method: "notifications/progress", params: { progressToken, progress, message } })
      .catch(() => {});
  };
}
