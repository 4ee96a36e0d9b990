/** Lines as JSON-RPC messages, or as the answers to lines that are none. */
import { type JSONRPCMessage, parseJSONRPCMessage } from "@modelcontextprotocol/server";
import { parseJson } from "../model/json.ts";

/** A message, or why there is none and what to answer. */
export type Received = { readonly message: JSONRPCMessage } | Refusal;

/** Why a line cannot be taken. */
export interface Refusal {
  readonly reason: string;
  /** Absent where it was itself an answer, which is never answered. */
  readonly answer?: ErrorAnswer;
}

/** An answer to a request that is none; its id is null where it cannot be known. */
export interface ErrorAnswer {
  readonly jsonrpc: "2.0";
  readonly id: string | number | null;
  readonly error: { readonly code: number; readonly message: string };
}

const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;

/** The messages in a line: one, or those of a batch, which protocol 2025-03-26 has. Nothing for a blank line. */
export function readMessages(bytes: Uint8Array): Received[] {
  let value: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (text.trim() === "") return [];
    // Metadata may have longer integers in it than a double holds.
    value = parseJson(text);
  } catch (error) {
    return [refuse(PARSE_ERROR, `A line is not JSON: ${(error as Error).message}`)];
  }
  if (!Array.isArray(value)) return [readMessage(value)];
  return value.length > 0 ? value.map(readMessage) : [refuse(INVALID_REQUEST, "A batch is empty")];
}

/** What to answer to a line that is longer than is taken. */
export function refuseLong(bytes: number, maxBytes: number): Refusal {
  return refuse(INVALID_REQUEST, `A message of ${bytes} bytes is longer than the ${maxBytes} that are taken`);
}

function readMessage(value: unknown): Received {
  try {
    return { message: parseJSONRPCMessage(value) };
  } catch {
    const fields = typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
    const id = typeof fields.id === "string" || Number.isInteger(fields.id) ? fields.id as string : null;
    const { reason, answer } = refuse(INVALID_REQUEST, "A line is no JSON-RPC 2.0 message", id);
    return "result" in fields || "error" in fields ? { reason } : { reason, answer };
  }
}

function refuse(code: number, reason: string, id: ErrorAnswer["id"] = null): Refusal {
  return { reason, answer: { jsonrpc: "2.0", id, error: { code, message: reason } } };
}
