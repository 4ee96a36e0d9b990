/** A tool: an operation, or something that only a server has, in one shape. */
import type { ToolAnnotations } from "@modelcontextprotocol/server";
import * as z from "zod";
import { OPERATIONS } from "../operations/mod.ts";
import { STORE_KEYS } from "../operations/memory_stores.ts";
import {
  type OperationContext,
  type Profile,
  PROFILES,
  type SchemaSource,
  type ToolDefinition,
  withSchemas,
} from "../operations/operation.ts";
import { snakeCase } from "../model/fields.ts";
import type { EndInput, ResolvedEnd } from "../settings.ts";
import type { Approval } from "./approval.ts";
import type { Jobs } from "./jobs.ts";
import { invalidArguments } from "./errors.ts";
import { fromToolNames, type JsonSchema } from "../operations/tool_names.ts";
import type { Policy } from "./policy.ts";
import type { ToolSchemas } from "./tool_schemas.ts";
import type { StoreSession } from "./store_session.ts";

/** What a tool's call receives: what an operation does, and the server's own parts. */
export interface ToolContext extends OperationContext {
  /** The store that is served, as it was given on the command line. */
  readonly end: EndInput;
  /** The same, resolved. */
  readonly current: () => Promise<ResolvedEnd>;
  readonly policy: Policy;
  readonly jobs: Jobs;
  readonly session: StoreSession;
}

/** A tool as its author writes it; an operation with `tool` fits too. */
export interface ToolSource<
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodObject = z.ZodObject,
> {
  readonly summary: string;
  readonly tool: ToolDefinition;
  readonly input: Input;
  readonly output: Output;
  /** As an operation's. */
  readonly holdsRecords?: boolean;
  /** What the user must agree to before `run`; undefined where nothing. Throws GraphError to refuse. */
  approve?(input: z.output<Input>, context: ToolContext): Promise<Approval | undefined>;
  run(input: z.output<Input>, context: ToolContext): Promise<z.output<Output>>;
}

/** Types a tool's functions by its schemas, which are made at their first use. */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>(
  tool: Omit<ToolSource<Input, Output>, "input" | "output"> & SchemaSource<Input, Output>,
): ToolSource {
  return withSchemas(tool) as unknown as ToolSource;
}

/** A tool ready to be served. Its zod schemas are not made before its first call. */
export interface Tool extends ToolSchemas {
  readonly source: ToolSource;
}

/** The operations that are tools, without the inputs that name a store: a server has one. */
export function operationTools(): ToolSource[] {
  return OPERATIONS.flatMap((operation) => {
    const { summary, tool, holdsRecords } = operation;
    if (tool === undefined) return [];
    return [defineTool({
      summary,
      holdsRecords,
      tool,
      input: () => {
        const own = Object.entries(operation.input.shape).filter(([key]) => !STORE_KEYS.includes(key));
        return z.object(Object.fromEntries(own));
      },
      output: () => operation.output,
      run: (input, context) => operation.run(input, context),
    })];
  });
}

/** A tool's arguments as its input. Throws USAGE that names the parameter. */
export function parseArguments({ source, inputSchema }: Tool, given: unknown): Record<string, unknown> {
  const result = source.input.safeParse(fromToolNames(given ?? {}, inputSchema));
  if (result.success) return result.data;
  throw invalidArguments(source.tool.name, result.error.issues[0]!);
}

/**
 * Names of arguments that a tool does not have. They are let through, since agents set up for upstream's server
 * may send some; nested ones are named with what they are in.
 */
export function unknownArguments({ inputSchema }: Pick<Tool, "inputSchema">, given: unknown): string[] {
  return namesBeside(inputSchema, fromToolNames(given ?? {}, inputSchema));
}

function namesBeside({ properties }: JsonSchema, given: unknown): string[] {
  if (!properties || typeof given !== "object" || given === null) return [];
  return Object.entries(given).flatMap(([name, value]) => {
    const inner = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (!inner) return [name];
    return namesBeside(inner, value).map((nested) => `${snakeCase(name)}.${nested}`);
  });
}

/** Whether a profile offers a tool. */
export function isOffered({ tool }: ToolSource, profile: Profile): boolean {
  return PROFILES.indexOf(tool.profile) <= PROFILES.indexOf(profile);
}

/** Hints for the client, true to what the tool does. */
export function annotationsOf({ title, effect, isIdempotent, reachesOut }: ToolDefinition): ToolAnnotations {
  const isReading = effect === "read";
  return {
    title,
    readOnlyHint: isReading,
    destructiveHint: effect === "change" || effect === "migrate",
    idempotentHint: isIdempotent ?? effect !== "add",
    openWorldHint: reachesOut ?? effect === "migrate",
  };
}
