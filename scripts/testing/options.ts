import { parseArgs } from "node:util";

/** What a run of the tests was asked for. */
export interface TestOptions {
  /** Files and folders with the tests to run; none for all tests. */
  paths: string[];
  filter?: string | undefined;
  /** Whether a test or server that could not be run fails the run. */
  strict: boolean;
  /** Whether to start servers and build the executable although there are `paths`. */
  withServers: boolean;
  help: boolean;
  /** What stands after `--`: arguments for `deno test`. */
  extra: string[];
}

/** What `--help` prints, and a wrong argument. */
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
