/** Flags that upstream's command takes before or instead of a command, for scripts and clients that give them. */
import { AUTO } from "../settings.ts";
import type { Environment } from "../state.ts";

/** Those that ask for what is a command here. */
const COMMANDS = new Map([["--health", "health"], ["--show-config", "config"]]);
/** Those that stand for a variable, whatever the command. */
const VARIABLES = new Map([["--backend", "MEMORY_BACKEND"], ["--profile", "MEMORY_TOOL_PROFILE"]]);
/** Those that say more of `--health`, in our words: a server that does not answer is not waited for long anyway. */
const HEALTH_FLAGS = new Map([["--health-json", ["--json"]], ["--health-timeout", []]]);
const WITH_VALUE = new Set([...VARIABLES.keys(), "--health-timeout"]);

/** A command line, and the environment that it is run in. */
export interface CommandLine {
  readonly argv: readonly string[];
  readonly env: Environment;
}

/**
 * A command line of upstream's as one of ours: `--health` is the command `health`, `--show-config` is `config`, and
 * `--backend` before a command is the variable. Any other comes back as it is.
 */
export function fromUpstreamFlags(
  { argv, env }: CommandLine,
  takesValue: (flag: string) => boolean,
): CommandLine {
  const flags: { flag: string; value?: string; words: readonly string[] }[] = [];
  let next = 0;
  while (argv[next]?.startsWith("-")) {
    const [flag, inline] = argv[next]!.split(/=(.*)/s) as [string, string?];
    const isPair = inline === undefined && (WITH_VALUE.has(flag) || takesValue(flag));
    const words = argv.slice(next, next + (isPair ? 2 : 1));
    flags.push({ flag, value: isPair ? words[1] : inline, words });
    next += words.length;
  }
  const rest = argv.slice(next);
  const command = rest.length > 0
    ? undefined
    : COMMANDS.get(flags.find(({ flag }) => COMMANDS.has(flag))?.flag ?? "");
  const isServer = rest.length === 0 && command === undefined;
  const variables: Record<string, string> = {};
  const kept = flags.flatMap(({ flag, value, words }) => {
    const variable = VARIABLES.get(flag);
    // The server takes these itself, all but the word that names no backend.
    if (variable && value !== undefined && (!isServer || value.toLowerCase() === AUTO)) {
      variables[variable] = value;
      return [];
    }
    if (command === undefined) return words;
    return COMMANDS.has(flag) ? [] : HEALTH_FLAGS.get(flag) ?? words;
  });
  return { argv: [...(command ? [command] : []), ...kept, ...rest], env: { ...env, ...variables } };
}
