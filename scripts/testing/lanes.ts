/** What one `deno test` runs. Lanes run side by side, each with database servers of its own. */
export interface Lane {
  /** Files and folders; none means every test file of the project. */
  readonly paths: readonly string[];
  /** Files and folders that are left out. */
  readonly ignored: readonly string[];
}

/** Take about as long as everything else together. */
const LONGEST = ["tests/matrix_test.ts", "tests/faults/kill_test.ts"];

/**
 * How to share out a run of these paths. A run of everything has two lanes: the tests wait for a server half of
 * the time. It has one where the tests are to use a server of the user's, which holds one graph at a time.
 */
export function lanesFor(
  { paths, filter }: { paths: readonly string[]; filter?: string | undefined },
  env: Readonly<Record<string, string>>,
  processors: number = navigator.hardwareConcurrency,
): Lane[] {
  const usesTheirs = Object.keys(env).some((name) => /^MEMORYGRAPH_TEST_\w+_URI$/.test(name) && env[name]);
  if (paths.length > 0 || filter !== undefined || usesTheirs || processors < 2) {
    return [{ paths, ignored: [] }];
  }
  return [{ paths: [], ignored: LONGEST }, { paths: LONGEST, ignored: [] }];
}
