import { asGraphError, GraphError } from "../errors.ts";
import type { Operation } from "../operations/operation.ts";
import { unwrap } from "../schema.ts";
import type { Input } from "./io.ts";

/**
 * What the user gave, with the operation's stdin value read where it is `-`, or where it is required, missing
 * and stdin is a pipe. An optional value is never waited for: a script's stdin may be a pipe that stays open.
 */
export async function withStdin(
  operation: Operation,
  given: Readonly<Record<string, unknown>>,
  stdin: Input,
): Promise<Readonly<Record<string, unknown>>> {
  const key = operation.stdin;
  if (key === undefined) return given;
  const isMissing = given[key] === undefined && !unwrap(operation.input.shape[key]!).optional;
  if (given[key] !== "-" && !(isMissing && !stdin.isTerminal)) return given;
  const text = await read(stdin);
  // What a shell adds is not the user's; nothing at all is a value that is missing.
  return text === "" && isMissing ? given : { ...given, [key]: text.replace(/\r?\n$/, "") };
}

async function read(stdin: Input): Promise<string> {
  try {
    return await stdin.readText();
  } catch (error) {
    const reason = error instanceof TypeError ? "it is not UTF-8 text" : asGraphError(error).message;
    throw new GraphError("USAGE", `Cannot read from stdin: ${reason}`, { cause: error });
  }
}
