/** A TCP proxy that breaks the connection after a request has been carried out and before it is answered. */
export interface BreakingProxy extends AsyncDisposable {
  readonly port: number;
  /** How often the connection was broken. */
  readonly broken: () => number;
}

/** Starts a proxy to a port of this machine. It breaks once, at the first request that `isMeant`. */
export function startBreakingProxy(port: number, isMeant: (request: Uint8Array) => boolean): BreakingProxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  const running = new Set<Promise<void>>();
  let broken = 0;

  const serve = async (client: Deno.Conn): Promise<void> => {
    const server = await Deno.connect({ hostname: "127.0.0.1", port });
    open.add(client).add(server);
    let isBreaking = false;
    const end = () => {
      for (const connection of [client, server]) {
        if (open.delete(connection)) connection.close();
      }
    };
    const forward = async (from: Deno.Conn, to: Deno.Conn, isRequest: boolean) => {
      try {
        for (const buffer = new Uint8Array(65536);;) {
          const count = await from.read(buffer);
          if (count === null) break;
          const bytes = buffer.subarray(0, count);
          // An answer means that the request has been carried out.
          if (!isRequest && isBreaking) break;
          if (isRequest && broken === 0 && isMeant(bytes)) {
            isBreaking = true;
            broken++;
          }
          for (let sent = 0; sent < count;) sent += await to.write(bytes.subarray(sent));
        }
      } catch (error) {
        if (
          !(error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted ||
            error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe)
        ) throw error;
      } finally {
        end();
      }
    };
    await Promise.all([forward(client, server, true), forward(server, client, false)]);
  };

  const listening = (async () => {
    for await (const client of listener) {
      const session = serve(client);
      running.add(session);
      session.finally(() => running.delete(session));
    }
  })();
  return {
    port: listener.addr.port,
    broken: () => broken,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of open) connection.close();
      open.clear();
      await Promise.allSettled([listening, ...running]);
    },
  };
}
