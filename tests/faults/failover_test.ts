/** A server that takes over, or comes back, in the middle of an import: Sentinel and Cluster. */
import assert from "node:assert/strict";
import {
  askRedis,
  type Certificates,
  type FalkorDbClusterOptions,
  makeCertificates,
  type Server,
  startFalkorDbCluster,
  startFalkorDbSentinel,
} from "../../scripts/servers/mod.ts";
import { testsWith } from "../../scripts/servers/testing.ts";
import { falkordb } from "../../src/backends/falkordb/mod.ts";
import { sqlite } from "../../src/backends/sqlite/mod.ts";
import { asGraphError } from "../../src/errors.ts";
import { storeSource, storeTarget } from "../../src/operations/open_ends.ts";
import { runMigration } from "../../src/pipeline/migration.ts";
import type { MigrationResult } from "../../src/pipeline/migration_types.ts";
import { findUnfinished, resumeMigration } from "../../src/pipeline/resume.ts";
import { digestOfGraph, readGraph } from "../support/graph.ts";
import { ioredisTimers } from "../support/servers.ts";

const path = new URL("../fixtures/upstream/python/up_250.db", import.meta.url).pathname;
const RECORDS = 750;

/** Servers under one address, and what happens to them during the import. */
interface Group extends AsyncDisposable {
  readonly settings: Readonly<Record<string, string>>;
  strike(): Promise<void>;
  /** What an administrator does before the migration is resumed. */
  repair?(): Promise<void>;
}

const withSentinel = await testsWith("falkordb-sentinel");
const withCluster = await testsWith("falkordb-cluster");
const withTls = await testsWith("falkordb-tls", "(linux only)");

withSentinel("a sentinel's failover during an import loses nothing that was verified", async () => {
  const group = await startFalkorDbSentinel();
  await survive({ ...sentinelGroup(group), strike: () => group.failOver() });
});

withSentinel("a sentinel's master killed during an import loses nothing that was verified", async () => {
  const group = await startFalkorDbSentinel();
  await survive({ ...sentinelGroup(group), strike: () => group.killMaster() });
});

withCluster("a cluster's replica takes over during an import, which finishes or is resumed", async () => {
  const { group, strike } = await clusterGroup({ replicas: true });
  await survive({ ...group, strike });
});

withCluster("a cluster's node restarted during an import, which finishes or is resumed", async () => {
  const { group, strike, owner } = await clusterGroup({ persistence: "aof" });
  await survive({ ...group, strike, repair: () => owner().restart() });
});

withTls("a sentinel's failover is survived by TLS too", async () => {
  await withCertificates(async (tls) => {
    const group = await startFalkorDbSentinel({ tls });
    await survive({ ...sentinelGroup(group), strike: () => group.failOver() });
  });
});

withTls("a cluster's replica takes over by TLS too", async () => {
  await withCertificates(async (tls) => {
    const { group, strike } = await clusterGroup({ replicas: true, tls });
    await survive({ ...group, strike });
  });
});

async function withCertificates(action: (certificates: Certificates) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "memorygraph-certificates-" });
  try {
    await action(await makeCertificates(folder));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Migrates into the group, strikes at the first batch, and resumes if need be. Then both ends are equal. */
async function survive(group: Group): Promise<void> {
  const stateDirectory = await Deno.makeTempDir({ prefix: "memorygraph-failover-" });
  const source = storeSource({ backend: sqlite, settings: { path } }, {});
  const target = storeTarget({ backend: falkordb, settings: group.settings }, {});
  try {
    let struck: Promise<void> | undefined;
    let result: MigrationResult;
    try {
      result = await runMigration(source, target, { batchSize: 5, rollbackOnFailure: false }, {
        stateDirectory,
        progress: ({ phase, done }) => {
          if (phase === "import" && done > 0) struck ??= group.strike();
        },
      });
    } catch (thrown) {
      const error = asGraphError(thrown);
      assert(["UNREACHABLE", "TRANSIENT"].includes(error.code), error.message);
      assert.match(error.message, /migrate --resume/);
      await struck;
      await group.repair?.();
      result = await untilServed(() =>
        resumeMigration(findUnfinished(stateDirectory, undefined), target, {}, { stateDirectory })
      );
    }
    assert(struck, "the import had only one batch");
    assert.equal(result.verification?.checked, RECORDS);
    // What a failover takes away is gone once the old master has become a replica.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    assert.equal(await digestAt(group.settings), await digestAt({ path }));
  } finally {
    await group[Symbol.asyncDispose]();
    await ioredisTimers();
    await Deno.remove(stateDirectory, { recursive: true });
  }
}

/** Repeats what servers that are coming back refuse for some seconds, as a user would. */
async function untilServed<T>(action: () => Promise<T>): Promise<T> {
  for (let attempt = 0;; attempt++) {
    try {
      return await action();
    } catch (error) {
      if (attempt === 20 || !asGraphError(error).retry) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

async function digestAt(settings: Readonly<Record<string, string>>): Promise<string> {
  const backend = settings.path ? sqlite : falkordb;
  await using store = await backend.open(settings, { mode: "read" });
  return digestOfGraph(await readGraph(store));
}

function sentinelGroup(group: Awaited<ReturnType<typeof startFalkorDbSentinel>>) {
  const { sentinel: { port, caFile }, masterName, password } = group;
  const uri = `${caFile ? "rediss" : "redis"}+sentinel://127.0.0.1:${port}/${masterName}`;
  return { settings: settingsOf({ uri, password, caFile }), [Symbol.asyncDispose]: () => group.stop() };
}

/** A cluster, and how to kill the node that holds the graph. */
async function clusterGroup(options: FalkorDbClusterOptions) {
  const cluster = await startFalkorDbCluster(options);
  const { nodes, password } = cluster;
  const { caFile } = nodes[0]!;
  const hosts = nodes.map(({ port }) => `127.0.0.1:${port}`).join(",");
  const uri = `${caFile ? "rediss" : "redis"}+cluster://${hosts}`;
  let owner: Server | undefined;
  const strike = async () => {
    for (const node of nodes) {
      // The others answer that it is elsewhere.
      if (await askRedis(node, "EXISTS", "memorygraph").catch(() => 0) === 1) owner = node;
    }
    await owner!.kill();
  };
  const group = {
    settings: settingsOf({ uri, password, caFile }),
    [Symbol.asyncDispose]: () => cluster.stop(),
  };
  return { group, strike, owner: () => owner! };
}

/** With an authority to trust, where there is one. */
function settingsOf({ caFile, ...rest }: { uri: string; password: string; caFile: string | undefined }) {
  return caFile === undefined ? rest : { ...rest, caFile };
}
