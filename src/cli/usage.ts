/** Wrong command lines: in our words, and without the secrets that may be in them. */
import type { Command, CommanderError } from "commander";
import { GraphError } from "../errors.ts";

/**
 * Cuts the value off an unknown flag. Commander would show it, and it may be a secret; and it finds the
 * nearest flag only by the name alone.
 */
export function splitUnknownFlags(argv: readonly string[], command: Command): string[] {
  const isKnown = (flag: string) =>
    command.options.some(({ short, long }) => flag === short || flag === long);
  return argv.flatMap((argument) => {
    const [, flag, value] = /^(--[^=]+)=(.*)$/s.exec(argument) ?? [];
    return flag === undefined || isKnown(flag) ? [argument] : [flag, value!];
  });
}

/**
 * The first argument that is neither a flag nor a flag's value: the command. A word that names one may come later
 * as well, as what is searched for.
 */
export function firstOperand(
  argv: readonly string[],
  takesValue: (flag: string) => boolean,
): string | undefined {
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index]!;
    if (!argument.startsWith("-")) return argument;
    if (!argument.includes("=") && takesValue(argument)) index++;
  }
  return undefined;
}

const PASSWORD_FLAG = /"(--(?:from-|to-)?password)"/;

/** A wrong command line as an error in our words. */
export function usageError(error: CommanderError): GraphError {
  const message = error.message
    .replace(/^error: /, "")
    .replace(/\n?\(Did you mean (.*?)\?\)/s, " (did you mean $1?)")
    // -psecret, as MySQL's client takes it.
    .replace(/^unknown option '(-[^-])[^']*'/, "unknown option '$1'")
    .replaceAll("'", '"');
  const [, flag] = PASSWORD_FLAG.exec(message) ?? [];
  if (flag) {
    return new GraphError(
      "USAGE",
      `There is no ${flag}, since other users could read it in the process list: ` +
        `use ${flag}-file, ${flag}-command or the backend's variable`,
    );
  }
  return new GraphError("USAGE", message.charAt(0).toUpperCase() + message.slice(1), { cause: error });
}
