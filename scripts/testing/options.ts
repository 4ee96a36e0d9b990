import { parseArgs } from "node:util";

export interface TestOptions {
  paths: string[];
  filter?: string | undefined;
  strict: boolean;
  withServers: boolean;
  help: boolean;
  /** What stands after `--`: arguments for `deno test`. */
  extra: string[];
}

export const USAGE = `Usage: deno task test [options] [paths...] [-- deno-test-options...]

Runs the tests in the given files and folders, or all of them. Only a run of all starts database servers and
builds the executable; with paths, say --with-servers for that.

  --strict         fail if a server, the executable or any test could not be run
                   (also: MEMORYGRAPH_TEST_STRICT=1)
  --filter TEXT    run the tests with this in their names, or /a pattern/
  --with-servers   start the servers and build the executable, also with paths
  --help           show this`;

/** Throws a TypeError that names the argument if one is unknown. */
export function parseTestOptions(args: readonly string[], env: { strict: boolean }): TestOptions {
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const { values, positionals } = parseArgs({
    args: args.slice(0, end),
    allowPositionals: true,
    options: {
      strict: { type: "boolean", default: false },
      filter: { type: "string" },
      "with-servers": { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  return {
    paths: positionals,
    filter: values.filter,
    strict: values.strict || env.strict,
    withServers: values["with-servers"] || positionals.length === 0,
    help: values.help,
    extra: args.slice(end + 1),
  };
}
