import type { ServerProcess } from "./process.ts";

/** A server on 127.0.0.1. Owned with `await using`, or ended with `stop()`. */
export interface Server extends ServerProcess, AsyncDisposable {
  /** Without credentials. */
  readonly uri: string;
  readonly port: number;
  readonly password: string;
  /** Holds the server's data. */
  readonly directory: string;
  /** Of a server that takes connections by TLS only: PEM file of the authority that signed its certificate. */
  readonly caFile?: string | undefined;
}

/** A server that takes connections by TLS only, with a certificate for 127.0.0.1 and localhost. */
export interface TlsServer extends Server {
  /** Which no client trusts by itself. */
  readonly caFile: string;
}

/** Joins what runs with what is known about it. */
export function asServer<Facts extends object>(
  running: ServerProcess,
  facts: Facts,
): ServerProcess & Facts & AsyncDisposable {
  return {
    ...facts,
    get pid() {
      return running.pid;
    },
    get exited() {
      return running.exited;
    },
    stop: () => running.stop(),
    kill: () => running.kill(),
    restart: () => running.restart(),
    [Symbol.asyncDispose]: () => running.stop(),
  };
}

/** Stops servers, the last started first. Stops all of them even where one cannot be stopped. */
export async function stopAll(servers: readonly Server[]): Promise<void> {
  await using stack = new AsyncDisposableStack();
  for (const server of servers) stack.use(server);
}
