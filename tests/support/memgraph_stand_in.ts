import { Catalog } from "./memgraph/catalog.ts";
import { BoltChannel } from "./memgraph/channel.ts";
import { serve } from "./memgraph/session.ts";

/** A running stand-in. Disposing of it hangs up on everybody, and throws what failed in it meanwhile. */
export interface MemgraphStandIn extends AsyncDisposable {
  /** `bolt://127.0.0.1:<port>`; user and password are those of the server behind. */
  readonly uri: string;
  /** Every statement that was let through, in order of first use. */
  readonly statements: ReadonlySet<string>;
}

/**
 * Starts something that stands in for a Memgraph server, which no package registry has: a proxy in front of a
 * real Neo4j that speaks Bolt 5.2, says it is Memgraph, lets through what Memgraph 3.6 and later parse as far
 * as that is known, refuses what only Neo4j knows, and carries out Memgraph's statements about the schema.
 * Unique constraints are checked when a transaction commits, and schema statements are refused inside of one.
 *
 * It is no proof that Memgraph works: values are Neo4j's (Memgraph would also store maps and mixed lists),
 * `elementId()` is Neo4j's, and nothing conflicts as it would there. The schema is known as long as the catalog
 * lasts, which one stand-in can take over from another.
 */
export function startMemgraphStandIn(neo4jUri: string, catalog = new Catalog()): MemgraphStandIn {
  const { hostname, port } = new URL(neo4jUri.replace(/^[a-z0-9+]+:/, "http:"));
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const shared = { catalog, statements: new Set<string>() };
  const onStatement = (statement: string) => void shared.statements.add(statement);
  const channels = new Set<BoltChannel>();
  const sessions = new Set<Promise<void>>();
  const failures: unknown[] = [];

  const connect = async (connection: Deno.TcpConn): Promise<void> => {
    const client = track(channels, connection);
    try {
      if (!(await client.accept())) return;
      const server = track(channels, await Deno.connect({ hostname, port: Number(port) || 7687 }));
      try {
        await server.propose();
        await serve(client, server, { catalog: shared.catalog, onStatement });
      } finally {
        release(channels, server);
      }
    } catch (error) {
      // A connection may break, here or behind; the client sees the end of its own. The rest are our bugs.
      if (!isNetworkError(error)) failures.push(error);
    } finally {
      release(channels, client);
    }
  };
  const listening = (async () => {
    for await (const connection of listener) {
      const session = connect(connection);
      sessions.add(session);
      session.finally(() => sessions.delete(session));
    }
  })();

  return {
    uri: `bolt://127.0.0.1:${listener.addr.port}`,
    statements: shared.statements,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const channel of channels) channel.close();
      await Promise.allSettled([listening, ...sessions]);
      if (failures.length > 0) throw new AggregateError(failures, "The stand-in failed");
    },
  };
}

function isNetworkError(error: unknown): boolean {
  return Object.values(Deno.errors).some((kind) => error instanceof kind);
}

function track(channels: Set<BoltChannel>, connection: Deno.TcpConn): BoltChannel {
  const channel = new BoltChannel(connection);
  channels.add(channel);
  return channel;
}

function release(channels: Set<BoltChannel>, channel: BoltChannel): void {
  channels.delete(channel);
  channel.close();
}
