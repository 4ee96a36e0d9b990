import { GraphError } from "../errors.ts";

/** Serves MCP on stdio until stdin ends. */
export function serve(): Promise<void> {
  return Promise.reject(
    new GraphError("NOT_SUPPORTED", "The MCP server is not built yet (run memorygraph --help for what is)"),
  );
}
