/** The driver's module, which is heavy, so it is loaded when a Bolt database is first opened. */
export async function loadNeo4j() {
  const neo4j = (await import("neo4j-driver")).default;
  mendErrors(neo4j.Neo4jError);
  return neo4j;
}

/** What {@linkcode loadNeo4j} gives. */
export type Neo4jModule = Awaited<ReturnType<typeof loadNeo4j>>;

/**
 * Lets the driver (6.3.0) repeat the transactions that a server asks to repeat. It looks at an error's class, which
 * it sets by `__proto__`, and in Deno that is a property like any other. A broken connection stays unknown to it:
 * what has arrived must be looked at first, which pipeline/retry.ts leads to.
 */
function mendErrors(Neo4jError: { new (...args: never[]): Error }): void {
  Object.defineProperty(Neo4jError, Symbol.hasInstance, {
    configurable: true,
    value: (error: unknown) =>
      error instanceof Error && error.constructor === Neo4jError &&
      /\.TransientError\./.test(String((error as { code?: unknown }).code)),
  });
}
