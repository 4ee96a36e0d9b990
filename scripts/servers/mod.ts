/** Real database servers on this machine, for tests, benches and trying things out. */

export { type Certificates, makeCertificates } from "./certificates.ts";
export { Unavailable } from "./command.ts";
export { type FalkorDbOptions, startFalkorDb, startFalkorDbTls } from "./falkordb.ts";
export {
  type FalkorDbCluster,
  type FalkorDbClusterOptions,
  startFalkorDbCluster,
} from "./falkordb_cluster.ts";
export { type FalkorDbEngine, falkorDbEngine } from "./falkordb_engine.ts";
export {
  type FalkorDbSentinel,
  type FalkorDbSentinelOptions,
  startFalkorDbSentinel,
} from "./falkordb_sentinel.ts";
export { type ServerName, whyUnavailable } from "./kinds.ts";
export { type Neo4jOptions, type Neo4jServer, startNeo4j, startNeo4jTls } from "./neo4j.ts";
export { type Neo4jEngine, neo4jEngine, type Neo4jVersion } from "./neo4j_engine.ts";
export { askRedis, type RedisAddress, type Reply } from "./redis_client.ts";
export type { Server, TlsServer } from "./server.ts";
