/** What tools take and give, as JSON Schema. An executable has them ready: making them was a tenth of its start. */
import { type JsonSchema, schemaOf } from "../operations/tool_names.ts";
import type { ToolSource } from "./tool.ts";

/** The JSON Schemas of one tool, in the operation's names. */
export interface ToolSchemas {
  readonly inputSchema: JsonSchema;
  readonly outputSchema: JsonSchema;
}

/** The file in an executable that holds the schemas of every tool, by the tool's name, beside the code. */
export const TOOL_SCHEMAS_FILE = "tool_schemas.json";

/** The schemas of a tool, made of its zod schemas. */
export function makeToolSchemas({ input, output }: Pick<ToolSource, "input" | "output">): ToolSchemas {
  return { inputSchema: schemaOf(input, "input"), outputSchema: schemaOf(output, "output") };
}

/** The schemas of these tools, in their order. */
export function schemasOfTools(tools: readonly ToolSource[]): ToolSchemas[] {
  if (!Deno.build.standalone) return tools.map(makeToolSchemas);
  const file = new URL(TOOL_SCHEMAS_FILE, import.meta.url);
  const ready = JSON.parse(Deno.readTextFileSync(file)) as Record<string, ToolSchemas>;
  return tools.map(({ tool }) => ready[tool.name]!);
}
