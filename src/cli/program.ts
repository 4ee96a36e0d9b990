/** The command line's grammar: commander, filled from the operations. */
import { Argument, Command, Option } from "commander";
import { EXIT_CODES, GraphError } from "../errors.ts";
import { LOG_LEVELS } from "../log.ts";
import type { Operation } from "../operations/operation.ts";
import { describeFlag, type Flag, flagsOf } from "./flags.ts";

/** Called with a command's flag and argument values by input key, and the global flags. */
export type CommandAction = (
  operation: Operation,
  given: Record<string, unknown>,
  globals: Record<string, unknown>,
) => Promise<void>;

/** What the grammar needs of its surroundings. */
export interface ProgramOptions {
  readonly operations: readonly Operation[];
  /** The command line. Only commands that it names get their flags, whose schemas are many. */
  readonly args: readonly string[];
  readonly version: string;
  readonly columns: number;
  readonly writeOut: (text: string) => void;
  readonly action: CommandAction;
}

/** Columns that help takes at the most: longer lines are hard to read. */
const MAX_HELP_COLUMNS = 110;
const GLOBAL_GROUP = "Global options:";

/**
 * The program. Its `parseAsync` throws CommanderError for a wrong command line, after printing help, and,
 * with the code "commander.help" and exit code 1, where no command is named.
 */
export function createProgram(options: ProgramOptions): Command {
  const program = new Command("memorygraph")
    .description("Move an AI agent's memory graph between databases, verify it, and serve it to agents")
    .usage("[command] [flags]")
    .version(`memorygraph ${options.version}`, "-V, --version", "Print the version");
  for (const operation of options.operations) {
    const command = new Command(operation.name).description(operation.summary);
    if (options.args.includes(operation.name)) fill(command, operation, options);
    program.addCommand(command);
  }
  program.helpCommand("help [command]", "Print help for a command");
  configure(program, options);
  const codes = Object.entries(EXIT_CODES).map(([code, meaning]) => `  ${code.padEnd(5)}${meaning}`);
  program.addHelpText(
    "after",
    `\nExit codes:\n${codes.join("\n")}\n\nRun "memorygraph COMMAND --help" for a command's flags.`,
  );
  return program;
}

function configure(command: Command, { columns, writeOut }: ProgramOptions): Command {
  command.exitOverride().allowExcessArguments(false).helpOption("-h, --help", "Print help");
  command.configureHelp({
    subcommandTerm: (subcommand) => subcommand.name(),
    // Without what commander adds about presets.
    optionDescription: (option) => option.description,
  });
  command.configureOutput({
    writeOut,
    writeErr: () => {},
    outputError: () => {},
    getOutHelpWidth: () => Math.min(columns, MAX_HELP_COLUMNS),
    getOutHasColors: () => false,
  });
  for (const option of globalOptions()) command.addOption(option.helpGroup(GLOBAL_GROUP));
  return command;
}

/** The flags that every command takes. */
export function globalOptions(): Option[] {
  return [
    new Option("--json", "Print the result, or the error, as one JSON document on stdout"),
    new Option("--quiet", "Print no progress and no warnings"),
    new Option("--verbose", "Say more on stderr"),
    new Option(
      "--log-level <level>",
      `How much to log (one of ${LOG_LEVELS.join(", ")}; default: MEMORY_LOG_LEVEL or warn)`,
    ),
    new Option("--yes", "Accepted for scripts: no question is ever asked"),
  ];
}

/** Adds what is needed to run a command and to print its help. */
function fill(command: Command, operation: Operation, options: ProgramOptions): void {
  const flags = flagsOf(operation);
  for (const flag of flags) {
    if (flag.isPositional) {
      command.addArgument(argumentFor(flag));
      if (flag.alias) {
        command.addOption(new Option(`--${flag.alias} <${flag.value}>`, `Same as <${flag.name}>`));
      }
    } else for (const option of optionsFor(flag)) command.addOption(option);
  }
  configure(command, options);
  const examples = operation.examples ?? [];
  if (examples.length > 0) {
    const lines = examples.map((example) => `  ${example.command}\n      ${example.does}`);
    command.addHelpText("after", `\nExamples:\n${lines.join("\n")}`);
  }
  const positionals = flags.filter(({ isPositional }) => isPositional);
  command.usage(["[options]", ...positionals.map(argumentUsage)].join(" "));
  command.action(async () => {
    const given = givenOptions(command);
    positionals.forEach(({ key, isList, alias, name }, index) => {
      const value = command.processedArgs[index];
      if (alias !== undefined && given[alias] !== undefined) {
        if (value !== undefined) {
          throw new GraphError("USAGE", `Give either <${name}> or --${alias}, not both`);
        }
        given[key] = given[alias];
        delete given[alias];
      } else if (!isList || value?.length > 0) given[key] = value;
    });
    await options.action(operation, given, command.optsWithGlobals());
  });
}

function argumentUsage({ name, isList, isRequired }: Flag): string {
  const shown = isList ? `${name}...` : name;
  return isRequired ? `<${shown}>` : `[${shown}]`;
}

function argumentFor(flag: Flag): Argument {
  const name = flag.isList ? `${flag.name}...` : flag.name;
  // Always optional for commander: the input schema says what is missing, in the words used for flags.
  return new Argument(`[${name}]`, describeFlag(flag));
}

function optionsFor(flag: Flag): Option[] {
  const describe = (option: Option) => flag.group ? option.helpGroup(`${flag.group}:`) : option;
  if (flag.kind !== "boolean") {
    const value = flag.bare === undefined ? `<${flag.value}>` : `[${flag.value}]`;
    const option = new Option(`--${flag.name} ${value}`, describeFlag(flag)).preset(flag.bare);
    if (flag.isList) option.argParser((value: string, previous?: string[]) => [...previous ?? [], value]);
    return [describe(option)];
  }
  if (flag.fallback === false) return [describe(new Option(`--${flag.name}`, flag.description))];
  const suffix = flag.fallback === true ? " (default)" : "";
  return [
    describe(new Option(`--${flag.name}`, flag.description + suffix)),
    describe(new Option(`--no-${flag.name}`, `Turn --${flag.name} off`)),
  ];
}

/** The options that the user gave; commander's own defaults are not among them. */
function givenOptions(command: Command): Record<string, unknown> {
  const entries = Object.entries(command.opts());
  return Object.fromEntries(entries.filter(([key]) => command.getOptionValueSource(key) === "cli"));
}
