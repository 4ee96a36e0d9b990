import { CommanderError } from "commander";
import { asGraphError, GraphError } from "../errors.ts";
import { createLogger, LOG_LEVELS, type LogLevel } from "../log.ts";
import { OPERATIONS } from "../operations/mod.ts";
import { type DrawTable, maskOf, type Operation } from "../operations/operation.ts";
import { redact, redactUris, registerUriSecrets } from "../redact.ts";
import { registerEnvironmentSecrets } from "../settings.ts";
import type { Environment } from "../state.ts";
import { VERSION } from "../version.ts";
import { flagsOf, parseInput } from "./flags.ts";
import { untilInterrupted } from "./interrupt.ts";
import type { CliIo } from "./io.ts";
import { errorDocument, errorText, fieldsText, printable, resultDocument, stackText } from "./output.ts";
import { createProgram, globalOptions } from "./program.ts";
import { createProgress, type ProgressDisplay } from "./progress.ts";
import { serveCommand } from "./serve.ts";
import { withStdin } from "./stdin.ts";
import { fromUpstreamFlags } from "./upstream_flags.ts";
import { firstOperand, splitUnknownFlags, usageError } from "./usage.ts";

/** Runs a command line that asks for more than the version: see `runCli`. */
export async function runCommandLine(
  argv: readonly string[],
  io: CliIo,
  operations: readonly Operation[] = OPERATIONS,
): Promise<number> {
  for (const argument of argv) registerUriSecrets(argument);
  registerEnvironmentSecrets(io.env);
  return await run(argv, withMaskedStderr(withHarmlessStdout(io)), operations);
}

async function run(
  given: readonly string[],
  surroundings: CliIo,
  operations: readonly Operation[],
): Promise<number> {
  const { argv, env } = fromUpstreamFlags({ argv: given, env: surroundings.env }, takesValue);
  const io = { ...surroundings, env };
  let globals: Globals = { json: argv.includes("--json"), level: "warn", isQuiet: false };
  let exitCode = 0;
  const commands = [...operations, serveCommand];
  const operand = firstOperand(argv, takesValue);
  const args = operand === undefined && servesBare(argv, io) ? [serveCommand.name, ...argv] : argv;
  const program = createProgram({
    operations: commands,
    args,
    version: VERSION,
    columns: io.columns(),
    writeOut: (text) => io.stdout.write(redact(text)),
    action: async (operation, given, options) => {
      globals = parseGlobals(options, io.env);
      exitCode = await runOperation(operation, { given, globals, io });
    },
  });
  const name = args === argv ? operand : serveCommand.name;
  const command = program.commands.find((candidate) => candidate.name() === name);
  if (argv.length === 0 && args === argv) {
    program.outputHelp();
    return 0;
  }
  try {
    const helped = operand === "help" ? argv[argv.indexOf(operand) + 1] : undefined;
    const isUnknown = helped !== undefined && program.commands.every((known) => known.name() !== helped);
    // Help about a command that there is not fails as that command does, and that about help is help alone:
    // commander would not say either.
    const words = isUnknown ? [helped] : splitUnknownFlags(args, command ?? program);
    await program.parseAsync(words, { from: "user" });
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
    const error = thrown instanceof CommanderError ? usageError(thrown) : asGraphError(thrown);
    if (globals.json) io.stdout.write(errorDocument(error) + "\n");
    io.stderr.write(errorText(error, hintFor(error, command?.name())) + "\n");
    if (globals.level === "debug") io.stderr.write(stackText(thrown) + "\n");
    return error.exitCode;
  }
}

const ASKS_FOR_TEXT = new Set(["-h", "--help", "-V", "--version"]);

/**
 * Whether an agent is at the other end, where no command is named: stdin is a pipe. Flags of `serve` may be given
 * then, as upstream's server takes them.
 */
function servesBare(argv: readonly string[], { stdin }: CliIo): boolean {
  return !stdin.isTerminal && !argv.some((argument) => ASKS_FOR_TEXT.has(argument));
}

/** Whether a flag before or instead of a command takes the argument after it. */
function takesValue(flag: string): boolean {
  return globalOptions().some(({ long, required }) => required && long === flag) ||
    flagsOf(serveCommand).some(({ name, kind }) => kind !== "boolean" && flag === `--${name}`);
}

