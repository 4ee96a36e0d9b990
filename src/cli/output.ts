/** Results and failures as text for a person or as one JSON document. Secrets are masked here, last of all. */
import type { GraphError } from "../errors.ts";
import { isJsonObject, stringifyJson } from "../model/json.ts";
import { redact, redactUris, redactValue } from "../redact.ts";

/** The JSON document of a result. */
export function resultDocument(output: Record<string, unknown>, exitCode: number): string {
  return stringifyJson(redactValue({ ok: exitCode === 0, ...output }));
}

/** The JSON document of a failure. */
export function errorDocument(error: GraphError): string {
  const { code, end, exitCode, retry, details } = error;
  const message = redactUris(error.message);
  return stringifyJson(redactValue({ ok: false, error: { code, message, end, exitCode, retry, details } }));
}

/** A failure as lines for stderr. `hint` says what to do next. */
export function errorText(error: GraphError, hint?: string): string {
  const lines = [`Error: ${redactUris(error.message)}`, ...hint ? [hint] : []];
  return redact(lines.join("\n"));
}

/** An error's stack and those of its causes; only for level debug. */
export function stackText(error: unknown): string {
  const lines: string[] = [];
  for (let next: unknown = error; next !== undefined; next = next instanceof Error ? next.cause : undefined) {
    lines.push(next instanceof Error ? next.stack ?? String(next) : String(next));
  }
  return redact(redactUris(lines.join("\ncaused by: ")));
}

/** A result's fields as indented lines, for an operation that has no text of its own. */
export function fieldsText(value: unknown, indent = ""): string {
  if (Array.isArray(value)) return value.map((item) => `${indent}- ${inline(item)}`).join("\n");
  if (!isJsonObject(value)) return indent + inline(value);
  return Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) =>
      isNested(item)
        ? `${indent}${words(key)}:\n${fieldsText(item, indent + "  ")}`
        : `${indent}${words(key)}: ${inline(item)}`
    )
    .join("\n");
}

function isNested(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : isJsonObject(value) && Object.keys(value).length > 0;
}

function inline(value: unknown): string {
  if (Array.isArray(value) && value.length === 0) return "none";
  return typeof value === "string" ? value : stringifyJson(value);
}

function words(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
