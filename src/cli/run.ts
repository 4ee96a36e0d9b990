import { asGraphError } from "../errors.ts";
import type { Operation } from "../operations/operation.ts";
import { VERSION } from "../version.ts";
import type { CliIo } from "./io.ts";

/**
 * Runs one command line and returns the process's exit code. Never throws. Results go to stdout, everything
 * else to stderr; with `--json`, stdout receives exactly one document, also on failure.
 */
export async function runCli(
  argv: readonly string[],
  io: CliIo,
  operations?: readonly Operation[],
): Promise<number> {
  try {
    return await dispatch(argv, io, operations);
  } catch (error) {
    io.stderr.write(`Error: ${asGraphError(error).message}\n`);
    return 1;
  }
}

async function dispatch(
  argv: readonly string[],
  io: CliIo,
  operations: readonly Operation[] | undefined,
): Promise<number> {
  if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) {
    io.stdout.write(`memorygraph ${VERSION}\n`);
    return 0;
  }
  // Loaded only now: the operations bring schemas and backends with them, and scripts ask for versions often.
  const { runCommandLine } = await import("./command_line.ts");
  return await runCommandLine(argv, io, operations);
}