/** Nothing reaches stderr but through here, whoever wrote it. */
function withMaskedStderr(io: CliIo): CliIo {
  const { isTerminal } = io.stderr;
  return { ...io, stderr: { isTerminal, write: (text) => io.stderr.write(redact(redactUris(text))) } };
}

/** On a terminal, results are shown without control characters; elsewhere they go on as they are. */
function withHarmlessStdout(io: CliIo): CliIo {
  const { isTerminal } = io.stdout;
  if (!isTerminal) return io;
  return { ...io, stdout: { isTerminal, write: (text) => io.stdout.write(printable(text)) } };
}

interface Globals {
  readonly json: boolean;
  readonly level: LogLevel;
  readonly isQuiet: boolean;
  /** What the user is told once logging has begun. */
  readonly warning?: string;
}

const LEVEL_VARIABLE = "MEMORY_LOG_LEVEL";

function parseGlobals(options: Record<string, unknown>, env: Environment): Globals {
  const given = options.logLevel as string | undefined;
  if (given !== undefined && !levelNamed(given)) {
    throw new GraphError(
      "USAGE",
      `Invalid value "${given}" for --log-level: choose one of ${LOG_LEVELS.join(", ")}`,
    );
  }
  if (options.quiet && options.verbose) {
    throw new GraphError("USAGE", "Give either --quiet or --verbose, not both");
  }
  const flag = levelNamed(given) ?? (options.verbose ? "info" : options.quiet ? "error" : undefined);
  const variable = flag ? undefined : env[LEVEL_VARIABLE];
  const fromVariable = levelNamed(variable);
  return {
    json: options.json === true,
    level: flag ?? fromVariable ?? "warn",
    isQuiet: options.quiet === true,
    warning: variable && !fromVariable
      ? `${LEVEL_VARIABLE} is "${variable}", which is no level (set it to one of ${LOG_LEVELS.join(", ")})`
      : undefined,
  };
}

/** The level by our name or by upstream's, `WARNING` among them, in any case. */
function levelNamed(name: string | undefined): LogLevel | undefined {
  const level = name?.trim().toLowerCase().replace(/^warning$/, "warn");
  return LOG_LEVELS.find((known) => known === level);
}

async function runOperation(
  operation: Operation,
  { given, globals, io }: { given: Record<string, unknown>; globals: Globals; io: CliIo },
): Promise<number> {
  const input = parseInput(operation, await withStdin(operation, given, io.stdin));
  const display = createDisplay(io, globals);
  const log = createLogger(globals.level, (line) => display.print(printable(line)));
  if (globals.warning) log.warn(globals.warning);
  try {
    const output = await untilInterrupted(io, {
      onFirst: () =>
        display.print("Stopping at the next batch boundary (press Ctrl-C again to stop at once)"),
      work: (signal) =>
        operation.run(input, {
          signal,
          progress: display.sink,
          log,
          env: io.env,
        }),
    });
    display.close();
    const exitCode = operation.exitCode?.(output) ?? 0;
    // Masked before it becomes text, since a rendering may escape a secret beyond recognition.
    const mask = maskOf(operation);
    const masked = mask(output);
    const text = globals.json
      ? resultDocument(masked, exitCode)
      : mask(operation.render?.(masked, { input, table: await tableFor(io) }) ?? fieldsText(masked));
    if (text !== "") io.stdout.write(text.endsWith("\n") ? text : text + "\n");
    return exitCode;
  } finally {
    display.close();
  }
}

/** Loaded only for a terminal: the widths of all characters are many. */
async function tableFor({ stdout, columns }: CliIo): Promise<DrawTable | undefined> {
  if (!stdout.isTerminal) return undefined;
  const { createTable } = await import("./table.ts");
  return createTable(columns());
}

function createDisplay(io: CliIo, { isQuiet }: Globals): ProgressDisplay {
  const canRedraw = io.stderr.isTerminal && io.env.TERM !== "dumb";
  return createProgress({
    write: (text) => io.stderr.write(text),
    style: isQuiet ? "none" : canRedraw ? "bar" : "lines",
    columns: () => io.columns(),
    color: !io.env.NO_COLOR,
  });
}

function hintFor({ code }: GraphError, command = ""): string | undefined {
  if (code === "USAGE") return `Run "memorygraph ${command && command + " "}--help" for the flags`;
  if (code === "FAILED") return "Run again with --log-level debug to see where it failed";
  return undefined;
}
