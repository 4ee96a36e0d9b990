/** Failures as a model reads them: what happened, which parameter is at fault and what to do. */
import type { z } from "zod";
import { asGraphError, GraphError } from "../errors.ts";
import { snakeCase } from "../model/fields.ts";
import { stringifyJson } from "../model/json.ts";
import { redactUris, redactValue } from "../redact.ts";

/** A failed call's result. */
export interface ToolFailure {
  readonly [key: string]: unknown;
  readonly isError: true;
  readonly content: [{ type: "text"; text: string }];
}

/**
 * Any failure as a tool's result. Never an exception: a model cannot read those. Only as text: clients of SDK 1
 * hold structured content against the output schema, failed or not.
 */
export function toolFailure(thrown: unknown): ToolFailure {
  const error = asGraphError(thrown);
  const { field, ...details } = error.details ?? {};
  // The way out is what the message ends with, in parentheses.
  const [, advice] = /\(([^()]*)\)$/.exec(error.message) ?? [];
  const failure = redactValue({
    error: {
      code: error.code,
      message: redactUris(error.message),
      ...(typeof field === "string" && { field: snakeCase(field) }),
      ...(advice && { advice }),
      retry: error.retry,
      ...(Object.keys(details).length > 0 && { details }),
    },
  }) as Record<string, unknown>;
  return { isError: true, content: [{ type: "text", text: stringifyJson(failure) }] };
}

/** Arguments that do not fit the schema, as an error that names the first parameter at fault. */
export function invalidArguments(tool: string, issue: z.core.$ZodIssue): GraphError {
  const unknown = issue.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
  const field = [...issue.path.map((part) => typeof part === "string" ? snakeCase(part) : part), ...unknown]
    .join(".");
  const isMissing = issue.code === "invalid_type" && /received undefined/.test(issue.message);
  const reason = isMissing
    ? "it is required"
    : unknown.length > 0
    ? "there is no such argument"
    : issue.message.replace(/^[A-Z]/, (letter) => letter.toLowerCase());
  const message = field
    ? `${isMissing ? "Missing" : "Invalid"} argument "${field}" of ${tool}: ${reason}`
    : `Invalid arguments of ${tool}: ${reason}`;
  return new GraphError("USAGE", `${message} (correct it and call again)`, {
    ...(field && { details: { field } }),
  });
}
