/** The graph as resources: memories, what is around them, statistics and reports of migrations. */
import {
  type McpServer,
  ResourceNotFoundError,
  ResourceTemplate,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { GraphError } from "../errors.ts";
import { stringifyJson } from "../model/json.ts";
import { getMemory } from "../operations/get.ts";
import { maskOf } from "../operations/operation.ts";
import { relatedMemories } from "../operations/related.ts";
import { memoryStatistics } from "../operations/stats.ts";
import { migrationStatus } from "./job_tools.ts";
import { schemaOf, toToolNames } from "../operations/tool_names.ts";
import { contextOf, type ServerParts } from "./server.ts";
import type { ToolSource } from "./tool.ts";

const JSON_TYPE = { mimeType: "application/json" };
/** Relationships that a subgraph reaches from its memory. */
const SUBGRAPH_DEPTH = 2;

/** Whose output a resource is. */
type Given = Pick<ToolSource, "output" | "holdsRecords">;

/** Registers the resources. */
export function registerResources(server: McpServer, parts: ServerParts): void {
  const give = async (uri: URL, source: Given, read: () => Promise<unknown>) => {
    try {
      const value = toToolNames(maskOf(source)(await read()), schemaOf(source.output, "output"));
      return { contents: [{ uri: uri.href, ...JSON_TYPE, text: stringifyJson(value) }] };
    } catch (error) {
      if (error instanceof GraphError && error.code === "NOT_FOUND") {
        throw new ResourceNotFoundError(uri.href, error.message);
      }
      throw error;
    }
  };
  server.registerResource(
    "statistics",
    "memorygraph://statistics",
    {
      ...JSON_TYPE,
      title: "Statistics",
      description: "Counts of memories and relationships by type",
    },
    (uri, call) => give(uri, memoryStatistics, () => memoryStatistics.run({}, contextOf(call, parts))),
  );

  server.registerResource(
    "memory",
    new ResourceTemplate("memorygraph://memory/{id}", { list: undefined }),
    { ...JSON_TYPE, title: "A memory", description: "A memory in full, with its relationships" },
    (uri, variables, call) =>
      give(uri, getMemory, () => {
        const input = getMemory.input.parse({ memoryId: idIn(variables) });
        return getMemory.run(input, contextOf(call, parts));
      }),
  );

  server.registerResource(
    "subgraph",
    new ResourceTemplate("memorygraph://subgraph/{id}", { list: undefined }),
    {
      ...JSON_TYPE,
      title: "What is around a memory",
      description: `Memories up to ${SUBGRAPH_DEPTH} relationships away`,
    },
    (uri, variables, call) =>
      give(uri, relatedMemories, () => {
        const input = relatedMemories.input.parse({ memoryId: idIn(variables), maxDepth: SUBGRAPH_DEPTH });
        return relatedMemories.run(input, contextOf(call, parts));
      }),
  );

  server.registerResource(
    "migration",
    new ResourceTemplate("memorygraph://migration/{id}", { list: (call) => listMigrations(call, parts) }),
    { ...JSON_TYPE, title: "A migration", description: "How a migration stands, or its report" },
    (uri, variables, call) =>
      give(
        uri,
        migrationStatus,
        () => migrationStatus.run({ jobId: idIn(variables) }, contextOf(call, parts)),
      ),
  );
}

/** The id in a URI; one that is not percent-encoded, such as "100%", is taken as it is. */
function idIn({ id }: Record<string, string | string[]>): string {
  try {
    return decodeURIComponent(String(id));
  } catch {
    return String(id);
  }
}

async function listMigrations(call: ServerContext, parts: ServerParts) {
  const { jobs } = await migrationStatus.run({}, contextOf(call, parts)) as {
    jobs: { jobId: string; state: string; source?: string; target?: string }[];
  };
  return {
    resources: jobs.map(({ jobId, state, source, target }) => ({
      ...JSON_TYPE,
      uri: `memorygraph://migration/${encodeURIComponent(jobId)}`,
      name: `migration ${jobId}`,
      description: `${state}${source && target ? `: ${source} to ${target}` : ""}`,
    })),
  };
}
