/** The driver's module, which is heavy, so it is loaded when a Bolt database is first opened. */
export async function loadNeo4j() {
  return (await import("neo4j-driver")).default;
}

/** What {@linkcode loadNeo4j} gives. */
export type Neo4jModule = Awaited<ReturnType<typeof loadNeo4j>>;
