import type { z } from "zod";
import type { Logger } from "../log.ts";
import type { ProgressSink } from "../pipeline/progress.ts";
import { redactValue } from "../redact.ts";
import type { Environment } from "../state.ts";
import type { GraphStore } from "../store/store.ts";

/** The sets of tools that a server can offer; each holds those before it. `full` is all, whatever comes. */
export const PROFILES = ["core", "extended", "full"] as const;
/** One of {@linkcode PROFILES}. */
export type Profile = (typeof PROFILES)[number];

/** Upstream's older names of profiles. */
export const PROFILE_ALIASES: Readonly<Record<string, Profile>> = { lite: "core", standard: "extended" };
/** What a profile may be called. */
export const PROFILE_NAMES = [...PROFILES, "lite", "standard"] as const;

/** An operation as agents see it. Parameters are the input's keys in snake case. */
export interface ToolDefinition {
  /** Upstream's name where upstream has the tool. */
  readonly name: string;
  /** The smallest profile that offers it. */
  readonly profile: Profile;
  readonly title: string;
  /** When to use it and how, for a model. The summary where it is missing. */
  readonly description?: string;
  /**
   * What a call does: read the graph; add to it; change or remove what is there, where the same call again
   * changes nothing more; or reach out to other databases and change them.
   */
  readonly effect: "read" | "add" | "change" | "migrate";
  /** Whether the same call again changes nothing more, where the effect does not say it. */
  readonly isIdempotent?: boolean;
  /** Whether it may contact other databases, where the effect does not say it. */
  readonly reachesOut?: boolean;
}

/** What an operation receives from the edge it was called through (CLI, MCP or library). */
export interface OperationContext {
  /** Aborted by Ctrl-C or by a client's cancellation. */
  readonly signal: AbortSignal;
  readonly progress: ProgressSink;
  readonly log: Logger;
  /** Environment variables; operations read no other. */
  readonly env: Environment;
  /** The current store, where the edge keeps it open: see `openMemories`. */
  readonly memories?: (purpose: StorePurpose) => Promise<GraphStore & AsyncDisposable>;
}

/** What a memory operation wants of a store: to look, to search, to change what is there, or to add to it. */
export type StorePurpose = "read" | "search" | "write" | "create";

/** A column of a table. */
export interface Column {
  readonly name: string;
  /** How narrow it may become where there is little room; without it, its texts are never cut. */
  readonly least?: number;
  /** Whether it is left out where there is no room. */
  readonly isExtra?: boolean;
}

/** What a table shows of a row in a column; numbers stand to the right. */
export type Cell = string | number | undefined;

/** Draws rows as a table that fits the terminal. */
export type DrawTable = (columns: readonly Column[], rows: readonly (readonly Cell[])[]) => string;

/** What a rendering may depend on beside the result. */
export interface RenderContext<Input = unknown> {
  readonly input: Input;
  /** There where the lines go to a terminal. */
  readonly table?: DrawTable;
}

/** One use case, seen as a command, a tool and a library call. */
export interface Operation<
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodObject = z.ZodObject,
> {
  /** The command's name, such as `migrate`. */
  readonly name: string;
  readonly summary: string;
  /** Keys become flags (`fromPath` is `--from-path`); each has `.describe()`. Positional keys are in `positionals`. */
  readonly input: Input;
  readonly output: Output;
  /**
   * Whether the output is the user's own records. They are given exactly: a word in them that happens to be a
   * password would be stored masked by whoever changes a record that it read.
   */
  readonly holdsRecords?: boolean;
  /** Input keys that the command takes by position, in order. */
  readonly positionals?: readonly string[];
  /** Input key whose value is read from stdin where it is `-`, or where it is missing and stdin is a pipe. */
  readonly stdin?: string;
  /** How agents see it; without it, it is no tool. */
  readonly tool?: ToolDefinition;
  /** Command lines with what they do, for `--help`. */
  readonly examples?: readonly { readonly command: string; readonly does: string }[];
  /** Throws GraphError; never returns a failure as a value. */
  run(input: z.output<Input>, context: OperationContext): Promise<z.output<Output>>;
  /** The result as lines for a person; without it, or where it returns undefined, the CLI prints the fields. */
  render?(output: z.output<Output>, context: RenderContext<z.output<Input>>): string | undefined;
  /** The exit code of a result that is an answer rather than an error, such as differences found. */
  exitCode?(output: z.output<Output>): number;
}

/** Masks secrets in what an operation gives, but in the user's records. */
export function maskOf({ holdsRecords }: Pick<Operation, "holdsRecords">): <T>(value: T) => T {
  return holdsRecords ? (value) => value : (value) => redactValue(value) as typeof value;
}

/** An operation as its author writes it: its schemas are functions. */
export type OperationSource<Input extends z.ZodObject, Output extends z.ZodObject> =
  & Omit<Operation<Input, Output>, "input" | "output">
  & SchemaSource<Input, Output>;

/** Schemas as functions, to be called when a schema is first asked for. */
export interface SchemaSource<Input extends z.ZodObject, Output extends z.ZodObject> {
  readonly input: () => Input;
  readonly output: () => Output;
}

/**
 * Carries an operation's definition and its handler together, with `run` typed by the schemas.
 *
 * @example
 * ```ts
 * export const health = defineOperation({
 *   name: "health",
 *   summary: "Say what a backend holds and whether it works",
 *   input: () => z.object({ backend: BackendNameSchema.optional().describe("Backend to look at") }),
 *   output: () => HealthSchema,
 *   run: async ({ backend }, context) => { ... },
 * });
 * ```
 */
export function defineOperation<Input extends z.ZodObject, Output extends z.ZodObject>(
  source: OperationSource<Input, Output>,
): Operation<Input, Output> {
  return withSchemas(source) as unknown as Operation<Input, Output>;
}

/**
 * Makes each schema at its first use and keeps it. One process uses few of the operations, and making the
 * schemas of all of them was a good part of its start.
 */
export function withSchemas<Input extends z.ZodObject, Output extends z.ZodObject>(
  source: SchemaSource<Input, Output>,
): { readonly input: Input; readonly output: Output } {
  let [input, output]: [Input?, Output?] = [];
  return Object.defineProperties({ ...source } as unknown as { input: Input; output: Output }, {
    input: { get: () => input ??= source.input() },
    output: { get: () => output ??= source.output() },
  });
}
