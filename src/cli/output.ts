/** Results and failures as text for a person or as one JSON document. */
import type { GraphError } from "../errors.ts";
import { isJsonObject, stringifyJson } from "../model/json.ts";
import { redactUris, redactValue } from "../redact.ts";

/** The JSON document of a result. */
export function resultDocument(output: Record<string, unknown>, exitCode: number): string {
  return stringifyJson({ ok: exitCode === 0, ...output });
}

/** The JSON document of a failure, secrets masked. */
export function errorDocument(error: GraphError): string {
  const { code, end, exitCode, retry, details } = error;
  const message = redactUris(error.message);
  return stringifyJson(redactValue({ ok: false, error: { code, message, end, exitCode, retry, details } }));
}

/** A failure as lines for stderr. `hint` says what to do next. */
export function errorText(error: GraphError, hint?: string): string {
  return printable([`Error: ${error.message}`, ...hint ? [hint] : []].join("\n"));
}

/** An error's stack and those of its causes; only for level debug. */
export function stackText(error: unknown): string {
  const lines: string[] = [];
  for (let next: unknown = error; next !== undefined; next = next instanceof Error ? next.cause : undefined) {
    lines.push(next instanceof Error ? next.stack ?? String(next) : String(next));
  }
  return printable(lines.join("\ncaused by: "));
}

/** Text without control characters: one in a record or from a server must not steer the terminal. */
export function printable(text: string): string {
  // Not as JSON.stringify writes them, which leaves DEL and those above it.
  return text.replace(
    /[^\P{Cc}\n\t]/gu,
    (control) => `\\u${control.codePointAt(0)!.toString(16).padStart(4, "0")}`,
  );
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
